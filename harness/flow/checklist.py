"""The checklist of a pull request: a box is ticked by gates or by a verdict, each named with its entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.domain.event import Entry, Left
from harness.flow.measures import TITLES
from harness.flow.pipeline import PIPELINE

ITEMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Code quality", "It builds without errors", ("build",)),
    ("Code quality", "No untyped code is introduced, in no disguise", ("types", "suppressions")),
    ("Code quality", "Every public function is documented", ("docs",)),
    ("Code quality", "Errors are typed", ("errors",)),
    ("Code quality", "Lint passes", ("lint",)),
    ("Code quality", "No code is duplicated", ("duplicates",)),
    ("Testing", "Every new function of a service has unit tests", ("reach",)),
    ("Testing", "Every operation of the API has integration tests", ("operations",)),
    ("Testing", "Coverage is above its thresholds", ("coverage",)),
    ("Testing", "Integration tests pass against the real PostgreSQL and Redis", ("operations", "services")),
    (
        "Spec compliance",
        "The implementation matches the approved specification",
        ("operations", "conformance", "drift"),
    ),
    ("Spec compliance", "The spec was approved before the code was written", ("lock",)),
    ("Documentation", "Documents of changed interfaces are updated", ("documents",)),
    ("Documentation", "The changelog says what changed", ("changelog",)),
    ("Documentation", "New environment variables are documented", ("environment",)),
    ("Database", "A changed table has a migration, numbered and tried", ("migrations",)),
)
"""(group, what is asked, the gates that answer it)"""
DECISIVE = frozenset({"services"})
"""Gates without which the others of their box say nothing."""
FURTHER = "Further gates"
REVIEW = "Review"
ORDER = {stage.id: number for number, stage in enumerate(PIPELINE)}


def rows(
    results: Mapping[str, Mapping[str, Any]], left_out: Mapping[str, str], seqs: Mapping[str, int]
) -> list[dict[str, Any]]:
    """group, ticked, text, by and why of each box: what the items ask, then every other gate under its own title.

    `results` and `left_out` are by gate; `seqs` are the numbers of their entries.
    """
    named = {gate for _, _, gates in ITEMS for gate in gates}
    others = [gate for gate in (*results, *left_out) if gate not in named]
    further = [(FURTHER, TITLES.get(gate, gate), (gate,)) for gate in dict.fromkeys(others)]
    return [_box(group, text, gates, results, left_out, seqs) for group, text, gates in (*ITEMS, *further)]


def verdict(text: str, ticked: bool, seq: int, why: str = "") -> dict[str, Any]:
    """A box that a reviewer's verdict ticks; `seq` is 0 where there is no entry of it yet."""
    return {"group": REVIEW, "ticked": ticked, "text": text, "by": f"verdict (entry {seq})" if seq else "", "why": why}


def reviewed(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The boxes of the CTO's and QA's verdicts, each by the last one that was given."""
    last = standing(entries)
    return [
        _last(last, "spec-review", "The Virtual CTO reviewed the specification"),
        _last(last, "review", "The Virtual CTO reviewed the implementation"),
        _last(last, "qa", "The Virtual QA signed off on the tests"),
    ]


def standing(entries: Sequence[Entry]) -> dict[str, tuple[int, bool, str]]:
    """stage -> (number of the entry, whether it passed, why not) of its last end.

    What passed does so no longer once the change went back to where something else is made of it.
    """
    last: dict[str, tuple[int, bool, str]] = {}
    for entry in entries:
        event = entry.event
        if not isinstance(event, Left) or event.stage not in ORDER:
            continue
        last[event.stage] = (entry.seq, event.outcome == "pass", event.why)
        if event.outcome != "pass" and event.to in ORDER:
            for stage, (seq, passed, _) in last.items():
                if passed and ORDER[stage] >= ORDER[event.to]:
                    last[stage] = (seq, False, f"of what went back to {event.to} afterwards")
    return last


def _last(last: Mapping[str, tuple[int, bool, str]], stage: str, text: str) -> dict[str, Any]:
    if stage not in last:
        return verdict(text, False, 0, "not reached")
    seq, passed, why = last[stage]
    return verdict(text, passed, seq, "" if passed else why)


def _box(
    group: str,
    text: str,
    gates: Sequence[str],
    results: Mapping[str, Mapping[str, Any]],
    left_out: Mapping[str, str],
    seqs: Mapping[str, int],
) -> dict[str, Any]:
    asked = [gate for gate in gates if gate in results]
    asked = [] if any(gate in DECISIVE and gate not in results for gate in gates) else asked
    by = ", ".join(_named(gate, seqs) for gate in asked)
    failed = [f"{_title(gate)} {results[gate]['result']}" for gate in asked if results[gate]["result"] != "passed"]
    why = "; ".join([*failed, *dict.fromkeys(waiver for gate in asked for waiver in _passing(results[gate]))])
    if not asked:
        why = next((left_out[gate] for gate in gates if gate in left_out), "not measured")
    return {"group": group, "ticked": bool(asked) and not failed, "text": text, "by": by, "why": why}


def _passing(result: Mapping[str, Any]) -> list[str]:
    return [f"{w['rule']} let pass until {w['expires']}: {w['reason']}" for w in result.get("waived") or ()]


def _named(gate: str, seqs: Mapping[str, int]) -> str:
    return f"{_title(gate)} (entry {seqs[gate]})" if gate in seqs else _title(gate)


def _title(gate: str) -> str:
    return TITLES.get(gate, gate)
