"""Where a run is, as a person says it: phase, step, share done, whom it waits for, since when, at what cost."""

from __future__ import annotations

from typing import Any

from harness.cli.options import resume
from harness.cli.when import clock
from harness.domain.event import Entry
from harness.flow.courses import COURSES, ENDS
from harness.flow.fold import State, fold
from harness.flow.pipeline import DONE, Stage
from harness.flow.record import sessions
from harness.flow.spend import Spend
from harness.peers import depending
from harness.site import Site, spend

PHASES = {1: "design", 2: "design", 3: "design", 4: "design", 5: "design", 6: "implementation"}
"""step -> phase; what comes later is the review"""


def progress(site: Site, run: str) -> tuple[dict[str, Any], State]:
    """(what `harness status` says of one run as JSON, its state)."""
    entries = site.entries(run)
    state, driven = fold(entries), site.driven(run)
    row = stage(state)
    facts: dict[str, Any] = {
        "change": run,
        "kind": (state.change.kind if state.purpose == "change" else state.purpose) if state.change else "",
        "phase": phase(state),
        "step": row.step,
        "stage": row.id,
        "title": row.title,
        "percent": percent(state),
        "outcome": state.finished,
        "driven": driven,
        "rehearsal": state.rehearsal,
        **waits(site, run, state, driven, entries),
        "cost": cost(spend(entries)),
    }
    return facts, state


def stage(state: State) -> Stage:
    """The row of the pipeline where the run is; once it is over, the one that ended it."""
    table = COURSES[state.purpose]
    last = next(row for row in table if row.then == DONE) if state.finished == ENDS[state.purpose] else table[-1]
    return next((row for row in table if row.id == state.at), last)


def phase(state: State) -> str:
    """Design, implementation or review, or how it ended; of another run than a change's, what it is for."""
    return state.finished or (PHASES.get(stage(state).step, "review") if state.purpose == "change" else state.purpose)


def percent(state: State) -> int:
    """The share of the pipeline's rows that are behind it, 0 to 100; what is returned falls back."""
    if state.finished == ENDS[state.purpose] or state.at == DONE:
        return 100
    table = COURSES[state.purpose]
    return 100 * table.index(stage(state)) // len(table)


def waits(site: Site, run: str, state: State, driven: bool, entries: list[Entry]) -> dict[str, Any]:
    """waits_for (CEO, you, a role, the harness, another change, or a driver), what for, and since when.

    Times are in seconds since the epoch.
    """
    row, since = stage(state), entries[-1].at
    if state.finished:
        return {"waits_for": "", "what": "", "since": since}
    if state.waiting is not None:
        what = str(state.waiting.detail.get("what", "a decision"))
        return {"waits_for": "CEO", "what": what, "since": state.waiting_since}
    entered = next((e.at for e in reversed(entries) if e.event.type in ("entered", "left", "run_started")), since)
    if driven and state.question:
        return {"waits_for": "consultant", "what": "its next answer", "since": since}
    if driven:
        return {"waits_for": row.role or "harness", "what": row.title.lower(), "since": entered}
    last = next(reversed(sessions(entries)), None)
    if last and " waits for change " in last.blocked:
        # it may have landed since
        first = next(iter(depending(site, run, state.head).items()), None)
        if first:
            return {"waits_for": f"change {first[0]}", "what": f"it {first[1]}", "since": last.ended}
    elif last and last.blocked:
        return {"waits_for": "you", "what": last.blocked, "since": last.ended}
    return {"waits_for": "driver", "what": f"a driver: {resume(run)}", "since": since}


def cost(total: Spend) -> dict[str, Any]:
    """US dollars, and the calls whose price is not known."""
    return {
        "spent": round(total.spent, 4),
        "possibly_spent": round(total.possibly, 4),
        "unknown_calls": total.unknown,
        "calls": total.calls,
        "by_role": {name: round(value, 4) for name, value in total.by_role.items()},
        "by_stage": {name: round(value, 4) for name, value in total.by_stage.items()},
        "tokens": dict(total.tokens),
        "cached": round(total.cached, 3),
    }


def priced(facts: dict[str, Any]) -> str:
    """The cost in a few words."""
    parts = [f"${facts['spent']:.2f}"]
    if facts["possibly_spent"]:
        parts.append(f"possibly ${facts['possibly_spent']:.2f} more")
    if facts["unknown_calls"]:
        parts.append(f"{facts['unknown_calls']} calls of unknown price")
    return ", ".join(parts)


def waited(facts: dict[str, Any]) -> str:
    """Whom it waits for and since when, in a few words."""
    if not facts["waits_for"]:
        return f"over since {clock(facts['since'])}"
    who = {"driver": "", "CEO": "the CEO: "}.get(facts["waits_for"], f"{facts['waits_for']}: ")
    return f"{who}{facts['what']}, since {clock(facts['since'])}"
