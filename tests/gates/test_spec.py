"""The spec gate and the OpenSpec gate."""

from __future__ import annotations

import json
import time

import pytest
import yaml

from harness.config import Config, parse
from harness.domain.gate import GateResult
from harness.gates import openspec, spec
from harness.gates.bundle import bundle
from harness.gates.document import Unreadable, load
from harness.gates.judge import Check, judge
from harness.gates.operation import Routes
from tests.gates.api import V30, V31
from tests.gates.conftest import Stand
from tests.gates.double import Closed
from tests.openspec.test_delta import ADDED, LIVING

FOLDER = "openspec/changes/add-items"
FILE = f"{FOLDER}/specs/openapi.yaml"
CONFIG = parse('[spec]\npath = "docs/openapi.yaml"')


def run(stand: Stand, text: str | bytes, more: dict[str, str | bytes | None] | None = None) -> GateResult:
    stand.repo.commit({FILE: text, **(more or {})})
    return spec.check(stand.subject(CONFIG), stand.bench)


def rules(result: GateResult) -> set[str]:
    return {finding.rule for finding in result.findings}


@pytest.mark.parametrize("text", [V30, V31], ids=["3.0", "3.1"])
def test_a_complete_document_passes(stand: Stand, text: str) -> None:
    result = run(stand, text)
    assert result.passed, result.findings
    assert result.figures["operations"] == 4


@pytest.mark.parametrize("text", [V30, V31], ids=["3.0", "3.1"])
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("      summary: Read an item\n", "", "spec-summary"),
        ("description: Reads one item.", "description: 'TODO: describe'", "spec-description"),
        ("description: Reads one item.", "description: ''", "spec-description"),
        ("name: {type: string, minLength: 1, maxLength: 40}", "name: {type: string}", "spec-rules"),
        ("name: {type: string, minLength: 1, maxLength: 40}", "name: {}", "spec-rules"),
        ("      required: [name]\n", "", "spec-rules"),
        ("          schema: {$ref: '#/components/schemas/Error'}\n", "", "spec-schema"),
        ("              schema: {$ref: '#/components/schemas/Token'}\n", "", "spec-schema"),
        ("        '404': {$ref: '#/components/responses/Bad'}\n", "", "spec-errors"),
        ("        '401': {$ref: '#/components/responses/Bad'}\n", "", "spec-errors"),
        ("security:\n  - bearer: []\n", "", "spec-security"),
        ("  - bearer: []\n", "  - other: []\n", "spec-security"),
        ("            example: {name: pen}\n", "", "spec-example"),
        ("          example: {error: no such item}\n", "", "spec-example"),
        ("example: {name: pen}", "example: {name: 5}", "spec-example"),
        ("example: {id: 1, name: pen}", "example: {id: 0, name: pen}", "spec-example"),
        ("          description: The token.\n", "", "spec-valid"),
        ("type: integer, minimum: 1", "type: intger, minimum: 1", "spec-valid"),
        ("'#/components/schemas/Token'", "'#/components/schemas/Nowhere'", "spec-valid"),
        ("title: Items", "title: TBD", "spec-title"),
    ],
)
def test_each_rule_is_asked(stand: Stand, text: str, old: str, new: str, rule: str) -> None:
    assert old in text
    result = run(stand, text.replace(old, new))
    assert result.result == "failed"
    assert rule in rules(result)


def test_a_finding_names_file_and_line(stand: Stand) -> None:
    result = run(stand, V30.replace("      summary: Read an item\n", ""))
    (finding,) = result.findings
    assert finding.path == FILE
    assert V30.splitlines()[finding.line - 1].strip() == "get:"
    assert "GET /items/{id}" in finding.text


def test_other_files_of_the_change_are_followed(stand: Stand) -> None:
    text = V30.replace("'#/components/schemas/Token'", "'parts/a b.yaml#/Token'")
    part = "Token: {type: object, required: [token], properties: {token: {$ref: '#/Word'}}}\nWord: {type: string}\n"
    assert run(stand, text, {f"{FOLDER}/specs/parts/a b.yaml": part}).passed
    result = run(stand, text, {f"{FOLDER}/specs/parts/a b.yaml": part.replace("type: string", "type: integer")})
    assert rules(result) == {"spec-example"}


