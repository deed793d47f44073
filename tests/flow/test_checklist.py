"""The checklist and the QA report: boxes that gates and verdicts tick, figures by operation and metric."""

from __future__ import annotations

from typing import Any

from harness.domain.event import Asked, Entry, Event, Left
from harness.flow import checklist, quality


def result(gate: str, said: str = "passed", **more: Any) -> dict[str, Any]:
    return {"gate": gate, "title": gate.title(), "result": said, "reason": "", "seq": 7, "figures": {}, **more}


def boxes(results: list[dict[str, Any]], left_out: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    by = {row["gate"]: row for row in results}
    found = checklist.rows(by, left_out or {}, {gate: row["seq"] for gate, row in by.items()})
    assert len({row["text"] for row in found}) == len(found)
    return {row["text"]: row for row in found}


def test_a_box_is_ticked_by_its_gates_alone_and_names_them() -> None:
    found = boxes([result("build"), result("lint", "failed"), result("lock", seq=9)])
    assert found["It builds without errors"]["ticked"] and found["It builds without errors"]["by"] == "Build (entry 7)"
    assert not found["Lint passes"]["ticked"] and found["Lint passes"]["why"] == "Lint failed"
    assert found["The spec was approved before the code was written"]["by"] == "Spec lock (entry 9)"
    assert [row["why"] for row in found.values() if not row["ticked"] and row["text"] != "Lint passes"] == [
        "not measured"
    ] * (len(checklist.ITEMS) - 3)


def test_one_gate_of_two_that_could_not_run_leaves_the_box_empty() -> None:
    text = "The implementation matches the approved specification"
    found = boxes([result("operations"), result("drift", "could not run")], {"conformance": "not applicable: x"})
    assert not found[text]["ticked"] and found[text]["why"].endswith("could not run")
    found = boxes([result("operations")], {"drift": "not applicable: x", "conformance": "not applicable: x"})
    assert found[text]["ticked"]


def test_what_does_not_apply_is_empty_and_says_why() -> None:
    found = boxes([], {"services": "not applicable to repositories without [services]", "other": "not applicable: y"})
    row = found["Integration tests pass against the real PostgreSQL and Redis"]
    assert not row["ticked"] and row["why"] == "not applicable to repositories without [services]"
    real = row["text"]
    left_out = {"services": "not applicable to repositories without [services]"}
    assert not boxes([result("operations")], left_out)[real]["ticked"]
    assert boxes([result("operations"), result("services")])[real]["ticked"]
    assert not boxes([result("operations", "failed"), result("services")])[real]["ticked"]
    assert found["other"]["group"] == checklist.FURTHER and found["other"]["why"] == "not applicable: y"


def left(stage: str, outcome: Any, why: str = "", to: str = "x") -> Left:
    return Left(stage=stage, attempt=1, outcome=outcome, to=to, why=why)


def entries(*events: Event) -> list[Entry]:
    return [Entry(seq=seq, at=100.0 + seq, event=event, hash="") for seq, event in enumerate(events, 1)]


def test_the_last_verdict_counts() -> None:
    found = checklist.reviewed(entries(left("spec-review", "pass"), left("qa", "pass"), left("qa", "return", "bad")))
    assert [(row["ticked"], row["by"], row["why"]) for row in found] == [
        (True, "verdict (entry 1)", ""), (False, "", "not reached"), (False, "verdict (entry 3)", "bad"),
    ]  # fmt: skip


def test_a_verdict_on_what_was_made_anew_since_ticks_nothing() -> None:
    """Whoever sends a change back has what comes after looked at again; what comes before stays."""
    course = [left("spec-review", "pass"), left("qa", "pass"), left("review", "pass")]
    course.append(left("approval", "return", "shorter", to="implement"))
    found = checklist.reviewed(entries(*course))
    assert [row["ticked"] for row in found] == [True, False, False]
    assert {row["why"] for row in found[1:]} == {"of what went back to implement afterwards"}
    found = checklist.reviewed(entries(*course, left("qa", "pass")))
    assert [row["ticked"] for row in found] == [True, False, True]
    found = checklist.reviewed(entries(*course, left("qa", "pass"), left("review", "pass")))
    assert [row["ticked"] for row in found] == [True, True, True]
    found = checklist.reviewed(entries(*course, left("integrate", "return", "moved", to="spec-review")))
    assert [row["ticked"] for row in found] == [False, False, False]


LATENCY = {
    "GET /a p50 ms": 3.0, "GET /a p95 ms": 9.5, "GET /a limit ms": 200, "GET /a spread": "14: 3 9 2",
    "GET /a statuses": "200: 90",
}  # fmt: skip


def test_the_report_names_every_operation_and_metric() -> None:
    results = [
        result("coverage", figures={"statements": 91.5, "branches": 88.0, "excluded lines": 0}),
        result("operations", figures={"operations": 2, "not provokable: POST /a 409": "needs two clients"}),
        result("latency", figures=LATENCY),
        result("inputs", figures={"POST /a null": 2}),
    ]
    found = quality.facts(results, entries(left("qa", "pass")), {"drift": "not applicable: x"})
    assert [row["metric"] for row in found["coverage"]] == ["statements", "branches"]
    assert [row["name"] for row in found["operations"]] == ["GET /a", "POST /a"]
    assert [each["what"] for each in found["operations"][0]["figures"]] == ["p50 ms", "p95 ms", "limit ms", "statuses"]
    assert found["excused"] == [{"what": "POST /a 409", "why": "needs two clients"}]
    assert found["signed"] == {"seq": 1, "outcome": "pass", "why": ""} and found["plot"]
    assert quality.drawn(results).startswith("<svg ") and "GET /a" in quality.drawn(results)


def test_without_figures_of_latency_there_is_no_plot() -> None:
    assert quality.drawn([result("latency", "could not run")]) == "" == quality.drawn([])


def test_what_was_left_out_is_what_the_ceo_was_shown_last() -> None:
    def asked(about: dict[str, Any]) -> Asked:
        return Asked(key="k", kind="human", question="q", detail={"about": about})

    assert quality.excluded(entries()) == {}
    found = entries(asked({"not applicable": {"a": "x"}}), asked({"not applicable": {"b": "y"}}), asked({"other": 1}))
    assert quality.excluded(found) == {"b": "y"}
