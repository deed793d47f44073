"""The API specification: complete documents of several styles, and documents that lack what implementers need."""

from __future__ import annotations

from tests.gates.api import V30, V31
from tests.gates.corpus.delivery import Delivery

_PATH = "openspec/changes/add-items/specs/openapi.yaml"
_CONFIG = '[spec]\npath = "docs/openapi.yaml"\n'
_SPLIT = V30[: V30.index("components:\n")].replace("#/components/", "parts/shared.yaml#/components/")
_SHARED = V30[V30.index("components:\n") :]
_HEAD = _SPLIT + "components:\n  securitySchemes:\n    bearer: {type: http, scheme: bearer}\n"
_LOOP = "    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n"
_BOMB = "".join(f"x-{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))


def _given(name: str, text: str, rule: str = "", **more: str) -> Delivery:
    files = {_PATH: text, **{f"{_PATH.rpartition('/')[0]}/{key}": value for key, value in more.items()}}
    return Delivery("spec", name, files, config=_CONFIG, rule=rule, at=_PATH if rule else "")


DELIVERIES = (
    _given("3.0", V30),
    _given("3.1 with a server's path", V31.replace("paths:\n", "servers: [{url: /v1}]\npaths:\n", 1)),
    _given("over two files", _HEAD, **{"parts/shared.yaml": _SHARED}),
    _given("a recursive schema with an end", V30.replace(
        "        id: {type: integer, minimum: 1}\n        name: {type: string}\n",
        "        id: {type: integer, minimum: 1}\n        name: {type: string}\n"
        "        inner: {$ref: '#/components/schemas/Item'}\n")),
    _given("a placeholder", V30.replace("Adds an item to the store.", "TODO"), "spec-description"),
    _given("no rules for the input", V30.replace(
        "      required: [name]\n      additionalProperties: false\n      properties:\n"
        "        name: {type: string, minLength: 1, maxLength: 40}\n    Token", "    Token"), "spec-rules"),
    _given("no example", V30.replace("            example: {name: pen}\n", ""), "spec-example"),
    _given("an example that does not fit", V30.replace("example: {id: 1,", "example: {id: one,", 1), "spec-example"),
    _given("a loop of references", V30.replace("  schemas:\n", f"  schemas:\n{_LOOP}"), "spec-ref"),
    _given("a key twice", V30 + "openapi: 3.1.0\n", "spec-file"),
    _given("a bomb of aliases", V30 + "x-a: &a [x, x, x, x, x, x, x, x, x]\n" + _BOMB, "spec-file"),
    _given("six megabytes", V30.replace("Keeps items.", "Keeps items." + " and" * 1_500_000), "spec-file"),
)  # fmt: skip