@pytest.mark.parametrize(
    "ref",
    ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/x.yaml", "../../../../harness.toml", "../proposal.md",
     "missing.yaml#/A", "#Token", "%2e%2e/proposal.md"],
)  # fmt: skip
def test_references_never_leave_the_change(stand: Stand, ref: str) -> None:
    stand.repo.commit({f"{FOLDER}/proposal.md": "a: 1\n"})
    assert rules(run(stand, V30.replace("'#/components/schemas/Token'", f"'{ref}'"))) == {"spec-ref"}


@pytest.mark.parametrize(
    "loop",
    [
        "Token: {$ref: '#/components/schemas/Token'}",
        "Token: {allOf: [{$ref: '#/components/schemas/Token'}]}",
        "Token: {$ref: '#/components/schemas/Again'}\n    Again: {$ref: '#/components/schemas/Token'}",
    ],
)
def test_loops_end(stand: Stand, loop: str) -> None:
    start = V30.index("    Token:\n")
    end = V30.index("    NewItem:\n")
    begun = time.monotonic()
    assert run(stand, V30[:start] + f"    {loop}\n" + V30[end:]).result == "failed"
    assert time.monotonic() - begun < 20


def test_a_recursive_schema_with_an_end_is_fine(stand: Stand) -> None:
    text = V30.replace("        id: {type: integer, minimum: 1}\n        name: {type: string}\n",
                       "        id: {type: integer, minimum: 1}\n        name: {type: string}\n"
                       "        inner: {$ref: '#/components/schemas/Item'}\n")  # fmt: skip
    assert run(stand, text).passed


def test_there_must_be_one_document(stand: Stand) -> None:
    stand.repo.commit({"a": "1"})
    assert rules(spec.check(stand.subject(CONFIG), stand.bench)) == {"spec-one"}
    assert rules(run(stand, V30, {f"{FOLDER}/specs/second.yaml": V31})) == {"spec-one"}


def test_a_successor_may_not_lose_operations_in_silence(stand: Stand) -> None:
    stand.rebase({"docs/openapi.yaml": V30})
    start, end = V30.index("    delete:\n"), V30.index("components:\n")
    assert rules(run(stand, V30[:start] + V30[end:])) == {"spec-lost"}
    assert run(stand, V30[:start] + V30[end:] + "\n", {f"{FOLDER}/proposal.md": "DELETE /items/{id} goes.\n"}).passed


def test_version_2_is_refused(stand: Stand) -> None:
    assert rules(run(stand, V30.replace("3.0.3", "2.0.0"))) == {"spec-version"}


def test_a_link_is_no_document(stand: Stand) -> None:
    stand.repo.commit({"x": "1", f"{FOLDER}/specs/a.txt": "1"})
    (stand.repo.path / FOLDER / "specs/b.yaml").symlink_to("/etc/passwd")
    assert "spec-file" in rules(run(stand, V30))


