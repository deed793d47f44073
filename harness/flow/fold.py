"""fold(entries) -> State: where a run is. The only reader of history that decides anything; pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from harness.domain.change import Change, Purpose
from harness.domain.event import (
    Answered,
    Asked,
    Authorized,
    Completed,
    Convened,
    Driver,
    Entered,
    Entry,
    Event,
    Failed,
    Finished,
    Left,
    RunStarted,
)
from harness.flow.courses import COURSES
from harness.flow.pipeline import PIPELINE


@dataclass(slots=True)
class State:
    """Folded in place by `apply`; never stored."""

    change: Change | None = None
    purpose: Purpose = "change"
    asked: str = ""
    """The branch or range that a review is about."""
    question: str = ""
    """What the CEO asked, where the run is a consultation."""
    rehearsal: bool = False
    pipeline: str = ""
    at: str = PIPELINE[0].id
    inside: bool = False
    """True between Entered and Left."""
    attempts: dict[str, int] = field(default_factory=dict)
    """Attempts ever made, by stage: they number the keys."""
    failures: dict[str, int] = field(default_factory=dict)
    """Failures in a row by stage, since the last human decision."""
    returns: dict[str, list[str]] = field(default_factory=dict)
    """Why, for every return by a stage since the last human decision: two roles may not go to and fro for ever."""
    head: str = ""
    """The branch's commit as the harness left it."""
    entered: str = ""
    why: str = ""
    """What sent the change to where it is, when it did not come the straight way."""
    corrections: tuple[str, ...] = ()
    artifacts: dict[str, Any] = field(default_factory=dict)
    waiting: Asked | None = None
    """The question that a human has to answer."""
    waiting_since: float = 0.0
    authorized: list[Authorized] = field(default_factory=list)
    """Authorized, not yet executed."""
    completed: list[Completed] = field(default_factory=list)
    finished: str = ""
    sessions: int = 0
    started: float = 0.0
    last: float = 0.0


def fold(entries: Iterable[Entry]) -> State:
    """The state after `entries`."""
    state = State()
    for entry in entries:
        apply(state, entry)
    return state


def apply(state: State, entry: Entry) -> None:
    """Move `state` on by one entry."""
    event = entry.event
    state.last = entry.at
    match event:
        case RunStarted():
            state.change = Change(name=event.change, kind=event.kind, fork=event.fork)
            state.purpose, state.asked, state.at = event.purpose, event.asked, COURSES[event.purpose][0].id
            state.rehearsal, state.pipeline, state.started = event.rehearsal, event.pipeline, entry.at
        case Convened():
            state.question, state.started = event.question, entry.at
        case Entered():
            state.at, state.inside = event.stage, True
            state.attempts[event.stage] = event.attempt
            state.entered = state.head = event.head or state.head
        case Left():
            _left(state, event)
        case Asked(kind="human"):
            state.waiting, state.waiting_since = event, entry.at
        case Answered(kind="human"):
            state.waiting = None
            state.failures.clear()
            state.returns.clear()
        case Driver(did="started"):
            state.sessions = event.session
        case _:
            _acts(state, event)


def _acts(state: State, event: Event) -> None:
    match event:
        case Authorized():
            state.authorized.append(event)
        case Completed() | Failed():
            if isinstance(event, Completed):
                state.completed.append(event)
            state.authorized = [act for act in state.authorized if act.action != event.action]
        case Finished():
            state.finished = event.outcome
            state.waiting = None
        case _:
            pass


def _left(state: State, event: Left) -> None:
    state.at, state.inside = event.to, False
    state.artifacts.update(event.artifact)
    state.head = str(event.artifact.get("head", state.head))
    if event.outcome == "return" and event.to != event.stage:
        state.returns.setdefault(event.stage, []).append(event.why)
    if event.outcome == "fail":
        state.failures[event.stage] = state.failures.get(event.stage, 0) + 1
    else:
        state.failures.pop(event.stage, None)
        state.artifacts.pop(f"snapshot:{event.stage}", None)
    if event.outcome == "pass":
        state.why, state.corrections = "", ()
    else:
        state.why = event.why
        state.corrections = tuple(event.artifact.get("corrections", ()))
