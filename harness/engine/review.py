"""Submissions held against what they must contain; a verdict that cites nothing is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from harness.domain.event import Left
from harness.domain.message import claims, problems
from harness.domain.submission import Correction, Handed, Minutes, SignOff, Submission, Verdict
from harness.engine.run import Run
from harness.flow.courses import ANSWERS_ARCHITECTURE
from harness.flow.pipeline import Stage

OPERATION = re.compile(r"(GET|PUT|POST|DELETE|OPTIONS|HEAD|PATCH|TRACE) /\S*")


def objections(run: Run, stage: Stage, key: str, given: Handed, changed: bool) -> list[str]:
    """What is wrong with a submission, one sentence each. Asks the repository; runs inside a recorded question."""
    if isinstance(given, Verdict):
        return [*_decision(stage, given), *_criteria(run, stage, given), *_architecture(run, stage, given)]
    if isinstance(given, Minutes):
        return ["minutes are no work on a change"]
    found = [f"message: {problem}" for problem in [*problems(given.message), *claims(given.message)]]
    if isinstance(given, SignOff) and not given.message and not changed:
        found = []
    if isinstance(given, SignOff) and given.decision == "return" and not given.spec_problem.strip():
        found += _return(stage, given.to, given.corrections)
    return found


def verdict(run: Run, stage: Stage, number: int, key: str, given: Verdict) -> Left:
    """What an accepted verdict does."""
    if given.decision == "return" and stage.returns:
        kept = {"corrections": told(given.corrections), **said(stage, given, run.steps.state.entered)}
        why = f"The {run.roles[stage.role].title} returns it. {given.summary}"
        return Left(stage=stage.id, attempt=number, outcome="return", to=given.to, why=why, artifact=kept)
    artifact: dict[str, Any] = {f"verdict:{stage.id}": given.model_dump(mode="json")}
    artifact |= said(stage, given, run.steps.state.entered)
    if stage.id == "spec-review":
        head = run.steps.state.entered
        about = {"head": head, "base": run.base}
        lock = run.steps.once(f"{key}/lock", "git", about, lambda at: run.world.lock(head, run.change.folder, run.base))
        artifact["lock"] = artifact[f"verdict:{stage.id}"]["lock"] = lock
    return Left(stage=stage.id, attempt=number, outcome="pass", to=stage.then, artifact=artifact)


def said(stage: Stage, given: Submission, head: str) -> dict[str, Any]:
    """What a role said at `head`, for the next time that it sees the change."""
    decision = given.decision if isinstance(given, Verdict | SignOff) else "delivery"
    corrections = told(given.corrections) if isinstance(given, Verdict | SignOff) else []
    criteria = [f"{c.criterion}: {c.answer}. {c.why}" for c in given.criteria] if isinstance(given, Verdict) else []
    problem = "" if isinstance(given, Verdict) else given.spec_problem.strip()
    words = {"head": head, "decision": decision, "summary": given.summary, "corrections": corrections}
    return {f"said:{stage.id}": {**words, "criteria": criteria, "problem": problem}}


def told(corrections: Sequence[Correction]) -> list[str]:
    """Corrections as lines of a brief."""
    return [
        (f"{c.path}:{c.line}: " if c.path else "") + f"{c.problem.rstrip(' .')}. To do: {c.change}" for c in corrections
    ]


def _decision(stage: Stage, given: Verdict) -> list[str]:
    if given.decision == "return":
        return _return(stage, given.to, given.corrections)
    unmet = [c.criterion for c in given.criteria if c.answer == "not met"]
    return [f"approve, but not met: {', '.join(unmet)}; return it instead"] if unmet else []


def _return(stage: Stage, to: str, corrections: Sequence[Correction]) -> list[str]:
    if not stage.returns:
        return [] if corrections else ["corrections: a return names at least one"]
    found = [] if to in stage.returns else [f"to: a return goes to one of {', '.join(stage.returns)}, not {to!r}"]
    return found if corrections else [*found, "corrections: a return names at least one"]


def _criteria(run: Run, stage: Stage, given: Verdict) -> list[str]:
    asked = run.criteria(stage)
    answered = [c.criterion for c in given.criteria]
    found = [f"criteria: {name} is not answered" for name in asked if name not in answered]
    found += [f"criteria: {name} was not asked" for name in answered if name not in asked]
    found += [f"criteria: {name} is answered twice" for name in sorted({n for n in answered if answered.count(n) > 1})]
    cites: list[str] = []
    for criterion in given.criteria:
        if not criterion.why.strip():
            found.append(f"{criterion.criterion}: says not why")
        if criterion.answer == "not applicable":
            continue
        if not criterion.evidence:
            found.append(f"{criterion.criterion}: cites nothing; name at least one path:line or METHOD /path")
        cites += criterion.evidence
    if given.decision == "approve" and not cites:
        found.append("evidence: an approval that cites nothing rests on nothing")
    return found + [f"evidence: {text}" for text in _uncited(run, stage, cites)]


def _uncited(run: Run, stage: Stage, cites: list[str]) -> list[str]:
    """Citations that do not exist."""
    head = run.steps.state.entered
    tree = str(run.artifacts["candidate"]["tree"]) if stage.id == "review" else head
    spec_file = run.document(head)
    known = set(run.world.operations(head, spec_file)) if spec_file and run.config.spec.path else set()
    operations = [cite for cite in cites if OPERATION.fullmatch(cite)]
    found = [f"{cite} is no operation of {spec_file or 'this change'}" for cite in operations if cite not in known]
    places = [cite for cite in cites if not OPERATION.fullmatch(cite)]
    return found + [f"{cite} does not exist" for cite in run.world.repo.missing(tree, places)]


def _architecture(run: Run, stage: Stage, given: Verdict) -> list[str]:
    listed = list(run.artifacts.get("architecture", [])) if stage.id in ANSWERS_ARCHITECTURE else []
    answered = {item.item: item.accepted for item in given.architecture}
    found = [f"architecture: {item!r} is not answered" for item in listed if item not in answered]
    found += [f"architecture: {item!r} is not on the list" for item in answered if item not in listed]
    if given.decision == "approve":
        found += [
            f"approve, but {item!r} is not accepted; return it instead" for item, ok in answered.items() if not ok
        ]
    return found
