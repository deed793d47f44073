"""Every table that a run can go through, by what the run is for."""

from __future__ import annotations

from harness.domain.change import Purpose
from harness.domain.event import Ending
from harness.flow.pipeline import DONE, PIPELINE, Pipeline, Stage, find

REVIEW: Pipeline = (
    Stage(id="intake", step=1, title="Intake", by="act", then="measured"),
    Stage(
        id="measured", step=2, title="Gates", by="act", then="spec-opinion",
        gates=("spec", *(gate for gate in find(PIPELINE, "qa").gates if gate not in ("scope", "lock"))),
    ),
    Stage(
        id="spec-opinion", step=3, title="Review of the specification", by="agent", role="architect",
        submits="verdict", then="code-opinion",
    ),
    Stage(
        id="code-opinion", step=4, title="Review of the code", by="agent", role="developer", submits="verdict",
        then="test-opinion",
    ),
    Stage(
        id="test-opinion", step=5, title="Review of the tests", by="agent", role="qa", submits="verdict",
        then="opinion",
    ),
    Stage(
        id="opinion", step=6, title="Review of the architecture", by="agent", role="cto", submits="verdict",
        then="report",
    ),
    Stage(id="report", step=7, title="Report", by="act", then=DONE),
)  # fmt: skip
"""A branch that the team did not write: measured, then read by every role. No verdict stops the next one."""

RELEASE: Pipeline = (
    Stage(id="contents", step=1, title="Contents", by="act", then="release-review"),
    Stage(
        id="release-review", step=2, title="Release review", by="agent", role="cto", submits="verdict",
        then="release-approval", returns=("withheld",),
    ),
    Stage(
        id="release-approval", step=3, title="Release approval", by="human",
        about=("contents", "verdict:release-review"), then="release",
    ),
    Stage(id="release", step=4, title="Release", by="act", then=DONE, returns=("withheld",)),
    Stage(id="withheld", step=4, title="Withheld", by="act", then=DONE),
)  # fmt: skip
"""develop to main. What the CTO returns is not offered to the CEO; what is right again is another release."""

COURSES: dict[Purpose, Pipeline] = {"change": PIPELINE, "review": REVIEW, "release": RELEASE}
ENDS: dict[Purpose, Ending] = {"change": "merged", "review": "reviewed", "release": "released"}
"""How a run of each is called once its last row is done."""
OPINIONS = tuple(row.id for row in REVIEW if row.by == "agent")
ANSWERS_ARCHITECTURE = frozenset({"review", "opinion"})
"""Rows whose verdict answers the architecture list."""
_CRITERIA = {
    "spec-review": "spec", "spec-opinion": "spec", "code-opinion": "code", "test-opinion": "tests",
    "opinion": "architecture", "release-review": "release",
}  # fmt: skip


def criteria(stage: Stage) -> str:
    """The table of `[review]` whose criteria a verdict of the row answers."""
    return _CRITERIA.get(stage.id, "code")


def prompts(stage: Stage) -> tuple[str, str]:
    """(system prompt, brief) of the row."""
    if stage.id in OPINIONS:
        return "reviewer", "brief-opinion"
    return "reviewer" if stage.id == "release-review" else stage.role, f"brief-{stage.id}"


def row(stage: str) -> Stage:
    """The row `stage` of whichever table has it; ids are unique over all of them."""
    return next(each for table in COURSES.values() for each in table if each.id == stage)
