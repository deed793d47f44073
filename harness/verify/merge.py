"""What landed: the approved spec, the gated tree, on the approved parents, said by the merge commit itself."""

from __future__ import annotations

import re
from typing import Any

from harness.config import FILE
from harness.domain.digest import digest
from harness.domain.event import Answered
from harness.flow.pipeline import PIPELINE, find
from harness.flow.statement import Decided
from harness.openspec.lock import lock
from harness.verify.case import Case
from harness.verify.check import Finding, judged, ok, unable
from harness.workspace.archiving import unrecorded

FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def base(case: Case) -> Finding:
    """What the run read of its base is what git holds there."""
    commit = str(case.base.get("commit", ""))
    if not case.has(commit):
        return case.gone(commit, "the base")
    problems = []
    texts = {FILE: case.base["config"], **dict(case.base.get("team", {}))}
    for path, told in texts.items():
        data = case.git.read(commit, path)
        if data is None or data.decode("utf-8", errors="replace") != told:
            problems.append(f"{path} at the base {commit[:12]} is not what the run read")
    if case.merged and case.has(case.merged) and not case.git.ancestor(commit, case.merged):
        problems.append(f"the base {commit[:12]} is not below the merge")
    return judged(problems, f"{FILE} and the team at {commit[:12]} are what the run read")


def locked(case: Case) -> Finding:
    """The spec's lock, computed again from the commit's own files, is what was approved: then, and in the merge."""
    problems, seen = [], list[str]()
    approval = case.approval("spec-approval")
    approved = str(_about(approval).get("lock", ""))
    heads = {"as it was approved": case.before(approval.asked.seq).head} if approval else {}
    if case.merged:
        heads["as it was merged"] = str(case.candidate.get("head", ""))
    for when, head in heads.items():
        if not case.has(head):
            return case.gone(head, f"the branch {when}")
        found = lock(
            lambda path, head=head: case.git.read(head, path),  # type: ignore[misc]
            case.git.paths(head),
            case.change.folder,
            str(case.base["commit"]),
        )
        if found != approved:
            problems.append(f"the spec {when} has the lock {found[:12]}, approved was {approved[:12] or 'nothing'}")
        seen.append(when)
    return judged(problems, f"the spec is {approved[:12]}, {' and '.join(seen)}" if seen else "no spec was approved")


def merge(case: Case) -> Finding:
    """The merge commit has the candidate's tree and parents, and names the approval by its place in the chain."""
    commit, candidate = case.merged, case.candidate
    if not case.has(commit):
        return case.gone(commit, "the merge commit")
    header, _, body = case.git.run("cat-file", "commit", commit).decode(errors="replace").partition("\n\n")
    parents = re.findall(r"^parent ([0-9a-f]+)$", header, re.M)
    problems = [] if parents[1:] == [candidate.get("head")] else ["it does not merge the head that was approved"]
    if parents:
        problems += _tree(case, commit, parents[0])
    approval = case.approval("approval")
    if not _asked(case, {"candidate": dict(candidate)}, body):
        problems.append("its message is not the one on the record")
    last = body.rstrip().rpartition("\n\n")[2]
    for name, value in _trailers(case, approval).items():
        if re.findall(rf"^{name}: *(.*?) *$", last, re.M) != [value]:
            problems.append(f"its {name} is not {value[:12] or 'there'}")
    if approval and approval.decision.subject != _asked_about(approval):
        problems.append("the approval that it names is of something else")
    return judged(problems, f"{commit[:12]} has the approved tree and parents, and names entry {_seq(approval)}")


def _trailers(case: Case, approval: Decided | None) -> dict[str, str]:
    spec = case.approval("spec-approval")
    return {
        "Change": case.change.name,
        "Approval": approval.decision.subject if approval else "",
        "Approval-chain": approval.answered.hash if approval else "",
        "Spec-lock": str(_about(spec).get("lock", "")),
        "Gated-tree": str(case.candidate.get("tree", "")),
    }


def _asked(case: Case, about: dict[str, Any], body: str) -> bool:
    """Whether the merge that was asked for had this message; git ends one with a line break."""
    texts = (body, body.rstrip("\n"), body.rstrip("\n") + "\n")
    return case.question(case.merging) in [digest({**about, "message": text}) for text in texts]


