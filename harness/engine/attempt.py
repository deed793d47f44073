"""One attempt of a role at a stage: a conversation, its submissions, the gates, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.domain.event import Left, Opened
from harness.domain.gate import GateResult
from harness.domain.role import Role
from harness.domain.submission import Delivery, Minutes, SignOff, Verdict
from harness.engine import review
from harness.engine.brief import facts, read
from harness.engine.calls import Calls
from harness.engine.measure import entry_gates, measure
from harness.engine.outdated import Outdated
from harness.engine.rehearsal import Rehearsal, compare
from harness.engine.run import Run
from harness.engine.talk import Ended, Talk, head, opening
from harness.errors import HistoryRefused, Mistake
from harness.flow.conversation import Conversation
from harness.flow.pipeline import Stage

READING = frozenset({"view", "search", "bash", "ask_ceo", "submit"})
"""Tools of a role that reviews."""


def attempt(run: Run, stage: Stage, key: str) -> Left:
    """Run the attempt `key` to its end; a failed attempt is a value."""
    number = run.steps.state.attempts[stage.id]
    spared = run.artifacts.get("spared", {}).get(stage.id, "")
    if spared:
        return Left(stage=stage.id, attempt=number, outcome="pass", to=stage.then, why=spared)
    failed = entry_gates(run, stage, key)
    if failed:
        why = "the gates before the review did not pass"
        return _back(stage, number, stage.returns[0], why, [line for result in failed for line in lines(result)])
    found = read(run, stage, key)
    roles, render = run.world.team(found.get("team", {}))
    role = _reader(roles[stage.role]) if stage.submits == "verdict" else roles[stage.role]
    first = str(run.artifacts.get(f"snapshot:{stage.id}") or run.steps.state.entered)

    def space(snapshot: str) -> Any:
        return run.world.workspace(key, role, snapshot, run.base, run.config)

    calls = Calls(
        run, stage, role, space, first, lambda given: review.objections(run, stage, key, given, calls.snapshot != first)
    )
    try:
        talk = opened(run, stage, role, key, calls, facts(run, stage, found), render)
    except Mistake as mistake:
        # the next attempt reads roles and prompts anew, so what is mended on develop takes effect
        run.steps.append(_back(stage, number, stage.id, str(mistake), list(run.steps.state.corrections)))
        raise
    try:
        return _rounds(run, stage, number, talk, render)
    except Outdated as moved:
        return moved.left(run, stage, talk.tip)
    except (Ended, HistoryRefused) as end:
        # what was not submitted stays on the record: the next attempt begins where this one ended
        kept = {f"snapshot:{stage.id}": calls.snapshot}
        return Left(stage=stage.id, attempt=number, outcome="fail", to=stage.id, why=str(end), artifact=kept)
    finally:
        calls.close()


def opened(
    run: Run, stage: Stage, role: Role, key: str, calls: Calls, told: dict[str, Any], render: Callable[..., str]
) -> Talk:
    """The conversation: recorded bytes on a resume, rendered now otherwise; replays render and compare."""
    known = next((e.event for e in run.steps.entries if isinstance(e.event, Opened) and e.event.key == key), None)
    if known is None:
        known = opening(run, stage, role, key, told, render)
        Rehearsal(run.world.rehearsal).opening(known)
        recorded = (e.event for e in run.world.recorded if isinstance(e.event, Opened) and e.event.key == key)
        for was in recorded:
            compare(was, known.model_copy(update={"harness": was.harness}), volatile=False)
            known = was
        run.steps.append(known)
    conversation = Conversation(head(known))
    conversation.user([{"type": "text", "text": known.brief}])
    return Talk(run, stage, role, key, calls, conversation, render, tip=run.steps.state.entered)


def _rounds(run: Run, stage: Stage, number: int, talk: Talk, render: Callable[..., str]) -> Left:
    failed: list[GateResult] = []
    for round_ in range(1, stage.rounds + 1):
        submission = talk.submission()
        assert not isinstance(submission, Minutes)  # no row of the pipeline takes them
        if isinstance(submission, Verdict):
            return review.verdict(run, stage, number, talk.key, submission)
        round_key = f"{talk.key}/round-{round_}"
        nothing = _commit(run, round_key, talk, submission)
        returned = _returned(stage, number, submission)
        if returned:
            kept = {**returned.artifact, "head": talk.tip, **review.said(stage, submission, talk.tip)}
            return returned.model_copy(update={"artifact": kept})
        if nothing:
            talk.tell(nothing)
            continue
        results, artifact = measure(run, stage, round_key, talk.tip)
        artifact = {
            **artifact,
            "head": talk.tip,
            f"summary:{stage.id}": submission.summary,
            **review.said(stage, submission, talk.tip),
        }
        failed = [result for result in results if not result.passed]
        if not failed:
            return Left(stage=stage.id, attempt=number, outcome="pass", to=stage.then, artifact=artifact)
        talk.tell(render("gate-failed", results=failed, left=stage.rounds - round_))
    names = ", ".join(f"{result.gate} {result.result}" for result in failed) or "nothing was handed in that could count"
    why = f"after {stage.rounds} submissions: {names}"
    corrections = [line for result in failed for line in lines(result)]
    # the commits stay on the branch; the next attempt begins from them
    kept = {"head": talk.tip, "corrections": corrections, f"snapshot:{stage.id}": talk.calls.snapshot}
    return Left(stage=stage.id, attempt=number, outcome="fail", to=stage.id, why=why, artifact=kept)


def _returned(stage: Stage, number: int, given: Delivery | SignOff) -> Left | None:
    """A role may say that the spec, or the code before it, is wrong; what it wrote so far stays on the branch."""
    if given.spec_problem.strip() and "design" in stage.returns:
        return _back(stage, number, "design", f"the {stage.role} reports a problem in the spec", [given.spec_problem])
    if isinstance(given, SignOff) and given.decision == "return":
        return _back(stage, number, given.to, f"QA returns the change. {given.summary}", review.told(given.corrections))
    return None


def _commit(run: Run, key: str, talk: Talk, given: Delivery | SignOff) -> str:
    """Commit what is in the directory to the branch; why there is nothing to measure, or ''."""
    role, snapshot, before = talk.role, talk.calls.snapshot, talk.tip
    if not given.message:
        return ""
    about = {"head": before, "snapshot": snapshot, "message": given.message, "role": role.name}

    def commit(at: float) -> dict[str, Any]:
        author = (role.title, role.email)
        return run.world.repo.commit(run.change, before, snapshot, author, given.message, int(at))

    done: dict[str, Any] = run.steps.once(f"{key}/commit", "git", about, commit)
    if done.get("moved"):
        raise Ended(f"somebody else moved {run.change.branch} to {done['moved'][:12]}")
    if done.get("empty") and before == run.steps.state.entered and isinstance(given, Delivery):
        return "Nothing was changed in the working directory, so there is nothing to commit. Do the work, then submit."
    talk.tip = str(done.get("head", before))
    return ""


def _reader(role: Role) -> Role:
    """The role as a reviewer, whose files are never kept."""
    return role.model_copy(update={"write": (), "tools": tuple(tool for tool in role.tools if tool in READING)})


def _back(stage: Stage, number: int, to: str, why: str, corrections: list[str]) -> Left:
    kept = {"corrections": corrections}
    return Left(stage=stage.id, attempt=number, outcome="return", to=to, why=why, artifact=kept)


def lines(result: GateResult) -> list[str]:
    """What did not pass, as facts that a role can act on."""
    shown = [f"{result.gate}: {finding}" for finding in result.findings]
    return shown or [f"{result.gate} {result.result}: {result.reason}"]
