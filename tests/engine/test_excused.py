"""What the base's configuration lets pass is shown at the approvals and on the record."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from harness.cli.about import about
from harness.cli.look import gates
from harness.domain.decision import Decision
from harness.domain.event import Answered, Asked, Left
from harness.errors import Parked
from harness.flow.fold import fold
from harness.journal.jsonl import dump
from harness.replay import replay
from harness.workspace.locate import clean
from tests import target
from tests.engine import kit
from tests.warm import called

WAIVERS = """
[[waivers]]
rule = "tests-failed"
reason = "the greeting is under discussion"
expires = 2999-01-01

[[waivers]]
rule = "coverage-lines"
path = "greeter/**"
reason = "nobody measures it yet"
expires = 2999-06-01
"""
TOLD = {
    "tests-failed": "until 2999-01-01: the greeting is under discussion; lets 1 pass",
    "coverage-lines greeter/**": "until 2999-06-01: nobody measures it yet; matches nothing",
}


def test_waivers_are_shown_at_every_approval_and_on_the_record(tmp_path: Path) -> None:
    top = target.make(tmp_path / "repo", {**target.FILES, "harness.toml": target.CONFIG + WAIVERS})
    course = {**target.play(), "implement/1": target.implement(target.BAD)[:2]}
    ceo = target.Yes()
    with kit.serving(target.Team(course)):
        kit.go(top, ceo)
    entries = kit.journal(top)
    assert fold(entries).finished == "merged"
    spec, merge = [asked.detail["about"]["waivers"] for asked in ceo.asked]
    assert spec == {name: told.partition("; ")[0] for name, told in TOLD.items()}
    assert merge == TOLD
    lines = "\n".join(about(ceo.asked[-1].detail))
    assert all(f"{name}: {told}" in lines for name, told in TOLD.items())
    results = [e.event.answer for e in entries if isinstance(e.event, Answered) and "/gate/tests" in e.event.key]
    assert [row["result"] for row in results] == ["passed"] * len(results)
    assert results[-1]["waived"][0]["text"] == "greeter::say_bye: wrong"
    assert "let pass until 2999-01-01: [tests-failed]" in gates(fold(entries).artifacts["reports"])
    record = f"develop:{target.archived(top)}/record"
    assert "let pass until 2999-01-01" in target.git(top, "show", f"{record}/gates.md")
    page = target.git(top, "show", f"{record}/pull-request.md")
    assert "## Let pass" in page and "waiver: tests-failed, until 2999-01-01: the greeting is under discussion" in page
    with kit.at(top) as found:
        rows = list(found.journal(target.CHANGE).rows())
    (tmp_path / "record.jsonl").write_text("\n".join(dump(rows, target.CHANGE, "0")) + "\n")
    assert replay(tmp_path / "record.jsonl").outcome == "merged"


def test_a_waiver_that_expired_before_the_merge_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured on its last day, approved and merged long after it: it goes back, and is measured without."""
    config = target.CONFIG + WAIVERS.replace("2999-01-01", "2020-01-01")
    top = target.make(tmp_path / "repo", {**target.FILES, "harness.toml": config})
    for module in ("result", "kept"):
        monkeypatch.setattr(f"harness.gates.{module}.today", lambda: date(2020, 1, 1))

    def approves(asked: Asked) -> Decision:
        if asked.detail["what"] == "the merge":
            monkeypatch.undo()
        return kit.said()(asked)

    course = {
        **target.play(),
        "implement/1": target.implement(target.BAD)[:2],
        "review/1": [[target.verdict(kind="code")]],
        "qa/2": [[target.signoff("return", "implement")]],
        "implement/2": [target.implement(target.BAD)[2], [target.delivery("fix(greeter): say the name")]],
        "qa/3": [[target.signoff()]],
        "review/2": [[target.verdict(kind="code")]],
    }
    with kit.serving(target.Team(course)):
        kit.go(top, target.Yes(approves))
    entries = kit.journal(top)
    (left,) = [event for event in kit.of(entries, Left) if event.stage == "merge" and event.outcome != "pass"]
    assert (left.to, "the waiver of tests-failed expired" in left.why) == ("integrate", True)
    assert fold(entries).finished == "merged"
    assert 'return f"Bye, {name}"' in target.git(top, "show", "develop:greeter/__init__.py")


def test_what_waits_is_told_to_programs_with_its_waivers(tmp_path: Path) -> None:
    top = target.make(tmp_path / "repo", {**target.FILES, "harness.toml": target.CONFIG + WAIVERS})

    with kit.serving(target.Team()), pytest.raises(Parked):
        kit.go(top, target.Yes(kit.later))
    code, text = called(["status", target.CHANGE, "--json"], top, clean())
    assert code == 0 and json.loads(text)["about"]["waivers"]["tests-failed"].startswith(
        "until 2999-01-01: the greeting"
    )


def test_a_pass_is_taken_from_before_and_the_record_says_so(tmp_path: Path) -> None:
    """QA signs the same commit twice: what it was measured by is not measured again, and a replay comes to the same."""
    top = target.make(tmp_path / "repo")
    course = {
        **target.play(),
        "implement/1": target.implement(),
        "review/1": [[target.verdict("return", "qa", kind="code")]],
        "review/2": [[target.verdict(kind="code")]],
    }
    with kit.serving(target.Team(course)):
        kit.go(top)
    entries = kit.journal(top)
    assert fold(entries).finished == "merged"
    found = [e.event for e in entries if isinstance(e.event, Answered) and "/gate/" in e.event.key]
    first = {e.answer["gate"]: e.answer for e in found if e.key.startswith("qa/1/")}
    again = {e.answer["gate"]: e.answer for e in found if e.key.startswith("qa/2/")}
    assert again.keys() == first.keys() and not any(row.get("reused") for row in first.values())
    assert all(row["reused"] for row in again.values())
    assert again == {name: {**row, "reused": again[name]["reused"]} for name, row in first.items()}
    assert "measured before, 20" in target.git(top, "show", f"develop:{target.archived(top)}/record/gates.md")
    with kit.at(top) as site:
        rows = list(site.journal(target.CHANGE).rows())
    (tmp_path / "record.jsonl").write_text("\n".join(dump(rows, target.CHANGE, "0")) + "\n")
    assert replay(tmp_path / "record.jsonl").outcome == "merged"