def _tree(case: Case, commit: str, below: str) -> list[str]:
    """What is wrong with the tree: it is the candidate's, with what the harness itself committed meanwhile."""
    first, tree = str(case.candidate.get("develop", "")), str(case.candidate.get("tree", ""))
    if below == first:
        return [] if case.git.tree(commit) == tree else ["its tree is not the one that was gated and approved"]
    if not case.has(first) or not case.git.ancestor(first, below):
        return [f"its first parent {below[:12]} does not follow {first[:12]}, which was approved"]
    since = case.git.changed(first, below)
    strange = unrecorded(case.git, first, below)
    if strange:
        return [f"{case.develop} had moved by more than records: {strange[0]}"]
    if not FULL.fullmatch(tree):
        return ["the record does not name the tree that was approved"]
    names, before = case.git.paths(below), case.git.paths(tree)
    meant = {path: row for path, row in before.items() if path not in since}
    meant |= {path: names[path] for path in since if path in names}
    return [] if case.git.paths(commit) == meant else ["its files are not those that were gated and approved"]


def reachable(case: Case) -> Finding:
    """The merge and the record are on the integration branch as it is now."""
    if not case.tip:
        return unable(f"there is no branch {case.develop} here, nor one of one remote")
    record = str(case.state.artifacts.get("record", ""))
    named = {"the merge": case.merged, "the record": record}
    problems = []
    for what, commit in named.items():
        if not case.has(commit):
            return case.gone(commit, what)
        if not case.landed(commit):
            problems.append(f"{what} {commit[:12]} is not on {case.develop} any more")
    return judged(problems, f"both are on {case.develop} at {case.tip[:12]}")


def gates(case: Case) -> Finding:
    """Every gate that applies passed, for the head and the tree that were approved, under the base's configuration."""
    approval = case.approval("approval")
    if approval is None:
        return ok("no merge was approved")
    artifacts = case.before(approval.asked.seq).artifacts
    reports, last = dict(artifacts.get("reports") or {}), _last(case, approval.asked.seq)
    head, tree = case.candidate.get("head"), case.candidate.get("tree")
    names, problems = case.gates[0], []
    late = _late(names)
    lost = [r for r in reports.values() if not case.has(str(r.get("commit")))] if case.shallow else []
    if lost:
        return case.gone(str(lost[0].get("commit")), f"the commit that {lost[0].get('gate')} was measured on")
    for name in names:
        report = reports.get(name)
        if not isinstance(report, dict) or report.get("result") != "passed":
            problems.append(f"{name} did not pass")
        elif report != last.get(name):
            problems.append(f"{name}: what was approved is not what was measured last")
        elif report.get("config") != case.config.digest:
            problems.append(f"{name} was measured under another configuration")
        elif name in late and (report.get("commit"), report.get("tree")) != (head, tree):
            problems.append(f"{name} was measured on {str(report.get('commit'))[:12]}, not on what was approved")
        elif name not in late and case.merged and not _below(case, str(report.get("commit")), str(head)):
            problems.append(f"{name} was measured on {str(report.get('commit'))[:12]}, which is not below the merge")
    return judged(problems, f"{len(names)} gates passed, {len(late)} of them on the merged tree")


def _late(names: tuple[str, ...]) -> list[str]:
    """The gates that measure the tree that would be merged."""
    return [name for name in find(PIPELINE, "qa").gates if name in names]


def _last(case: Case, seq: int) -> dict[str, Any]:
    """gate -> its last answer before the entry `seq`."""
    found = {}
    for entry in case.entries[:seq]:
        event = entry.event
        if isinstance(event, Answered) and event.kind == "gate" and isinstance(event.answer, dict):
            found[str(event.answer.get("gate", ""))] = event.answer
    return found


def _below(case: Case, commit: str, head: str) -> bool:
    return case.has(commit) and case.has(head) and case.git.ancestor(commit, head)


def _about(each: Decided | None) -> dict[str, Any]:
    """What the question showed."""
    found = getattr(each.asked.event, "detail", {}).get("about") if each else None
    return found if isinstance(found, dict) else {}


def _asked_about(each: Decided) -> str:
    return str(getattr(each.asked.event, "detail", {}).get("subject", ""))


def _seq(each: Decided | None) -> str:
    return str(each.answered.seq) if each else "none"
