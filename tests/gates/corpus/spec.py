"""The API specification: complete documents of several styles, and documents that lack what implementers need."""

from __future__ import annotations

from tests.gates.api import V30, V31
from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.openapis import GATE, ORDERS, PETS

_PATH = "openspec/changes/add-items/specs/openapi.yaml"
_CONFIG = '[spec]\npath = "docs/openapi.yaml"\n'
_SPLIT = V30[: V30.index("components:\n")].replace("#/components/", "parts/shared.yaml#/components/")
_SHARED = V30[V30.index("components:\n") :]
_HEAD = _SPLIT + "components:\n  securitySchemes:\n    bearer: {type: http, scheme: bearer}\n"
_LOOP = "    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n"
_BOMB = "".join(f"x-{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))


_ITEM = "      properties:\n        id: {type: integer, minimum: 1}\n        name: {type: string}\n"
_NEW = "        name: {type: string, minLength: 1, maxLength: 40}\n    Token"
_READ = """            application/json:
              schema: {$ref: '#/components/schemas/Item'}
              example: {id: 1, name: pen}
        '401': {$ref: '#/components/responses/Bad'}
        '404': {$ref: '#/components/responses/Bad'}
    delete"""
_BARE = V30.replace("              example: {id: 1, name: pen}\n", "").replace("            example: {name: pen}\n", "")
_ON_PROPERTIES = _BARE.replace("maxLength: 40}", "maxLength: 40, example: pen}").replace(
    _ITEM, "      properties:\n        id: {type: integer, minimum: 1, example: 1}\n"
    "        name: {type: string, example: pen}\n        note: {type: string}\n")  # fmt: skip
_ERROR = "      required: [error]\n      properties:\n        error: {type: string}\n"
_VAGUE = V30.replace(_ERROR, "").replace("{error: no such item}", "{}")


def _answered(media: str, text: str = V30) -> str:
    """The document where reading an item answers with `media`."""
    assert _READ in text
    return text.replace(_READ, media + _READ[_READ.index("        '401'") :])


def _named(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def _given(name: str, text: str, rule: str = "", **more: str) -> Delivery:
    files = {_PATH: text, **{f"{_PATH.rpartition('/')[0]}/{key}": value for key, value in more.items()}}
    return Delivery("spec", name, files, config=_CONFIG, rule=rule, at=_PATH if rule else "")


DELIVERIES = (
    _given("3.0", V30),
    _given("errors by default, limits by format", PETS),
    _given("challenges without a body, a redirect, and nothing to refuse", GATE),
    _given("composed bodies and merged keys", _named(
        ORDERS, "'404': {description: No such order., content: *problem}\n        '409'",
        "'404':\n          <<: {description: No such order.}\n          content: *problem\n        '409'")),
    _given("3.1 with a server's path", V31.replace("paths:\n", "servers: [{url: /v1}]\npaths:\n", 1)),
    _given("over two files", _HEAD, **{"parts/shared.yaml": _SHARED}),
    _given("a recursive schema with an end", V30.replace(
        "        id: {type: integer, minimum: 1}\n        name: {type: string}\n",
        "        id: {type: integer, minimum: 1}\n        name: {type: string}\n"
        "        inner: {$ref: '#/components/schemas/Item'}\n")),
    _given("examples on properties", _ON_PROPERTIES),
    _given("examples on a referenced schema's properties, as from FastAPI", _named(
        _ON_PROPERTIES.replace("3.0.3", "3.1.0").replace("example: 1}", "examples: [1]}").replace(
            "string, example: pen}", "string, examples: [pen]}"),
        "        note: {type: string}\n", "        owner: {$ref: '#/components/schemas/Owner'}\n"
        "        state: {anyOf: [{type: string, enum: [new, used]}, {type: 'null'}]}\n    Owner:\n"
        "      type: object\n      properties: {login: {type: string, examples: [bob]}}\n")),
    _given("a picture", _answered("            image/png:\n              schema: {type: string, format: binary}\n")),
    _given("a picture without a schema", _answered("            image/png: {}\n", V31)),
    _given("a stream of rows", _answered(
        "            text/csv; charset=utf-8:\n              schema: {type: string}\n")),
    _given("a map, a list, and free-form metadata", _named(_answered(
        "            application/json:\n"
        "              schema: {type: object, additionalProperties: {type: string}}\n"
        "              example: {a: b}\n"
        "            application/vnd.list+json:\n"
        "              schema: {type: array, items: {$ref: '#/components/schemas/Item'}}\n"
        "              example: [{id: 1, name: pen}]\n"
        "            application/vnd.health+json:\n"
        "              schema: {type: object, properties: {status: {type: string}}, example: {status: ok}}\n"
        "            application/vnd.any+json:\n"
        "              schema: {oneOf: [{$ref: '#/components/schemas/Item'}, {$ref: '#/components/schemas/Error'}]}\n"
        "              example: {error: none}\n"),
        _ITEM, _ITEM + "        metadata: {type: object, additionalProperties: true}\n")),
    _given("an example missing on one property", _named(_ON_PROPERTIES, "string, example: pen}", "string}"),
           "spec-example"),
    _given("an example on a property that does not fit", _named(_ON_PROPERTIES, "example: 1}", "example: one}"),
           "spec-example"),
    _given("errors that are any object", _VAGUE, "spec-schema"),
    _given("answers that are any object", _answered(
        "            application/json:\n              schema: {type: object, additionalProperties: true}\n"
        "              example: {id: 1}\n"), "spec-schema"),
    _given("errors that are any object, behind a reference", _named(
           _VAGUE, "schema: {$ref: '#/components/schemas/Error'}",
           "schema: {allOf: [{$ref: '#/components/schemas/Error'}]}"), "spec-schema"),
    _given("a request that is any object", _named(V30, "      required: [name]\n      additionalProperties: false\n"
           "      properties:\n" + _NEW, "      additionalProperties: true\n    Token"), "spec-schema"),
    _given("a parameter of any kind", _named(V30, "schema: {type: integer, minimum: 1}}", "schema: {}}"),
           "spec-schema"),
    _given("a description without a letter", _named(V30, "Adds an item to the store.", "'1. 2. 3.'"),
           "spec-description"),
    _given("a pattern that matches everything", _named(V30, _NEW, _NEW.replace("minLength: 1, maxLength: 40",
           "pattern: '.*'")), "spec-rules"),
    _given("a reading without a body", _named(V30, _READ[:_READ.index("        '401'")], "").replace(
        "          description: The item.\n          content:\n        '401'",
        "          description: The item.\n          content: {}\n        '401'"), "spec-schema"),
    _given("a length of nothing", _named(V30, _NEW, _NEW.replace("minLength: 1, maxLength: 40", "minLength: 0")),
           "spec-rules"),
    _given("a placeholder", V30.replace("Adds an item to the store.", "TODO"), "spec-description"),
    _given("no rules for the input", V30.replace(
        "      required: [name]\n      additionalProperties: false\n      properties:\n"
        "        name: {type: string, minLength: 1, maxLength: 40}\n    Token", "    Token"), "spec-rules"),
    _given("no example", V30.replace("            example: {name: pen}\n", ""), "spec-example"),
    _given("an example that does not fit", V30.replace("example: {id: 1,", "example: {id: one,", 1), "spec-example"),
    _given("a loop of references", V30.replace("  schemas:\n", f"  schemas:\n{_LOOP}"), "spec-ref"),
    _given("a key twice", V30 + "openapi: 3.1.0\n", "spec-file"),
    _given("a bomb of aliases", V30 + "x-a: &a [x, x, x, x, x, x, x, x, x]\n" + _BOMB, "spec-file"),
    _given("one error without a schema", _named(
        ORDERS, "{description: Shipped., content: *problem}", "{description: Shipped.}"), "spec-schema"),
    _given("what creates has no body", _named(PETS, PETS[PETS.index("      requestBody:"):PETS.index(
        "      responses:\n        '201'")], ""), "spec-request"),
    _given("no error at all", _named(
        PETS, PETS[PETS.index("        default:"):PETS.index("    post:")], ""), "spec-errors"),
    _given("a reference out of the repository below `default`", PETS.replace(
        "'#/components/schemas/Error'", "https://example.com/e.yaml"), "spec-ref"),
    _given("no part says what is required", _named(ORDERS, "      required: [payment]\n", ""), "spec-rules"),
    _given("six megabytes", V30.replace("Keeps items.", "Keeps items." + " and" * 1_500_000), "spec-file"),
)  # fmt: skip
