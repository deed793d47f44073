"""The main loop: fold, decide, perform, append. Start reading here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.domain.event import Driver, Entered, Finished, Left, RunStarted
from harness.domain.secret import redacted, scrubbed
from harness.engine import acts, contribution, human, releasing
from harness.engine.approve import approve
from harness.engine.attempt import attempt
from harness.engine.measure import preflight, unfit
from harness.engine.outdated import since
from harness.engine.run import Run, begin
from harness.engine.steps import Steps
from harness.errors import Abandoned, GaveUp, HarnessError, Parked, Stopped
from harness.flow.courses import ENDS
from harness.flow.decide import End, Enter, GiveUp, Perform, decide
from harness.flow.pipeline import Stage, seal
from harness.world import World

ACTS = {
    **acts.ACTS,
    "intake": contribution.intake,
    "measured": contribution.measured,
    "report": contribution.report,
    "contents": releasing.contents,
    "release": releasing.release,
    "withheld": releasing.withheld,
}


def drive(world: World) -> Steps:
    """Run until it is over, or until it has to wait (Parked). Safe to call again after any crash."""
    steps = Steps(world)
    human.tidy(steps, world)
    if steps.state.finished and world.live:
        return steps
    if not steps.entries:
        first = RunStarted(
            change=world.change.name,
            kind=world.change.kind,
            fork=world.change.fork,
            parent=world.parent,
            purpose=world.purpose,
            asked=world.asked,
            pipeline=seal(world.pipeline),
            rehearsal=bool(world.rehearsal) or _was_rehearsal(world),
        )
        steps.append(first)
    session(steps, world, lambda: _loop(begin(world, steps)))
    return steps


def session(steps: Steps, world: World, work: Callable[[], None]) -> None:
    """Do `work` as one driver's session: its begin and its end are said, and the CEO's final no ends the run."""
    number = steps.state.sessions + 1
    if world.live:
        level, signers = world.level(), world.signers()
        steps.append(Driver(session=number, did="started", harness=world.version, level=level, signers=signers))
    how = "killed"
    try:
        steps.recall()
        if world.live and world.standing:
            world.standing.begin()
        work()
        how = steps.state.finished or "ended"
    except Abandoned as no:
        end(steps, world, str(no))
        how = "abandoned"
    except KeyboardInterrupt:
        how = "interrupted"
        raise
    except Exception as error:
        how = str(error) if isinstance(error, HarnessError) else type(error).__name__
        raise
    finally:
        if world.live:
            steps.append(Driver(session=number, did="ended", how=redacted(how, world.secrets)))


def end(steps: Steps, world: World, why: str) -> None:
    """After the CEO's final no: what was authorized is told not to have been executed, and the run is over."""
    if steps.state.authorized:
        human.tidy(steps, world)
        acts.fail(begin(world, steps), "abandoned", why)
    steps.append(Finished(outcome="abandoned"))


def _was_rehearsal(world: World) -> bool:
    """In a replay: what the record says of itself."""
    first = world.recorded[0].event if world.recorded else None
    return isinstance(first, RunStarted) and first.rehearsal


def _loop(run: Run) -> None:
    steps = run.steps
    _preflight(run)
    while True:
        match decide(run.world.pipeline, steps.state):
            case Enter(stage=stage, attempt=number):
                state = steps.state
                steps.append(Entered(stage=stage.id, attempt=number, head=state.head, why=state.why))
            case Perform(stage=stage, attempt=number):
                _leave(run, _perform(run, stage, f"{stage.id}/{number}"))
            case GiveUp(stage=stage, failures=failures):
                _leave(run, _gave_up(run, stage, failures))
            case End():
                steps.append(Finished(outcome=run.artifacts.get("outcome", ENDS[run.world.purpose])))
            case None:
                return


def _perform(run: Run, stage: Stage, key: str) -> Left:
    moved = _moved(run, stage, key)
    if moved:
        return moved
    if stage.by == "act":
        return ACTS[stage.id](run, stage, key)
    if stage.by == "human":
        return approve(run, stage, key)
    left = attempt(run, stage, key)
    if stage.id == "implement" and left.outcome == "pass":
        head = str(left.artifact["head"])
        state = f"{run.change.branch} is at {head[:12]}; its gates passed; it is not merged"
        acts.complete(run, key, head, run.change.branch, run.base, state)
    return left


def _leave(run: Run, left: Left) -> None:
    """Append the end of an attempt; what was authorized on a spec that is open again is not executed."""
    if left.outcome == "return" and left.to in ("design", "proposal", "spec-review"):
        acts.fail(run, f"{left.stage}/{left.attempt}/left", f"the change went back to {left.to}: {left.why}")
    run.steps.append(left)


