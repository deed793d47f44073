"""The minutes of sessions: what ended and was decided since the last ones, each line with its run and its entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.domain.event import Completed, Entry, Failed, Finished, Minuted
from harness.flow.fold import fold
from harness.flow.meeting import inert
from harness.flow.record import Session, clock, day, decisions, sessions

Runs = Mapping[str, Sequence[Entry]]
"""run -> its entries"""


def last(entries: Sequence[Entry]) -> dict[str, int]:
    """run -> its last entry that is minuted, from the repository's journal."""
    found: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry.event, Minuted):
            found |= entry.event.upto
    return found


def fresh(runs: Runs, upto: Mapping[str, int]) -> dict[str, Sequence[Entry]]:
    """The runs of which there is something to minute; a merged change's is in its own record."""
    return {
        run: entries
        for run, entries in runs.items()
        if fold(entries).finished not in ("merged", "minuted") and _tells(entries, upto.get(run, -1))
    }


def _tells(entries: Sequence[Entry], upto: int) -> bool:
    """Whether a session, a decision or the end of the run came after the entry `upto`."""
    ended = isinstance(entries[-1].event, Finished) and entries[-1].seq > upto
    held = any(each.number and each.last > upto for each in sessions(entries, over=True))
    return ended or held or any(row["seq"] > upto for row in decisions(entries))


def facts(runs: Runs, upto: Mapping[str, int]) -> dict[str, Any]:
    """What the file of the minutes says of `runs`, each from the entry after `upto` on."""
    held: list[dict[str, Any]] = []
    decided: list[dict[str, Any]] = []
    actions: list[dict[str, Any]] = []
    for run, entries in runs.items():
        since = upto.get(run, -1)
        new = [each for each in sessions(entries, over=True) if each.number and each.last > since]
        held += [_held(run, each) for each in new]
        decided += [
            {**row, "run": run, **{key: inert(str(row[key])) for key in ("what", "comment", "by")}}
            for row in decisions(entries)
            if row["seq"] > since
        ]
        actions += [row for each in new for row in _acts(run, each)]
        end = entries[-1]
        if isinstance(end.event, Finished):
            actions.append(_action(run, "over", f"{run} is {end.event.outcome}", "the CEO", end.seq))
        elif new:
            actions += _open(run, new[-1])
    people = sorted({row["by"] for row in decided if row["by"]})
    return {
        "runs": sorted(runs),
        "day": day(max(entries[-1].at for entries in runs.values())),
        "attendees": [*(f"{name} (CEO)" for name in people), "the harness"],
        "sessions": held,
        "decisions": decided,
        "actions": actions,
    }


def _held(run: str, each: Session) -> dict[str, Any]:
    times = {"started": clock(each.started), "ended": clock(each.ended)}
    return {"run": run, "number": each.number, **times, "how": inert(each.how), "first": each.first, "last": each.last}


def _open(run: str, session: Session) -> list[dict[str, Any]]:
    """What the session left to be done."""
    said = "authorized, not yet executed"
    return [
        *(_action(run, said, act.action, "the harness", seq) for seq, act in session.pending),
        *(_action(run, "to be done", what, "the CEO", seq) for seq, what in session.requires),
    ]


def _acts(run: str, session: Session) -> list[dict[str, Any]]:
    acts: list[tuple[int, Completed | Failed]] = sorted([*session.completed, *session.failed], key=lambda row: row[0])
    return [
        _action(run, f"confirmed, commit {act.commit}", act.action, "the harness", seq)
        if isinstance(act, Completed)
        else _action(run, f"not executed, {inert(act.why)}", act.action, "the harness", seq)
        for seq, act in acts
    ]


def _action(run: str, said: str, what: str, owner: str, seq: int) -> dict[str, Any]:
    return {"run": run, "said": said, "what": inert(what), "owner": owner, "seq": seq}
