"""What is said of a run: sessions, decisions, confirmations and the pull request, each line with its entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harness.domain.change import Change
from harness.domain.event import Answered, Asked, Authorized, Completed, Driver, Entered, Entry, Failed, Finished, Left
from harness.domain.vocabulary import claims
from harness.flow import quality
from harness.flow.courses import row
from harness.flow.measures import TITLES

Render = Callable[..., str]


@dataclass(slots=True)
class Session:
    """One driver's lease, from the record alone."""

    number: int
    started: float
    ended: float = 0.0
    how: str = "under way"
    completed: list[tuple[int, Completed]] = field(default_factory=list)
    failed: list[tuple[int, Failed]] = field(default_factory=list)
    pending: list[tuple[int, Authorized]] = field(default_factory=list)
    requires: list[tuple[int, str]] = field(default_factory=list)
    blocked: str = ""
    """What a person has to put right before it can go on, where it ended for that and no question was open."""
    unfinished: str = ""
    """The step that was under way when it ended; '' where none was."""
    first: int = 0
    last: int = 0


def day(at: float) -> str:
    """The day in UTC, such as 2026-04-07."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def clock(at: float) -> str:
    """Day and minute in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def sessions(entries: Sequence[Entry], *, over: bool = False) -> list[Session]:
    """The sessions of a run; what is pending or required is as of each one's end.

    What lies between two sessions belongs to neither: a summary is posted when its session ends. A session that never
    said its end was killed: one that another followed, and the last one too if `over`.
    """
    found: list[Session] = []
    pending: dict[str, tuple[int, Authorized]] = {}
    waiting: list[tuple[int, str]] = []
    unfinished = ""
    now = Session(number=0, started=0)
    for entry in entries:
        event = entry.event
        match event:
            case Driver(did="started"):
                _close(found)
                now = Session(number=event.session, started=entry.at, first=entry.seq)
                found.append(now)
            case Authorized():
                pending[event.action] = (entry.seq, event)
            case Completed():
                pending.pop(event.action, None)
                now.completed.append((entry.seq, event))
            case Failed():
                pending.pop(event.action, None)
                now.failed.append((entry.seq, event))
            case Asked(kind="human"):
                waiting = [(entry.seq, str(event.detail.get("what", "a decision")))]
            case Answered(kind="human"):
                waiting = []
            case Entered():
                unfinished = row(event.stage).title
            case Left() | Finished():
                unfinished = ""
            case _:
                pass
        now.ended, now.last = entry.at, entry.seq
        now.pending, now.requires, now.unfinished = list(pending.values()), list(waiting), unfinished
        if isinstance(event, Driver) and event.did == "ended":
            _end(now, entry.seq, event.how)
            now = Session(number=0, started=entry.at)
    if over:
        _close(found)
    return found


def _end(session: Session, seq: int, how: str) -> None:
    """What the driver said last. Where no question is open, it may be a sentence for the one who has to act."""
    session.how = how
    if not session.requires and _sentence(how):
        session.blocked = how.splitlines()[0]
        session.requires = [(seq, session.blocked)]


def _sentence(how: str) -> bool:
    """Whether an end is told as a sentence: an outcome and an unforeseen error are one word, a stop was asked for."""
    return " " in how and not how.startswith("stopped")


def _close(found: list[Session]) -> None:
    if found and found[-1].how == "under way":
        found[-1].how = "killed"


EXCUSED = {"waivers": "waiver", "not provokable": "not provokable"}
"""Parts of what a decision shows -> what they are called."""


