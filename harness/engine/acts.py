"""The harness's own stages: proposal, integration, merge and record. Each act looks first whether it was done."""

from __future__ import annotations

from typing import Any

from harness.domain.event import Authorized, Completed, Failed, Left
from harness.domain.gate import GateResult
from harness.domain.moving import Moving
from harness.domain.vocabulary import claims
from harness.engine.genuine import audit
from harness.engine.measure import candidate, measure
from harness.engine.outdated import Outdated, recheck
from harness.engine.run import Run
from harness.errors import HarnessError, Mistake
from harness.flow import record
from harness.flow.backlog import ticked
from harness.flow.pipeline import Stage
from harness.flow.waivers import lapsed

CTO = "Virtual CTO"


def backlog(run: Run, stage: Stage, key: str) -> Left:
    """Step 1: whether the backlog names the change; its line is made with the proposal where it is missing."""
    about = {"change": run.change.name, "base": run.base}
    found = run.steps.once(f"{key}/listed", "git", about, lambda at: run.world.repo.backlog(run.change, run.base))
    return passed(run, stage, {"backlog": found})


def proposal(run: Run, stage: Stage, key: str) -> Left:
    """Step 2: the branch with the proposal as the CEO's own commit."""
    head = run.steps.state.head
    number = run.steps.state.attempts[stage.id]
    about = {"base": run.base, "head": head, "attempt": number}
    done = run.steps.once(
        f"{key}/propose", "git", about, lambda at: run.world.repo.propose(run.change, run.base, head, int(at))
    )
    results, artifact = measure(run, stage, key, done["head"])
    failed = [result for result in results if not result.passed]
    artifact = {**artifact, "head": done["head"]}
    if failed:
        run.steps.append(
            Left(stage=stage.id, attempt=number, outcome="return", to=stage.id, why=failed[0].reason, artifact=artifact)
        )
        raise Mistake(f"{run.change.folder}/proposal.md can't be used: {_first(failed)}; edit it, then run again")
    return Left(stage=stage.id, attempt=number, outcome="pass", to=stage.then, artifact=artifact)


def integrate(run: Run, stage: Stage, key: str) -> Left:
    """Before QA: the tree that would be merged. A conflict goes back to the developer, a moved spec to its review.

    Deltas that don't fit the specs of develop any more go back to the architect.
    """
    head = run.steps.state.head
    try:
        return passed(run, stage, {"candidate": candidate(run, key, head)})
    except Outdated as moved:
        return moved.left(run, stage, head)


def merge(run: Run, stage: Stage, key: str) -> Left:
    """Step 9: develop and head become exactly the tree that was gated and approved, or nothing happens."""
    number = run.steps.state.attempts[stage.id]
    found, approval = run.artifacts["candidate"], run.artifacts["approval"]
    head = run.steps.state.head
    lock = run.steps.once(
        f"{key}/lock", "git", {"head": head}, lambda at: run.world.lock(head, run.change.folder, run.base)
    )
    if lock != run.artifacts.get("approved"):
        return _undone(run, stage, key, number, "spec-review", "the spec is not the one that the CEO approved")
    try:
        recheck(run, key, head, found["develop"])
    except Outdated as moved:
        fail(run, key, str(moved))
        return moved.left(run, stage, head)
    message = run.render("merge-message", **record.merge_facts(run.steps.entries, run.artifacts, run.change))
    about = {"candidate": found, "message": message}
    checkout = bool(approval.get("update_checkout")) or run.world.checkout

    def land(at: float) -> Any:
        audit(run.steps.entries, run.world)
        expired = lapsed(run.artifacts["reports"].values(), at)
        if expired:
            return {"expired": expired}
        return run.world.repo.merge(found, run.develop, message, int(at), checkout=checkout)

    done = run.steps.once(f"{key}/merge", "git", about, land)
    if done.get("expired"):
        why = f"the waiver of {', '.join(done['expired'])} expired since it was measured; it is measured again without"
        return _undone(run, stage, key, number, "integrate", why)
    if done.get("moved"):
        why = (
            f"{run.develop} moved to {done['moved'][:12]} after the approval; what was approved is not what would land"
        )
        return _undone(run, stage, key, number, "integrate", why)
    complete(run, key, done["commit"], run.develop, found["develop"], f"{run.change.branch} is merged to {run.develop}")
    return passed(run, stage, {"merged": done["commit"]})


