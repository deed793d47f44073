"""decide(state) -> Next. The whole policy of the order, as a pure function."""

from __future__ import annotations

from dataclasses import dataclass

from harness.flow.fold import State
from harness.flow.pipeline import DONE, Pipeline, Stage, find


@dataclass(frozen=True, slots=True)
class Enter:
    """Begin an attempt."""

    stage: Stage
    attempt: int


@dataclass(frozen=True, slots=True)
class Perform:
    """Go on with the attempt that was begun."""

    stage: Stage
    attempt: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Too many failures in a row, or too many returns: the CEO decides."""

    stage: Stage
    failures: int


@dataclass(frozen=True, slots=True)
class End:
    """Everything was done."""


Next = Enter | Perform | GiveUp | End | None


def decide(pipeline: Pipeline, state: State) -> Next:
    """What comes next; None when the run is over for good."""
    if state.finished:
        return None
    if state.at == DONE:
        return End()
    stage = find(pipeline, state.at)
    if state.inside:
        return Perform(stage, state.attempts[stage.id])
    failures = max(state.failures.get(stage.id, 0), len(state.returns.get(stage.id, ())))
    if failures >= stage.attempts:
        return GiveUp(stage, failures)
    return Enter(stage, state.attempts.get(stage.id, 0) + 1)
