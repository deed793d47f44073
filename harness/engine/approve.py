"""The CEO's two decisions. They are bound to the digest of what was shown."""

from __future__ import annotations

from typing import Any

from harness.domain.event import Left
from harness.engine import human
from harness.engine.acts import authorize
from harness.engine.outdated import Outdated, stand
from harness.engine.run import Run
from harness.flow.pipeline import Stage
from harness.flow.shown import action, shown, standing


def approve(run: Run, stage: Stage, key: str) -> Left:
    """Ask for the stage's decision and do what it says, short of executing it."""
    number = run.steps.state.attempts[stage.id]
    about, stood = shown(stage, run.artifacts, run.config, run.left_out), dict[str, Any]()
    if stage.id == "spec-approval":
        try:
            stood = stand(run, key)
        except Outdated as moved:
            return moved.left(run, stage, run.steps.state.head)
        about |= standing(stood, run.artifacts)
    verbs = ("approve", "return", "abandon") if stage.returns else ("approve", "abandon")
    what = action(stage, run.change, run.develop, run.artifacts)
    answer = human.ask(run.steps, run.world, key, what, about, verbs, returns=stage.returns)
    if answer["verb"] == "return":
        why = f"the CEO returns it: {answer['comment']}"
        kept = {"corrections": [answer["comment"]]}
        return Left(stage=stage.id, attempt=number, outcome="return", to=answer["to"], why=why, artifact=kept)
    authorize(run, key, what, answer["subject"], key)
    artifact: dict[str, Any] = {"approval": answer}
    if stage.id == "spec-approval":
        artifact |= {"approved": run.artifacts["lock"], "spec_base": stood["develop"], "spec_moved": {}}
    return Left(stage=stage.id, attempt=number, outcome="pass", to=stage.then, artifact=artifact)