def recorded(run: Run, stage: Stage, key: str) -> Left:
    """The change's record and the minutes, in a commit on develop that archives the change's folder.

    Its boxes and the backlog's are ticked by it: it is merged, and its gates passed for what was.
    """
    upto = next(e.seq for e in reversed(run.steps.entries) if getattr(e.event, "stage", "") == stage.id)
    entries = run.steps.entries[: upto + 1]
    lacking = record.unproven(run.artifacts, run.gates)
    if lacking:
        raise HarnessError(f"{run.change.name} can't be archived: {lacking[0]}")
    folder, name = run.change.folder, run.change.name
    place = str(
        run.steps.once(
            f"{key}/place", "git", {"folder": folder}, lambda at: run.world.repo.shelf(run.change, at)
        )["folder"]
    )  # fmt: skip
    files = record.files(entries, run.artifacts, run.change, run.left_out, run.render, place)
    message = f"docs({name}): record decisions, gates and minutes"
    checkout = bool(run.artifacts["approval"].get("update_checkout")) or run.world.checkout
    moving = Moving(folder, place, lambda data: ticked(data, name))
    done = run.steps.once(
        f"{key}/commit",
        "git",
        {"files": files, "message": message},
        lambda at: run.world.repo.record(run.develop, files, message, int(at), checkout=checkout, moving=moving),
    )
    confirmed(run, f"{key}/evidence", done["commit"], run.develop, run.artifacts["merged"])
    found = {"record": done["commit"], "files": done.get("files", sorted(files)), "archived": place}
    return passed(run, stage, found)


def authorize(run: Run, key: str, action: str, subject: str, decision: str) -> None:
    """The CEO granted permission: say so on the channel, then on the record."""
    _unclaimed(action)
    text = run.render("authorization", action=action, subject=subject, change=run.change)
    number = post(run, f"{key}/authorized", "CEO", text)
    run.steps.ensure(Authorized(action=action, decision=decision, subject=subject, message=number))


def complete(run: Run, key: str, commit: str, branch: str, than: str, state: str) -> None:
    """Confirm what is authorized and now executed; without evidence from git this can't be written."""
    for act in list(run.steps.state.authorized):
        evidence = f"{key}/evidence"
        confirmed(run, evidence, commit, branch, than)
        text = run.render("confirmation", action=act.action, outcome="success", commit=commit, state=state, why="")
        number = post(run, f"{key}/completed", CTO, text)
        run.steps.append(
            Completed(
                action=act.action,
                evidence=evidence,
                commit=commit,
                ref=f"refs/heads/{branch}",
                state=state,
                message=number,
            )
        )


def fail(run: Run, key: str, why: str) -> None:
    """Say of everything authorized that it was not executed."""
    for act in list(run.steps.state.authorized):
        state = f"{run.change.branch} is at {run.steps.state.head[:12]}; {run.develop} was not changed by this action"
        _unclaimed(state)
        text = run.render("confirmation", action=act.action, outcome="failure", commit="", state=state, why=why)
        number = post(run, f"{key}/failed", CTO, text)
        run.steps.append(Failed(action=act.action, why=why, state=state, message=number))


def _unclaimed(text: str) -> None:
    """Without evidence the harness's own words may not say that something was done."""
    said = claims(text)
    if said:
        raise HarnessError(f"{said[0]!r} says more than the record holds: nothing was executed")


def post(run: Run, key: str, author: str, text: str) -> int:
    """The message's number on the approvals channel; posting a key twice gives the same message."""
    name = f"{run.change.run}/{key}"
    answer = run.steps.once(
        f"{key}/post",
        "post",
        {"key": name, "author": author, "text": text},
        lambda at: {"number": run.world.post(name, author, text)},
    )
    return int(answer["number"])


def confirmed(run: Run, key: str, commit: str, branch: str, than: str) -> None:
    """Read the evidence of a commit back from git; HarnessError where it is not what it is claimed to be."""
    about = {"commit": commit, "branch": branch, "than": than}
    seen = run.steps.once(key, "git", about, lambda at: run.world.repo.confirm(commit, branch, than))
    lacking = [name for name in ("exists", "reachable", "changes") if not seen.get(name)]
    if lacking:
        raise HarnessError(f"{commit[:12]} on {branch} can't be confirmed: not {', not '.join(lacking)}")


def _undone(run: Run, stage: Stage, key: str, number: int, to: str, why: str) -> Left:
    fail(run, key, why)
    return Left(stage=stage.id, attempt=number, outcome="return", to=to, why=why, artifact={"corrections": [why]})


def passed(run: Run, stage: Stage, artifact: dict[str, Any]) -> Left:
    """The row is done, and goes on with what it leaves."""
    number = run.steps.state.attempts[stage.id]
    return Left(stage=stage.id, attempt=number, outcome="pass", to=stage.then, artifact=artifact)


def _first(failed: list[GateResult]) -> str:
    result = failed[0]
    return result.findings[0].text if result.findings else result.reason


ACTS = {"backlog": backlog, "proposal": proposal, "integrate": integrate, "merge": merge, "record": recorded}
