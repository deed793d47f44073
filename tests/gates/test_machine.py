"""Reports that linters write for machines."""

from __future__ import annotations

import json

import pytest

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates import lint
from harness.gates.junit import Unusable
from harness.gates.machine import findings
from tests.gates.conftest import Stand

SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "results": [
                {
                    "ruleId": "no-eval", "level": "error", "message": {"text": "eval is evil"},
                    "locations": [
                        {"physicalLocation": {"artifactLocation": {"uri": "src/a%20b.js"}, "region": {"startLine": 3}}}
                    ],
                },
                {"ruleId": "seen", "level": "error", "message": {"text": "x"}, "suppressions": [{"kind": "external"}]},
            ]
        }
    ],
}  # fmt: skip
ESLINT = [{"filePath": "/repo/src/a.ts", "messages": [{"ruleId": "semi", "severity": 1, "message": "m", "line": 2}]}]
RUFF = [{"filename": "/repo/a.py", "code": "F401", "message": "unused", "location": {"row": 1, "column": 8}}]
CHECKSTYLE = (
    '<?xml version="1.0"?><checkstyle version="4"><file name="/repo/src/A.ts"><error line="7" severity="error" '
    'message="no &lt;b&gt;" source="eslint.rules.no-b"/></file></checkstyle>'
)
BOMB = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><checkstyle>&c;</checkstyle>'


@pytest.mark.parametrize(
    ("name", "text", "wanted", "error"),
    [
        ("a.sarif", json.dumps(SARIF), ("src/a b.js", 3, "no-eval: eval is evil"), True),
        ("eslint.json", json.dumps(ESLINT), ("src/a.ts", 2, "semi: m"), False),
        ("ruff.json", json.dumps(RUFF), ("a.py", 1, "F401: unused"), False),
        ("c.xml", CHECKSTYLE, ("src/A.ts", 7, "eslint.rules.no-b: no <b>"), True),
    ],
)
def test_each_form_is_read_from_a_file_and_from_the_output(
    name: str, text: str, wanted: tuple[str, int, str], error: bool
) -> None:
    for files, output in (({name: text.encode()}, ""), ({}, text)):
        rows, wrong = findings("lint", files, output)
        assert [(row.path, row.line, row.text) for row in rows] == [wanted]
        assert wrong is error


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("a.xml", BOMB.encode(), "document type"),
        ("a.xml", b"<checkstyle>", "not XML"),
        ("a.xml", b"<a>" * 60, "nested"),
        ("a.json", b"{", "not JSON"),
        ("a.json", b"[" * 200_000, "not JSON"),
        ("a.sarif", b'{"runs": [{"results": [{"message": null}]}]}', "format"),
    ],
)
def test_what_cannot_be_read_is_unusable(name: str, data: bytes, word: str) -> None:
    with pytest.raises(Unusable, match=word):
        findings("lint", {name: data}, "")


def test_what_is_no_report_of_a_linter_says_nothing() -> None:
    files = {"unit.xml": b"<testsuites/>", "coverage.json": b'{"meta": {}}', "log.txt": b"x", "e.json": b"[]"}
    assert findings("lint", files, "[1/4] compiling") == ([], False)


def linted(stand: Stand, command: str) -> GateResult:
    return lint.check(stand.subject(Config.model_validate({"commands": {"lint": command}})), stand.bench)


def test_the_gate_reads_a_report(stand: Stand) -> None:
    stand.repo.commit({"report.json": json.dumps(ESLINT), "report.xml": CHECKSTYLE, "bomb.xml": BOMB})
    failed = linted(stand, "cp report.json {out}/; exit 1")
    assert [str(row) for row in failed.findings] == ["src/a.ts:2: [lint] semi: m"]
    assert linted(stand, "cp report.json {out}/").passed, "warnings alone, and the command is content"
    assert linted(stand, "cat report.xml").result == "failed", "an error, whatever the exit code says"
    assert linted(stand, "cp bomb.xml {out}/").result == "could not run"
