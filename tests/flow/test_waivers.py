"""What is told of waivers, and of what a review let pass by them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from harness.config import parse
from harness.flow.opinion import assessed
from harness.flow.waivers import excused, idle, joined, lapsed, named, told, waivers

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


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("lint", ""),
        ("coverage-branches", ""),
        ("scope", ""),
        ("spec-one", "spec is not asked: there is no API"),
        ("covrage-branches", "no gate has a rule of that name, since each begins with the gate's own; did you mean "
         "coverage-branches?"),
        ("E501", "no gate has a rule of that name, since each begins with the gate's own"),
    ],
)  # fmt: skip
def test_a_waiver_that_can_let_nothing_pass_says_why(rule: str, why: str) -> None:
    (waiver,) = parse(f'[[waivers]]\nrule = "{rule}"\nreason = "being rewritten"\nexpires = 2999-01-01\n').waivers
    assert idle(waiver, {"spec": "there is no API"}) == why


def test_two_for_one_place_are_both_shown_and_what_expired_is_said() -> None:
    twice = parse(
        '[[waivers]]\nrule = "lint"\nreason = "the linter is wrong"\nexpires = 2999-01-01\n'
        '[[waivers]]\nrule = "lint"\nreason = "nobody had time"\nexpires = 2020-01-01\n'
    )
    valid = "until 2999-01-01: the linter is wrong"
    assert waivers(twice, None) == {"lint": f"{valid}; until 2020-01-01: nobody had time"}

    def on(day: date) -> dict[str, str]:
        return joined((named(waiver), told(waiver, None, day)) for waiver in twice.waivers)

    assert on(date(2020, 1, 1)) == {"lint": f"{valid}; until 2020-01-01: nobody had time"}
    assert on(date(2020, 1, 2)) == {"lint": f"{valid}; expired on 2020-01-01: nobody had time"}


def test_what_rests_on_a_waiver_lapses_after_its_last_day() -> None:
    day = datetime(2999, 1, 1, 23, 59, tzinfo=UTC)
    assert lapsed([REPORT, {"gate": "build"}], day.timestamp()) == []
    assert lapsed([REPORT, REPORT], (day + timedelta(minutes=1)).timestamp()) == ["lint"]


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
