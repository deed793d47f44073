"""The order of work, as a table. Read it top to bottom; nothing else decides the order."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from harness.domain.digest import digest

DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One row: who works, what lets it pass, where it goes."""

    id: str
    step: int
    """The number of the step in the workflow, 1 to 9."""
    title: str
    by: Literal["act", "agent", "human"]
    role: str = ""
    submits: Literal["", "delivery", "sign-off", "verdict", "minutes"] = ""
    gates: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    """Artifacts that a human decision is bound to."""
    then: str
    returns: tuple[str, ...] = ()
    """Stages that a verdict, a decision or a moved repository may send the change back to."""
    attempts: int = 3
    """Failures in a row, since the last human decision, after which it gives up."""
    rounds: int = 4
    """Submissions in one conversation, each measured by the gates."""


Pipeline = tuple[Stage, ...]
CODE = ("scope", "lock", "build", "lint", "tests", "commits", "changelog")

PIPELINE: Pipeline = (
    Stage(id="backlog", step=1, title="Backlog", by="act", then="proposal"),
    Stage(id="proposal", step=2, title="Proposal", by="act", gates=("proposal", "branch"), then="design", attempts=1),
    Stage(
        id="design", step=3, title="Design", by="agent", role="architect", submits="delivery",
        gates=("scope", "spec", "openspec"), then="spec-review",
    ),
    Stage(
        id="spec-review", step=4, title="Spec review", by="agent", role="cto", submits="verdict",
        then="spec-approval", returns=("design",),
    ),
    Stage(
        id="spec-approval", step=5, title="Spec approval", by="human", about=("lock", "verdict:spec-review"),
        then="implement", returns=("design", "proposal"),
    ),
    Stage(
        id="implement", step=6, title="Implementation", by="agent", role="developer", submits="delivery",
        gates=(*CODE, "architecture"), then="integrate", returns=("design",),
    ),
    Stage(
        id="integrate", step=7, title="Integration", by="act", then="qa", returns=("implement", "spec-review"),
    ),
    Stage(
        id="qa", step=7, title="QA", by="agent", role="qa", submits="sign-off",
        gates=(*CODE, "coverage", "operations", "latency", "architecture"), then="review",
        returns=("implement", "design"),
    ),
    Stage(
        id="review", step=8, title="Review", by="agent", role="cto", submits="verdict", then="approval",
        returns=("implement", "qa", "design"),
    ),
    Stage(
        id="approval", step=9, title="Merge approval", by="human", about=("candidate", "reports", "verdict:review"),
        then="merge", returns=("implement", "qa", "design", "proposal"),
    ),
    Stage(id="merge", step=9, title="Merge", by="act", then="record", returns=("integrate",)),
    Stage(id="record", step=9, title="Record", by="act", then=DONE),
)  # fmt: skip

ALL_GATES = tuple(dict.fromkeys(gate for row in PIPELINE for gate in row.gates))


def find(pipeline: Pipeline, stage: str) -> Stage:
    """The row named `stage`."""
    return next(row for row in pipeline if row.id == stage)


def seal(pipeline: Pipeline) -> str:
    """Digest of the table."""
    return digest([asdict(row) for row in pipeline])
