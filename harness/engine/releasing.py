"""The harness's own rows of a release: what it would bring, and bringing it."""

from __future__ import annotations

from typing import Any

from harness.domain.event import Left
from harness.engine import acts
from harness.engine.run import Run
from harness.errors import Refused
from harness.flow.pipeline import Stage
from harness.world import Outside


def contents(run: Run, stage: Stage, key: str) -> Left:
    """What lies on develop since the last release; Refused where something in it is on no record."""
    about = {"base": run.base, "version": run.world.asked}
    found: dict[str, Any] = run.steps.once(
        f"{key}/contents", "git", about, lambda at: _outside(run).contents(run.base, run.world.asked, at)
    )
    odd = [row for row in found["commits"] if row["kind"] == "unrecorded"]
    if odd:
        names = "; ".join(f"{row['id'][:12]} {row['header']}" for row in odd[:5])
        raise Refused(
            f"{len(odd)} commit{'s' if len(odd) > 1 else ''} on {run.develop} did not come through the harness, so "
            f"nothing says who approved them: {names}; take them through a change, or release by hand"
        )
    return _passed(run, stage, {"contents": found, "head": found["develop"]})


def release(run: Run, stage: Stage, key: str) -> Left:
    """Notes, main, tag: exactly what was approved, or nothing."""
    found, approval = run.artifacts["contents"], run.artifacts["approval"]
    chain = next(e.hash for e in reversed(run.steps.entries) if getattr(e.event, "key", "") == _decided(run, approval))
    message = run.render("release-message", contents=found, approval=approval, chain=chain)
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
    return _passed(run, stage, {"released": done["commit"]})


def withheld(run: Run, stage: Stage, key: str) -> Left:
    """Nothing is released; the next release begins anew."""
    state = run.steps.state
    return _passed(run, stage, {"outcome": "withheld", "withheld": list(state.corrections) or [state.why]})


def _decided(run: Run, approval: dict[str, Any]) -> str:
    """Key of the entry that holds the approval."""
    return next(
        e.event.key
        for e in reversed(run.steps.entries)
        if e.event.type == "answered" and e.event.kind == "human" and e.event.answer == approval
    )


def _outside(run: Run) -> Outside:
    assert run.world.outside is not None
    return run.world.outside


def _passed(run: Run, stage: Stage, artifact: dict[str, Any]) -> Left:
    number = run.steps.state.attempts[stage.id]
    return Left(stage=stage.id, attempt=number, outcome="pass", to=stage.then, artifact=artifact)
