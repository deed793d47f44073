"""What the spec was approved against: the requirements' digests, and that they were the same where it landed."""

from __future__ import annotations

from typing import Any

from harness.flow.approved import stood
from harness.openspec.base import bases, moved
from harness.peers import at_commit, living
from harness.verify.case import Case
from harness.verify.check import Finding, judged, ok


def against(case: Case) -> Finding:
    """The digests on the record, computed again from git; and nothing of them is another one below the merge."""
    approval = case.approval("spec-approval")
    facts: dict[str, Any] = stood(case.entries[: approval.answered.seq + 1]) if approval else {}
    if approval is None or not facts:
        return ok("no spec was approved with what it is based on")
    common, develop, head = case.git.common, str(facts["develop"]), case.before(approval.asked.seq).head
    landed = str(case.candidate.get("develop", "")) if case.merged else develop
    for commit, what in ((develop, f"{case.develop} as it was"), (head, "the branch as it was"), (landed, "its base")):
        if not case.has(commit):
            return case.gone(commit, what)
    own, then = at_commit(common, head, case.change.name, "").deltas, living(common, develop)
    found = bases(own, then)
    problems = [
        f"{name} was not what was shown"
        for name in {*found, *facts["base"]}
        if found.get(name) != facts["base"].get(name)
    ]
    problems += [
        f"{row.title} was another one where the change landed" for row in moved(own, then, living(common, landed))
    ]
    return judged(
        sorted(problems), f"{len(found)} requirements of {case.develop} at {develop[:12]}, and where it landed"
    )
