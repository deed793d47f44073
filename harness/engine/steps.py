"""once(key, kind, question, do): ask the world at most once per key, and remember the answer.

Live, resume, rehearsal and replay run the same code. They differ only in what is already answered and in whether
an unanswered question may reach the world.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from harness.beside import beside
from harness.domain.decision import FINAL_NO, Decision
from harness.domain.digest import digest
from harness.domain.event import NOTES, Answered, Asked, Asking, Entry, Event, Finished, Prepared, Tried, Turned
from harness.domain.secret import scrubbed
from harness.engine.genuine import rejected
from harness.engine.rehearsal import Rehearsal
from harness.errors import Abandoned, Diverged, Parked, Stopped
from harness.flow.fold import State, apply
from harness.flow.spend import Spend
from harness.world import World

ABANDON = FINAL_NO
OUTSIDE = (*NOTES, Turned)
"""What a replay can't come to by itself: notes, and decisions that came from somewhere and did not count."""
Do = Callable[[float], Any]
"""Asks the world; gets the question's recorded time, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the world; `about` is all that its answer depends on."""

    key: str
    kind: Asking
    about: Any
    do: Do
    detail: dict[str, Any] = field(default_factory=dict)


class Steps:
    """The journal of one run, its state, and the only way to the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.entries: list[Entry] = []
        self.state = State()
        self.spend = Spend(world.cost)
        self._asked: dict[str, Entry] = {}
        self._answers: dict[str, Answered] = {}
        for entry in world.journal.read():
            self._take(entry)
        given_up = {e.event.key for e in self.entries if isinstance(e.event, Tried) and e.event.wait < 0}
        self._interrupted = self._asked.keys() - self._answers.keys() - given_up
        """Questions that were under way when the last driver ended."""
        self._recorded = {e.event.key: e.event for e in world.recorded if isinstance(e.event, Answered)}
        self._expected = [e for e in world.recorded if not isinstance(e.event, OUTSIDE)]
        self._facts = sum(not isinstance(e.event, OUTSIDE) for e in self.entries)
        self._notes = [e for e in world.recorded if isinstance(e.event, OUTSIDE) and e.seq >= len(self.entries)]
        """In a replay, the recorded notes: they are taken over where they stood."""
        self._rehearsal = Rehearsal(world.rehearsal)

    def append(self, event: Event) -> Entry:
        """Append to the journal; in a replay, only what the record says comes next."""
        if not isinstance(event, OUTSIDE):
            if not self._world.live:
                event = self._compare(event)
            self._facts += 1
        entry = self._keep(event)
        while self._notes and self._notes[0].seq == len(self.entries):
            self._keep(self._notes.pop(0).event)
        return entry

    def ensure(self, event: Event) -> None:
        """Append unless it stands already: for what is said while an attempt is gone through, and again on a resume."""
        if not any(entry.event == event for entry in self.entries):
            self.append(event)

    def _keep(self, event: Event) -> Entry:
        entry = self._world.journal.append(event)
        self._take(entry)
        self._world.watch(entry)
        return entry

    def once(self, key: str, kind: Asking, about: Any, do: Do, detail: dict[str, Any] | None = None) -> Any:
        """The one answer to the question `key`."""
        return self.several([Question(key, kind, about, do, detail or {})])[0]

    def several(self, questions: Sequence[Question]) -> list[Any]:
        """The answers, fetched side by side; questions and answers are recorded in the order given."""
        times = [self._ask(question) for question in questions]
        open_ = [(q, at) for q, at in zip(questions, times, strict=True) if not self._known(q.key)]
        if open_ and not self._world.live:
            self._unanswered(questions)
        try:
            fresh = dict(zip((q.key for q, _ in open_), _fetch(open_), strict=True))
        finally:
            for note in self._world.prepared() if open_ else ():
                # What the set-up printed is the word of packages.
                self.append(Prepared.model_validate(scrubbed(note.model_dump(mode="json"), self._world.secrets)))
        for question in questions:
            if question.key not in self._answers:
                self._answer(question, fresh)
        return [self._answers[question.key].answer for question in questions]

    def _unanswered(self, questions: Sequence[Question]) -> NoReturn:
        """In a replay, where the record lacks an answer: it ended here, or the CEO ended the change, or it differs."""
        for question in questions:
            if not self._known(question.key):
                break
            if question.key not in self._answers:
                self._answer(question, {})
        self.pause()
        if self._facts >= len(self._expected):
            raise Parked(f"the record ends at {question.key}")
        raise Diverged(f"{question.key}: nothing on record")

    def complete(self) -> None:
        """In a replay: Diverged when the record holds more than was driven."""
        left = len(self._expected) - self._facts
        if left > 0:
            raise Diverged(
                f"the run is over, but the record holds {left} facts more: {_name(self._expected[self._facts].event)}"
            )

    def answered(self, key: str) -> bool:
        """Whether the question has its answer already."""
        return self._known(key) is not None

    def _known(self, key: str) -> Answered | None:
        return self._answers.get(key) or self._recorded.get(key)

    def _ask(self, q: Question) -> float:
        """Record the question unless it stands already; its recorded time."""
        asked, known = digest(q.about), self._known(q.key)
        if known and known.question != asked:
            raise Diverged(f"{q.key}: the record answers {known.question[:12]}, the question now is {asked[:12]}")
        entry = self._asked.get(q.key)
        if entry is None:
            if known is None:
                self.pause()
            return self.append(Asked(key=q.key, kind=q.kind, question=asked, detail=q.detail)).at
        if q.kind == "model" and q.key in self._interrupted and not known:
            self._interrupted = self._interrupted - {q.key}
            self.append(Tried(key=q.key, fault="the driver ended during the call", wait=0))
        return entry.at

    def _answer(self, q: Question, fresh: dict[str, Any]) -> None:
        answered = self._recorded.get(q.key)
        if answered is None:
            answer = fresh[q.key]
            by = str(answer.get("by", "")) if q.kind == "human" else ""
            answered = Answered(key=q.key, kind=q.kind, question=digest(q.about), answer=answer, by=by)
        self.append(answered)
        drift = self._rehearsal.check(answered)
        if drift:
            self.append(drift)

    def upcoming(self) -> Event | None:
        """In a replay, the fact that the record has next."""
        return self._expected[self._facts].event if self._facts < len(self._expected) else None

    def recall(self) -> None:
        """Abandoned if the CEO's final no is on record, but a kill came before the end that follows from it."""
        if ABANDON in self._answers and not self.state.finished:
            raise Abandoned(f"the CEO abandoned {self._world.change.name}")

    def pause(self) -> None:
        """A safe point: end here if somebody asked for it. In a replay, if the record did."""
        if not self._world.live:
            upcoming = self.upcoming()
            if isinstance(upcoming, Asked) and upcoming.key == ABANDON:
                self._abandon(self._recorded[ABANDON].answer)
            return
        for number, item in self._world.inbox.items():
            if item.get("verb") == "stop":
                self._world.inbox.drop(number)
                how = "consult --resume" if self.state.question else "run"
                raise Stopped(f"stopped at a safe point; `harness {how} {self._world.change.run}` goes on")
            if item.get("verb") == "abandon" and item.get("subject") == ABANDON and not self._too_late():
                self._final(number, item)

    def _final(self, number: int, item: dict[str, Any]) -> None:
        """End here if the CEO's final no counts; keep it as turned down otherwise."""
        try:
            decision = Decision.model_validate(item)
            why = rejected(self.entries, self._world, ABANDON, decision)
        except ValueError:
            why = "it is no decision"
        if not why:
            self._abandon(decision.model_dump())
        self.append(Turned(by=str(item.get("by", "")), decision=item, why=why))
        self._world.inbox.drop(number)

    def _too_late(self) -> bool:
        """Whether a final no changes nothing any more: it stands already, or the change has landed."""
        landed = self._answers.get(f"merge/{self.state.attempts.get('merge', 0)}/merge")
        return ABANDON in self._answers or (landed is not None and "commit" in landed.answer)

    def _abandon(self, answer: dict[str, Any]) -> None:
        """Put the CEO's final no on the record."""
        asked = digest(ABANDON)
        if ABANDON not in self._asked:
            self.append(Asked(key=ABANDON, kind="human", question=asked, detail={"what": "the CEO's final no"}))
        if ABANDON not in self._answers:
            by = str(answer.get("by", ""))
            self.append(Answered(key=ABANDON, kind="human", question=asked, answer=answer, by=by))
        raise Abandoned(f"the CEO abandoned {self._world.change.name}")

    def _take(self, entry: Entry) -> None:
        self.entries.append(entry)
        event = entry.event
        if isinstance(event, Asked):
            self._asked[event.key] = entry
        elif isinstance(event, Answered):
            self._answers[event.key] = event
        apply(self.state, entry)
        self.spend.add(entry)

    def _compare(self, event: Event) -> Event:
        """The recorded event, if `event` is what comes next; the price of a call is not computed again."""
        if self._facts >= len(self._expected):
            if self._expected and isinstance(self._expected[-1].event, Finished):
                raise Diverged(f"the record ends after {self._facts} facts; this is one more: {_name(event)}")
            raise Parked(f"the record ends before {_name(event)}")
        expected = self._expected[self._facts]
        if getattr(expected.event, "key", "") == ABANDON != getattr(event, "key", ""):
            self._abandon(self._recorded[ABANDON].answer)
        if isinstance(event, Asked) and isinstance(expected.event, Asked) and event.kind == "model":
            event = event.model_copy(
                update={"detail": {**event.detail, "reserve": expected.event.detail.get("reserve")}}
            )
        if expected.event != event:
            raise Diverged(f"entry {expected.seq} of the record is {_name(expected.event)}; now it is {_name(event)}")
        return event


def _fetch(open_: Sequence[tuple[Question, float]]) -> list[Any]:
    return beside([partial(question.do, at) for question, at in open_])


def _name(event: Event) -> str:
    what = getattr(event, "key", "") or getattr(event, "stage", "")
    return f"{event.type} {what}".strip()
