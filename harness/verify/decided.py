"""What was decided on, and by whom: every decision against what its question shows, and its signature."""

from __future__ import annotations

from typing import Any

from harness import trust
from harness.domain.decision import FINAL_NO
from harness.domain.digest import digest
from harness.domain.event import Answered, Asked, Driver
from harness.flow.accept import doubt, objection
from harness.flow.pipeline import PIPELINE, find
from harness.flow.shown import action, shown, standing
from harness.flow.statement import Decided
from harness.verify.case import Case
from harness.verify.check import Finding, judged, unable

STAGES = [row.id for row in PIPELINE if row.by == "human"]


def subjects(case: Case) -> Finding:
    """Each decision is about the digest of what its question shows, which is what the record held at that moment."""
    problems = []
    for each in case.decisions:
        problems += [f"entry {each.answered.seq}: {why}" for why in _subject(case, each)]
    return judged(problems, f"{len(case.decisions)} decisions, each about what its question shows")


def _subject(case: Case, each: Decided) -> list[str]:
    asked = each.asked.event
    assert isinstance(asked, Asked)
    if each.key == FINAL_NO:
        return [] if each.decision.verb == "abandon" else ["it is no final no"]
    detail = asked.detail
    subject = digest({"what": detail.get("what"), "about": detail.get("about")})
    found = []
    if subject != detail.get("subject"):
        found.append("the question's subject is not the digest of what it shows")
    if not each.key.endswith(f"/{subject[:16]}") or asked.question != digest(subject):
        found.append("the question is not about what it shows")
    if getattr(each.answered.event, "question", "") != asked.question:
        found.append("the answer is to another question")
    why = objection(asked, each.decision)
    found += [why] if why else []
    stage = each.key.partition("/")[0]
    if stage in STAGES and each.key.count("/") == 2:
        found += _shown(case, each, stage, detail)
    return found


def _shown(case: Case, each: Decided, stage: str, detail: dict[str, Any]) -> list[str]:
    """What a decision of the pipeline showed, made again from the record."""
    row = find(PIPELINE, stage)
    artifacts = case.before(each.asked.seq).artifacts
    now = shown(row, artifacts, case.config, case.gates[1])
    stood = case.answers.get(f"{each.key.rpartition('/')[0]}/stand")
    now |= standing(stood.event.answer, artifacts) if stood and isinstance(stood.event, Answered) else {}
    told = detail.get("about")
    if not isinstance(told, dict):
        return ["the question shows nothing"]
    wrong = sorted(name for name in {*now, *told} if now.get(name) != told.get(name))
    found = [f"it shows another {name} than the record holds" for name in wrong]
    if detail.get("what") != action(row, case.change, case.develop, artifacts):
        found.append("it names another action than the step takes")
    return found


def signatures(case: Case) -> Finding:
    """Each decision is signed by an allowed signer, as far as any was signed or had to be."""
    proofs = trust.proofs(case.top, case.entries)
    only = trust.wanted()
    problems, unsure, good = [], [], []
    for each, proven in zip(case.decisions, proofs, strict=True):
        reason = only or _level(case, each.answered.seq)
        # a key that nobody here can name is not a wrong one
        told = "" if proven.proof.state == "unknown" else reason
        why = doubt(each.decision, proven.proof, each.asked.at, told)
        if why:
            problems.append(f"entry {proven.seq} ({proven.decision.verb}): {why}")
        elif proven.proof.state == "good":
            good.append(f"entry {proven.seq} by {proven.proof.by}")
        else:
            unsure.append(f"entry {proven.seq} is {proven.proof}")
    if problems or not unsure:
        return judged(problems, f"good: {', '.join(good)}" if good else "nothing was decided")
    return unable("; ".join([*unsure, *([f"good: {', '.join(good)}"] if good else [])]))


def _level(case: Case, seq: int) -> str:
    """Why the decision had to be signed, by the sandbox level of the session that it came in; '' where it had not."""
    started = [e.event for e in case.entries[:seq] if isinstance(e.event, Driver) and e.event.did == "started"]
    level = started[-1].level if started else -1
    return f"the session had sandbox level {level}" if level in (0, 1) else ""
