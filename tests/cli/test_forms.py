"""SARIF and JUnit XML of whatever a hostile report may hold."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from harness.cli.junit import junit
from harness.cli.sarif import sarif
from harness.config import Config
from harness.domain.gate import Finding, GateResult, Waived
from harness.gates.table import GATES
from harness.measuring import NOBODYS, Measured, Measurement
from harness.workspace.span import Span
from tests.cli.test_gate import checked

HEAD, BASE = "1" * 40, "2" * 40
LINT = next(gate for gate in GATES if gate.name == "lint")


def measurement(*findings: Finding, result: str = "failed", **more: object) -> Measurement:
    """One gate's result as a measurement."""
    told = GateResult.model_validate({"gate": "lint", "result": result, "findings": findings, **more})
    span = Span(HEAD, "topic", BASE, "develop", Config())
    return Measurement(span, NOBODYS, "3" * 40, [Measured(LINT, told, 1.5)], {"spec": "no API"}, "level 3: held")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "../../up.py", "a/../../up.py", "file:///etc/passwd", "C:\\x.py", "https://evil.example/x.py",
        "a b/ü%2e%2e.py", "x\nforged.py", "app/ok.py", "", "javascript:alert(1)", "\udce4.py", "//evil.example/x",
    ],
)  # fmt: skip
def test_every_place_is_one_in_the_repository(path: str) -> None:
    found = json.loads(sarif(measurement(Finding(rule="lint", text="wrong", path=path, line=7))))
    checked(found)
    (row,) = found["runs"][0]["results"]
    place = row["locations"][0]["physicalLocation"]
    inside = path in ("app/ok.py", "a b/ü%2e%2e.py", "x\nforged.py", "\udce4.py")
    assert (place["artifactLocation"]["uri"] != "harness.toml") == inside
    assert place["region"]["startLine"] == (7 if inside else 1)


def test_a_waived_finding_is_suppressed_and_what_could_not_run_notified() -> None:
    waived = Waived(rule="lint", text="wrong", path="a.py", line=2, reason="being rewritten", expires="2999-01-01")
    found = json.loads(sarif(measurement(result="passed", waived=(waived,))))
    checked(found)
    (row,) = found["runs"][0]["results"]
    assert row["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "let pass until 2999-01-01: being rewritten"}
    ]
    found = json.loads(sarif(measurement(result="could not run", reason="there is no linter")))
    checked(found)
    (invocation,) = found["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "lint could not run: there is no linter" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_xml_holds_any_text() -> None:
    text = "]]> <!ENTITY x> \x00\x1b[2J\ufffe\uffff\ud800 </failure><testcase name='forged'/>"
    one = measurement(Finding(rule="lint", text=text), reason=text)
    one = replace(one, left_out={"spec": text})
    root = ElementTree.fromstring(junit(one))
    assert [case.get("name") for case in root.iter("testcase")] == ["lint", "spec"]
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "1", "1")
    # what the published schema of the format knows of all suites together
    assert set(root.attrib) == {"name", "tests", "failures", "errors", "time"}


def test_a_result_counts_by_the_worst() -> None:
    assert measurement().result == "failed"
    assert measurement(result="could not run").result == "could not run"
    assert measurement(result="passed").result == "passed"
    assert replace(measurement(), rows=[]).result == "could not run"
    both = replace(measurement(), rows=[*measurement().rows, *measurement(result="could not run").rows])
    assert both.result == "failed"