def _moved(run: Run, stage: Stage, key: str) -> Left | None:
    """Whether somebody else moved the branch since the harness left it; adopting it re-opens what it touches."""
    state = run.steps.state
    if not state.head or stage.id in ("merge", "record") or run.world.purpose != "change":
        return None
    tip = str(
        run.steps.once(f"{key}/tip", "git", {"head": state.head}, lambda at: run.world.repo.tip(run.change.branch))
    )
    if tip == state.head:
        return None
    about: dict[str, Any] = {"branch": run.change.branch, "expected": state.head, "found": tip or "nothing: it is gone"}
    rewritten: dict[str, Any] = {}
    if tip:
        seen = dict(
            run.steps.once(
                f"{key}/adopting",
                "git",
                {"was": state.head, "now": tip},
                lambda at: _grown(run, stage, state.head, tip),
            )
        )
        rewritten = {name: seen.pop(name) for name in ("spec_base", "spec_moved") if name in seen}
        about |= seen | ({"spec written against": rewritten["spec_base"]} if rewritten else {})
    what = f"{run.change.branch} was moved by somebody else; adopt what is there now, or abandon"
    verbs = ("approve", "abandon") if tip else ("abandon",)
    human.ask(run.steps, run.world, f"{key}/moved", what, about, verbs)
    to = _reopened(run, stage, key, tip)
    why = f"{run.change.branch} was moved to {tip[:12]} by somebody else, and the CEO adopted it"
    number = state.attempts[stage.id]
    kept = {"head": tip, "corrections": [why], **rewritten}
    return Left(stage=stage.id, attempt=number, outcome="return", to=to, why=why, artifact=kept)


def _grown(run: Run, stage: Stage, was: str, now: str) -> dict[str, Any]:
    """What adopting the branch would bring in, and the develop that its spec is written against by then, if said."""
    seen = run.world.repo.brief(run.change, was, now, "", run.config.secrets)
    said = run.world.specs.adopted(run.change, was, now, since(run), run.config.spec.path)
    grown = {"commits": seen["commits"], "files": seen["files"], **scrubbed(said, run.world.secrets)}
    wrong = unfit(run, stage, now)
    return {**grown, "what the gate on commits refuses": wrong} if wrong else grown


def _reopened(run: Run, stage: Stage, key: str, tip: str) -> str:
    """Where an adopted branch goes on: one changed byte of the spec re-opens its review, a changed proposal step 2."""
    order = [row.id for row in run.world.pipeline]
    was = run.steps.state.head
    about = {"was": was, "now": tip}
    seen = run.steps.once(
        f"{key}/reopened",
        "git",
        about,
        lambda at: {
            "proposal": _proposal(run, was) != _proposal(run, tip),
            "lock": run.world.lock(tip, run.change.folder, run.base),
        },
    )
    if seen["proposal"]:
        return "design" if order.index(stage.id) > order.index("design") else stage.id
    locked = run.artifacts.get("lock")
    if locked and seen["lock"] != locked:
        return "spec-review"
    return "implement" if order.index(stage.id) > order.index("implement") else stage.id


def _proposal(run: Run, head: str) -> str:
    return run.world.repo.proposal(run.change, head)


def _gave_up(run: Run, stage: Stage, failures: int) -> Left:
    """Failed too often in a row: only the CEO can send it somewhere, or end it."""
    state = run.steps.state
    key, why = f"{stage.id}/gave-up-{state.attempts[stage.id]}", state.why or state.returns[stage.id][-1]
    acts.fail(run, key, why)
    about = {"stage": stage.id, "failures": failures, "why": why, "findings": list(state.corrections)}
    returns = [row.id for row in run.world.pipeline if row.by == "agent" and row.step <= stage.step]
    what = f"{stage.title} gave up after {failures} attempts: {why}"
    try:
        answer = human.ask(run.steps, run.world, key, what, about, ("return", "abandon"), returns=returns)
    except Stopped:
        raise
    except Parked as parked:
        if not str(parked).startswith("waiting"):
            raise GaveUp(str(parked)) from parked
        raise GaveUp(f"{what}; send it back with `harness return {run.change.run} --to STEP --comment …`") from parked
    kept = {"corrections": [*state.corrections, answer["comment"]]}
    comment = f"the CEO sends it on: {answer['comment']}"
    number = state.attempts[stage.id]
    return Left(stage=stage.id, attempt=number, outcome="return", to=answer["to"], why=comment, artifact=kept)


def _preflight(run: Run) -> None:
    """Before the first dollar: what the change will need and this machine can't do is for the CEO to know."""
    unable = preflight(run)
    if not unable or run.steps.state.finished:
        return
    what = "the change will need what is not to be had here, and a gate that can't run blocks the merge; go on anyway?"
    human.ask(run.steps, run.world, "preflight/unable", what, {"unable": unable}, ("approve", "abandon"))