def test_without_a_path_it_could_not_run(stand: Stand) -> None:
    assert spec.check(stand.subject(), stand.bench).result == "could not run"
    assert "[spec] path" in spec.ready(Config(), Closed())
    assert spec.ready(CONFIG, Closed()) == ""


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"openapi: 3.0.3\nopenapi: 3.1.0\n", 2),
        (BOMB.encode(), 1),
        (b"a: &a [*a]\n", 1),
        (b"a: " + b"[" * 5000, 1),
        (b"a: !!python/object/apply:os.system [x]\n", 1),
        (b"a:\n  - .inf\n", 2),
        (b"a: 'x\n", 2),
        (b"\xff\xfe\x00", 0),
        (b"a: " + b"x" * (6 << 20), 0),
        (b"? [a, b]\n: 1\n", 1),
    ],
)  # fmt: skip
def test_hostile_yaml_is_refused_with_its_line(data: bytes, line: int) -> None:
    begun = time.process_time()
    with pytest.raises(Unreadable) as caught:
        load(data, "a.yaml")
    assert caught.value.line == line
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"a": NaN}', "[" * 100_000, '{"a": ' + "9" * 5000 + "}", "{"])
def test_hostile_json_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        load(text.encode(), "a.json")


def test_scalars_are_read_as_openapi_means_them() -> None:
    text = b"a: no\nb: 2024-01-01\nc: 12\nd: '12'\n200: 1.5\ne: ~\nf: true\ng: 12:30\nh: <<\n"
    assert load(text, "a.yaml").value == {
        "a": "no", "b": "2024-01-01", "c": 12, "d": "12", "200": 1.5, "e": None, "f": True, "g": "12:30", "h": "<<",
    }  # fmt: skip


def test_a_document_that_cannot_be_read_is_one_finding(stand: Stand) -> None:
    result = run(stand, V30, {f"{FOLDER}/specs/bad.yaml": b"a: 1\na: 2\n"})
    assert [(f.rule, f.path, f.line) for f in result.findings] == [("spec-file", f"{FOLDER}/specs/bad.yaml", 2)]


def test_a_pattern_that_never_ends_is_given_up() -> None:
    text = V30.replace("name: {type: string, minLength: 1, maxLength: 40}", "name: {type: string, pattern: '^(a+)+$'}")
    document = load(text.encode(), "a.yaml")
    api = bundle("s/a.yaml", document, "s", lambda path: None)
    check = Check(("components", "schemas", "Login"), {"name": "a" * 60 + "!"}, write=True)
    assert "patterns" in judge(api, [check], seconds=1).failure


LISTED = """## Why

Because.

## What Changes

- Things.

## Capabilities

### New Capabilities
<!-- - `hidden`: in a comment -->
- `auth/login`: how to get in

### Modified Capabilities
- items: what is kept
- none
- `<capability-path>`: from the template
"""


def test_a_list_of_capabilities_that_agrees_passes(stand: Stand) -> None:
    files: dict[str, str | bytes | None] = {f"{FOLDER}/proposal.md": LISTED, f"{FOLDER}/tasks.md": "- [ ] 1.1 do\n"}
    stand.repo.commit(files | {f"{FOLDER}/specs/{name}/spec.md": ADDED for name in ("items", "auth/login")})
    assert openspec.check(stand.subject(), stand.bench).passed


def test_deltas_are_held_against_the_specs_that_they_have_to_fit(stand: Stand) -> None:
    """Where the integration branch has moved on, that is no longer the base."""
    files: dict[str, str | bytes | None] = {
        f"{FOLDER}/specs/items/spec.md": ADDED,
        f"{FOLDER}/tasks.md": "- [ ] 1 do\n",
    }
    stand.repo.commit(files)
    head = stand.subject().head
    moved = stand.repo.commit({"openspec/specs/items/spec.md": LIVING.replace("Read", "Add items")})
    assert openspec.check(stand.subject(head=head), stand.bench).passed
    assert rules(openspec.check(stand.subject(head=head, living=moved), stand.bench)) == {"openspec-known"}


def test_valid_deltas_and_tasks_pass(stand: Stand) -> None:
    stand.repo.commit({f"{FOLDER}/specs/items/spec.md": ADDED, f"{FOLDER}/tasks.md": "- [ ] 1.1 do\n"})
    assert openspec.check(stand.subject(), stand.bench).passed


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ({f"{FOLDER}/specs/items/spec.md": ADDED.replace("SHALL", "may")}, "openspec-shall"),
        ({f"{FOLDER}/specs/items/spec.md": ADDED.replace("Add items", "Read")}, "openspec-known"),
        ({f"{FOLDER}/specs/items/spec.md": b"\xff"}, "openspec-file"),
        ({f"{FOLDER}/specs/items.md": ADDED}, "openspec-none"),
        ({f"{FOLDER}/specs/items.md": ADDED}, "openspec-file"),
        ({f"{FOLDER}/tasks.md": "1. do\n"}, "openspec-tasks"),
        ({"a": "1"}, "openspec-tasks"),
        ({f"{FOLDER}/specs/items/spec.md": ADDED.replace("Add items", "read")}, "openspec-fold"),
        ({f"{FOLDER}/specs/items/spec.md/x/spec.md": ADDED}, "openspec-fold"),
        ({f"{FOLDER}/specs/new/spec.md": ADDED, f"{FOLDER}/proposal.md": LISTED}, "openspec-capability"),
        ({f"{FOLDER}/specs/items/spec.md": ADDED, f"{FOLDER}/proposal.md": LISTED}, "openspec-capability"),
        ({f"{FOLDER}/proposal.md": "## Why\n\nBecause.\n"}, "openspec-proposal"),
        ({f"{FOLDER}/proposal.md": LISTED.replace("Because.", "<!-- why -->")}, "openspec-proposal"),
    ],
)
def test_defective_deltas_fail(stand: Stand, files: dict[str, str | bytes | None], rule: str) -> None:
    stand.rebase({"openspec/specs/items/spec.md": LIVING})
    stand.repo.commit(files)
    assert rule in rules(openspec.check(stand.subject(), stand.bench))


