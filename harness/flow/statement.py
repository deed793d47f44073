"""What is signed of a decision: a text that no other decision, question, run or repository has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from harness.domain.change import Change
from harness.domain.decision import FINAL_NO, Decision
from harness.domain.event import Accepted, Answered, Asked, Driver, Entry, Event, RunStarted, Sprint
from harness.errors import Broken

FIRST_LINE = "harness decision, version 1"
APPROVAL = "harness approval, version 1"
"""How the statement of an entry of the `repo` journal begins: it can be that of no decision in a run."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on the record."""

    asked: Entry
    answered: Entry
    decision: Decision

    @property
    def key(self) -> str:
        """The question's."""
        return str(getattr(self.asked.event, "key", ""))


def statement(entries: Sequence[Entry], key: str, decision: Decision) -> bytes:
    """The text to sign: one line a part, each value as JSON in ASCII, so that no value can forge a line.

    `entry` is the chain hash of the question's entry. It covers all that the record held when it was asked, so a
    signature fits one journal alone. `repository` is the commit that the run began from. A final no answers to no
    question yet: it holds the hash of the run's first entry instead.
    """
    at = next((n for n, e in enumerate(entries) if isinstance(e.event, Asked) and e.event.key == key), None)
    if key == FINAL_NO:
        at = 0
    if at is None or not entries:
        raise Broken(f"the record holds no question {key}, so nothing can be signed or verified")
    rows = {
        "run": _run(entries[0].event),
        "repository": base(entries[:at]),
        "entry": entries[at].hash,
        "question": key,
        "subject": decision.subject,
        "verb": decision.verb,
        "to": decision.to,
        "comment": decision.comment,
        "cap": decision.cap,
        "update_checkout": decision.update_checkout,
        "by": decision.by,
        "time": decision.time,
    }
    return "".join([f"{FIRST_LINE}\n", *(f"{name}: {json.dumps(value)}\n" for name, value in rows.items())]).encode()


def approval(entry: Accepted | Sprint) -> bytes:
    """The text to sign of what stands for a repository: all of the entry but the signature and the message's number.

    `after` binds it to its place, so that what was accepted once can't be put there again later.
    """
    rows = entry.model_dump(mode="json", exclude={"signature", "message"})
    return "".join(
        [f"{APPROVAL}\n", *(f"{name}: {json.dumps(rows[name], sort_keys=True)}\n" for name in sorted(rows))]
    ).encode()


def _run(first: Event) -> str:
    """The run's name, as its first entry tells it."""
    if isinstance(first, RunStarted):
        return Change(name=first.change, kind=first.kind, fork=first.fork).run
    return str(getattr(first, "run", ""))


def base(entries: Sequence[Entry]) -> str:
    """The commit that the run began from; '' where it was not read yet."""
    for entry in entries:
        event = entry.event
        if isinstance(event, Answered) and event.key == "base" and isinstance(event.answer, dict):
            return str(event.answer.get("commit", ""))
    return ""


def signers_of(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Fingerprints of the keys that could sign when the run began; empty where none could, and in older records."""
    return next((e.event.signers for e in entries if isinstance(e.event, Driver) and e.event.signers), ())


def decisions(entries: Sequence[Entry]) -> list[Decided]:
    """Every decision on the record, in order; Broken where an answer is none."""
    asked: dict[str, Entry] = {}
    found = []
    for entry in entries:
        event = entry.event
        if isinstance(event, Asked) and event.kind == "human":
            asked[event.key] = entry
        elif isinstance(event, Answered) and event.kind == "human":
            if event.key not in asked:
                raise Broken(f"entry {entry.seq} decides on {event.key}, which nobody asked")
            try:
                decision = Decision.model_validate(event.answer)
            except ValueError as error:
                raise Broken(f"entry {entry.seq} is not a decision") from error
            found.append(Decided(asked[event.key], entry, decision))
    return found
