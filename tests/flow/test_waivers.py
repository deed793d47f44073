"""What is told of waivers, and of what a review let pass by them."""

from __future__ import annotations

from typing import Any

from harness.config import parse
from harness.flow.opinion import assessed
from harness.flow.waivers import excused, waivers

CONFIG = parse(
    '[[waivers]]\nrule = "lint"\npath = "a/**"\nreason = "being rewritten"\nexpires = 2999-01-01\n'
    '[[waivers]]\nrule = "lint"\nreason = "the linter is wrong"\nexpires = 2999-01-01\n'
)
WAIVED = {
    "rule": "lint", "text": "too long", "path": "a/x.py", "line": 1, "reason": "being rewritten",
    "expires": "2999-01-01",
}  # fmt: skip
REPORT: dict[str, Any] = {"gate": "lint", "result": "passed", "figures": {"waived": 1}, "waived": [WAIVED]}


def test_each_waiver_says_what_it_lets_pass() -> None:
    assert waivers(CONFIG, [REPORT, {"gate": "build"}]) == {
        "lint a/**": "until 2999-01-01: being rewritten; lets 1 pass",
        "lint": "until 2999-01-01: the linter is wrong; matches nothing",
    }


def test_before_anything_is_measured_nothing_is_said_of_it() -> None:
    assert waivers(CONFIG, None)["lint"] == "until 2999-01-01: the linter is wrong"
    assert waivers(parse(""), [REPORT]) == {}


def test_a_review_s_box_says_what_was_let_pass() -> None:
    seen = {"problems": [], "merges": [], "spec": [], "name": "x"}
    found = assessed({"contribution": seen, "reports": {"lint": REPORT}}, ["lint"], {}, {"lint": 7})
    (box,) = (row for row in found["checklist"] if row["by"] == "Lint (entry 7)")
    assert box["ticked"] and box["why"] == "lint let pass until 2999-01-01: being rewritten"


def test_what_nobody_can_provoke_is_told_with_what_of_it_was_not_needed() -> None:
    row = '[[operations.not_provokable]]\noperation = "GET /a"\nstatus = %s\nreason = "needs a broken disk"\n'
    config = parse(row % "503" + row % '"404"')
    unused = {"not provokable, but not needed: GET /a 404": "it was seen, or the spec does not document it"}
    assert excused(config, unused) == {
        "GET /a 503": "needs a broken disk",
        "GET /a 404": "needs a broken disk; matches nothing that is left to be provoked",
    }
    assert excused(config, None)["GET /a 404"] == "needs a broken disk"