def test_requests_find_their_operation() -> None:
    more = "servers: [{url: 'https://example.com/v1/'}]\n" + V30.replace(
        "  /items/{id}:\n", "  /items/{id}.{a}{b}{c}{d}:\n"
    )
    routes = Routes(bundle("s/a.yaml", load(more.encode(), "a.yaml"), "s", lambda path: None))
    found = routes.find("POST", "/v1/items")
    assert found is not None
    assert found.name == "POST /items"
    assert (found.documented(201), found.documented(500)) == ("201", "")
    assert routes.find("POST", "/items") is None
    assert routes.find("PUT", "/v1/items") is None
    assert routes.find("GET", "/v1/items/" + "." * 1900) is not None
    assert routes.find("GET", "/v1/items/" + "." * 100_000) is None


def test_schemas_that_refer_to_one_another_without_bound_are_a_finding(stand: Stand) -> None:
    chain = "".join(
        f"    C{n}: {{type: object, required: [a], properties: {{a: {{$ref: '#/components/schemas/C{n + 1}'}}}}}}\n"
        for n in range(900)
    )
    text = (
        V30.replace("'#/components/schemas/NewItem'", "'#/components/schemas/C0'")
        + chain
        + "    C900: {type: string}\n"
    )
    assert "spec-rules" in rules(run(stand, text))


LOOP = "  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n"


def test_a_loop_of_references_is_named_with_its_place(stand: Stand) -> None:
    end = "name: {type: string}\n    Error"
    text = V30.replace("  schemas:\n", LOOP, 1).replace(
        end, end.replace("{type: string}", "{$ref: '#/components/schemas/A'}")
    )
    found = [row for row in run(stand, text).findings if row.rule == "spec-ref"]
    assert {row.text for row in found} == {
        f"$ref '#/components/schemas/{name}' leads back to itself, so there is nothing that it stands for"
        for name in "AB"
    }
    assert all("$ref" in text.splitlines()[row.line - 1] for row in found)
    assert isinstance(spec.approved(stand.subject(CONFIG), stand.bench), str), "nothing is measured against it"


def test_a_large_document_is_judged_in_bounded_time(stand: Stand) -> None:
    """360 operations; what is larger than 5 MB is not read at all."""
    start, end = V30.index("  /items:\n"), V30.index("components:\n")
    block = V30[start:end]
    more = "".join(block.replace("/items", f"/things{number}") for number in range(120))
    began = time.monotonic()
    assert run(stand, V30[:end] + more + V30[end:]).passed
    assert time.monotonic() - began < 90
    large = V30.replace("Keeps items.", "Keeps items." + " and" * 1_400_000)
    assert "at most 5242880 are read" in run(stand, large).findings[0].text


def test_without_a_change_the_living_document_is_judged(stand: Stand) -> None:
    """A branch that the team did not write has no folder of its own."""
    stand.repo.commit({"docs/openapi.yaml": V30})
    assert spec.check(stand.subject(CONFIG), stand.bench).passed
    stand.repo.commit({"docs/openapi.yaml": V30.replace("      summary: Read an item\n", "")})
    result = spec.check(stand.subject(CONFIG), stand.bench)
    assert rules(result) == {"spec-summary"} and result.findings[0].path == "docs/openapi.yaml"
    stand.repo.commit({f"{FOLDER}/proposal.md": "# Items\n"})
    assert rules(spec.check(stand.subject(CONFIG), stand.bench)) == {"spec-one"}


def test_the_approved_document_may_be_another_commit_s(stand: Stand) -> None:
    stand.rebase({"docs/openapi.yaml": V30})
    stand.repo.commit({"docs/openapi.yaml": V30.replace("Read an item", "Read any item")})
    own = spec.approved(stand.subject(CONFIG), stand.bench)
    approved = spec.approved(stand.subject(CONFIG, spec=stand.base), stand.bench)
    assert not isinstance(own, str) and not isinstance(approved, str)
    assert "any item" in str(own.value) and "any item" not in str(approved.value)


def test_a_finding_in_a_document_of_json_has_no_line(stand: Stand) -> None:
    text = json.dumps(yaml.safe_load(V30.replace("      summary: Read an item\n", "")), default=str)
    stand.repo.commit({f"{FOLDER}/specs/openapi.json": text})
    result = spec.check(stand.subject(CONFIG), stand.bench)
    assert {(row.rule, row.line) for row in result.findings} == {("spec-summary", 0)}, result.reason


def test_a_document_at_the_root_refers_to_itself(stand: Stand) -> None:
    stand.repo.commit({"openapi.yaml": V30})
    config = parse('[spec]\npath = "openapi.yaml"')
    result = spec.check(stand.subject(config), stand.bench)
    assert result.passed, result.findings
