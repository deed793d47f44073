"""The harness's own rows of a review: what is reviewed, what the gates say of it, and the report."""

from __future__ import annotations

from typing import Any

from harness.domain.event import Left
from harness.engine.acts import passed
from harness.engine.measure import measure
from harness.engine.outdated import Outdated
from harness.engine.run import Run
from harness.flow import opinion, record
from harness.flow.pipeline import Stage


def intake(run: Run, stage: Stage, key: str) -> Left:
    """Read the branch or range; where it touches no specification, the Architect has nothing to review."""
    about = {"asked": run.world.asked, "base": run.base}
    outside, spec = run.world.outside, run.config.spec.path

    def read(at: float) -> dict[str, Any]:
        assert outside is not None
        return outside.contribution(run.world.asked, run.base, spec)

    found: dict[str, Any] = run.steps.once(f"{key}/contribution", "git", about, read)
    spared = {} if found["spec"] else {"spec-opinion": "no specification is changed"}
    return passed(run, stage, {"contribution": found, "head": found["head"], "spared": spared})


def measured(run: Run, stage: Stage, key: str) -> Left:
    """What every gate says; nothing that fails ends the review, as its report is what is wanted."""
    try:
        _, artifact = measure(run, stage, key, run.steps.state.head)
    except Outdated as apart:
        artifact = {"conflicts": apart.kept["corrections"]}
    return passed(run, stage, artifact)


def report(run: Run, stage: Stage, key: str) -> Left:
    """The review as a page, from the record alone."""
    entries = run.steps.entries
    seqs = {row["gate"]: int(row["seq"]) for row in record.latest(entries)}
    seqs |= {row["stage"]: int(row["seq"]) for row in record.passage(entries)}
    found = opinion.assessed(run.artifacts, run.gates, run.left_out, seqs)
    text = run.render("review", change=run.change, contribution=run.artifacts["contribution"], review=found)
    return passed(run, stage, {"review": found, "page": text})
