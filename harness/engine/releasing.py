"""The harness's own rows of a release: what it would bring, and bringing it."""

from __future__ import annotations

from typing import Any

from harness.domain.event import Left
from harness.engine import acts
from harness.engine.acts import passed
from harness.engine.run import Run
from harness.flow import record
from harness.flow.pipeline import Stage
from harness.world import Outside


def contents(run: Run, stage: Stage, key: str) -> Left:
    """What lies on develop since the last release."""
    about = {"base": run.base, "version": run.world.asked}
    found: dict[str, Any] = run.steps.once(
        f"{key}/contents", "git", about, lambda at: _outside(run).contents(run.base, run.world.asked, at)
    )
    return passed(run, stage, {"contents": found, "head": found["develop"]})


def release(run: Run, stage: Stage, key: str) -> Left:
    """Notes, main, tag: exactly what was approved, or nothing."""
    found, approval = run.artifacts["contents"], run.artifacts["approval"]
    shown = record.approved(run.steps.entries, run.artifacts)
    message = run.render("release-message", contents=found, approval=shown)
    consent = bool(approval.get("update_checkout")) or run.world.checkout
    done = run.steps.once(
        f"{key}/release",
        "git",
        {"contents": found, "message": message},
        lambda at: _outside(run).release(found, message, int(at), checkout=consent),
    )
    number = run.steps.state.attempts[stage.id]
    if done.get("moved"):
        why = f"{done['moved']} moved after the approval; what was approved is not what would be released"
        acts.fail(run, key, why)
        return Left(stage=stage.id, attempt=number, outcome="return", to="withheld", why=why)
    state = f"{found['main_name']} holds all of {found['develop_name']} at {found['develop'][:12]}"
    state += f", tagged {found['tag']}" if found["tag"] else ""
    acts.complete(run, key, done["commit"], found["main_name"], done["than"], state)
    return passed(run, stage, {"released": done["commit"]})


def withheld(run: Run, stage: Stage, key: str) -> Left:
    """Nothing is released; the next release begins anew."""
    state = run.steps.state
    return passed(run, stage, {"outcome": "withheld", "withheld": list(state.corrections) or [state.why]})


def _outside(run: Run) -> Outside:
    assert run.world.outside is not None
    return run.world.outside