def decisions(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Every decision of the CEO: what was asked, what was said, and both entries' numbers."""
    asked: dict[str, tuple[int, Asked]] = {}
    found = []
    for entry in entries:
        event = entry.event
        if isinstance(event, Asked) and event.kind == "human":
            asked[event.key] = (entry.seq, event)
        elif isinstance(event, Answered) and event.kind == "human" and event.key in asked:
            seq, question = asked[event.key]
            found.append(
                {
                    "seq": entry.seq,
                    "asked": seq,
                    "when": clock(entry.at),
                    "what": question.detail.get("what", ""),
                    "subject": question.detail.get("subject", ""),
                    "base": (question.detail.get("about") or {}).get("based on", {}),
                    "verb": event.answer.get("verb", ""),
                    "to": event.answer.get("to", ""),
                    "comment": event.answer.get("comment", ""),
                    "by": event.by,
                    "hash": entry.hash,
                }
            )
    return found


def passage(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Every attempt that ended: stage, attempt, outcome, where it went and why."""
    return [
        {
            "seq": entry.seq,
            "when": clock(entry.at),
            "stage": row(event.stage).title,
            "attempt": event.attempt,
            "outcome": event.outcome,
            "to": event.to,
            "why": event.why,
            "corrections": list(event.artifact.get("corrections", ())),
            "verdict": event.artifact.get(f"verdict:{event.stage}"),
            "head": str(event.artifact.get("head", "")),
        }
        for entry in entries
        if isinstance(event := entry.event, Left)
    ]


def gates(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Every gate result, in the order in which it was measured."""
    found = []
    for entry in entries:
        event = entry.event
        if (
            isinstance(event, Answered)
            and event.kind == "gate"
            and isinstance(event.answer, dict)
            and "gate" in event.answer
        ):
            answer = event.answer
            found.append(
                {
                    "waived": [],
                    "reused": "",
                    **answer,
                    "seq": entry.seq,
                    "title": TITLES.get(answer["gate"], answer["gate"]),
                    "key": event.key,
                }
            )
    return found


def latest(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The last result of each gate."""
    return list({row["gate"]: row for row in gates(entries)}.values())


def acts(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Authorized, completed and failed acts, each with its entry's number."""
    return [
        {"seq": entry.seq, "when": clock(entry.at), **entry.event.model_dump()}
        for entry in entries
        if isinstance(entry.event, Authorized | Completed | Failed)
    ]


def approved(entries: Sequence[Entry], artifacts: Mapping[str, Any]) -> dict[str, Any]:
    """The decision that the artifact `approval` is; empty where there is none."""
    subject = artifacts.get("approval", {}).get("subject")
    return next((row for row in reversed(decisions(entries)) if row["subject"] == subject), {})


def merge_facts(entries: Sequence[Entry], artifacts: dict[str, Any], change: Change) -> dict[str, Any]:
    """What the merge commit's message says."""
    return {
        "change": change,
        "approval": approved(entries, artifacts),
        "spec": artifacts.get("approved", ""),
        "candidate": artifacts.get("candidate", {}),
        "gates": {name: report["result"] for name, report in artifacts.get("reports", {}).items()},
        "summary": artifacts.get("summary:implement", ""),
    }


def unproven(artifacts: Mapping[str, Any], gates: Sequence[str]) -> list[str]:
    """What keeps a change from counting as done, in sentences: it is merged, and each of its gates has passed."""
    reports = artifacts.get("reports") or {}
    out = [] if artifacts.get("merged") else ["it is not merged"]
    results = {gate: str((reports.get(gate) or {}).get("result", "not on record")) for gate in gates}
    return out + [f"the gate {gate}: {result}" for gate, result in results.items() if result != "passed"]


def files(
    entries: Sequence[Entry],
    artifacts: dict[str, Any],
    change: Change,
    left_out: dict[str, str],
    render: Render,
    place: str,
) -> dict[str, str]:
    """path -> text of the change's record, whose folder is then at `place`, and of the minutes.

    `NNN` in a path is the next free number.
    """
    held = sessions(entries)
    facts: dict[str, Any] = {
        "change": change,
        "decisions": decisions(entries),
        "passage": passage(entries),
        "gates": latest(entries),
        "all_gates": gates(entries),
        "acts": acts(entries),
        "sessions": held,
        "artifacts": artifacts,
        "left_out": left_out,
        "excused": excused(entries),
        "day": day(entries[-1].at),
        "entered": [(e.seq, e.event) for e in entries if isinstance(e.event, Entered)],
        "clock": clock,
        "attendees": attendees(entries),
        "claimed": claimed(artifacts),
    }
    report = quality.facts(facts["gates"], entries, left_out)
    facts["checklist"] = report["checklist"]
    plotted = quality.drawn(facts["gates"])
    folder = f"{place}/record"
    return {
        f"{place}/{quality.FILE}": render("qa-report", change=change, **report),
        **({f"{folder}/{quality.PLOT}": plotted} if plotted else {}),
        f"{folder}/pull-request.md": render("pull-request", **facts),
        f"{folder}/decisions.md": render("decisions", **facts),
        f"{folder}/gates.md": render("gates", **facts),
        f"{folder}/confirmations.md": render("confirmations", **facts),
        f"{folder}/sessions.md": "\n".join(render("summary", session=s, change=change) for s in held),
        f"TBC/minutes/TBC-MIN-NNN-{facts['day']}.md": render("minutes", **facts),
    }


def excused(entries: Sequence[Entry]) -> dict[str, dict[str, str]]:
    """What no gate held against the change, as the last decision of the CEO showed it: kind -> what -> why."""
    shown = [e.event.detail.get("about") for e in entries if isinstance(e.event, Asked) and e.event.kind == "human"]
    about = next((each for each in reversed(shown) if isinstance(each, Mapping) and "reports" in each), {})
    return {kind: dict(about[name]) for name, kind in EXCUSED.items() if about.get(name)}


def claimed(artifacts: Mapping[str, Any]) -> list[str]:
    """What roles say was done, which they can't know: the harness does it, after them, and records it."""
    summaries = [str(text) for name, text in artifacts.items() if name.startswith("summary:")]
    verdicts = [str(each.get("summary", "")) for name, each in artifacts.items() if name.startswith("verdict:")]
    return [sentence for text in (*summaries, *verdicts) for sentence in claims(text)]


def attendees(entries: Sequence[Entry]) -> list[str]:
    """Who took part: the CEO by name, and the roles that were entered."""
    people = sorted({d["by"] for d in decisions(entries) if d["by"]})
    roles = sorted({row(e.event.stage).role for e in entries if isinstance(e.event, Entered)} - {""})
    return [
        *(f"{name} (CEO)" for name in people),
        *(f"Virtual {role.upper() if role in ('cto', 'qa') else role.title()}" for role in roles),
    ]
