"""The commits between base and head, each of them on the record; and what was confirmed to be done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.domain.event import Answered, Asked, Completed
from harness.flow.pipeline import PIPELINE, find
from harness.verify.case import Case
from harness.verify.check import Finding, judged, ok

ROLE = re.compile(r"(?P<stage>[a-z-]+)/(?P<attempt>\d+)/round-\d+/commit")
PROPOSED = re.compile(r"proposal/\d+/propose")
Author = tuple[str, str]
ANY: Author = ("", "")
"""Of commits that are the CEO's own, or that the CEO adopted."""


def commits(case: Case) -> Finding:
    """Every commit of the branch is on the record, and those of roles have the role as author."""
    head = str(case.candidate.get("head", "")) if case.merged else case.state.head
    if not head:
        return ok("nothing was committed")
    if not case.has(head):
        return case.gone(head, "the branch's last commit")
    base = str(case.base["commit"])
    if not case.has(base):
        return case.gone(base, "the base")
    known, roles, problems = _own(case), dict(_roles(case)), []
    rows = case.git.log(base, head)
    for row in rows:
        name, author = row["id"], roles.get(row["id"])
        if author is None and name not in known:
            problems.append(f"{name[:12]} is on the branch, but on no record")
        elif author is not None and author != (row["author"], row["email"]):
            problems.append(f"{name[:12]} has the author {row['author']} <{row['email']}>, not {author[0]}")
    lost = sorted(set(roles) - {row["id"] for row in rows})
    if lost and not any(_adopted(case)):
        problems += [f"{name[:12]} is on the record, but not on the branch" for name in lost]
    count = len(set(roles) - set(lost))
    return judged(problems, f"{len(rows)} commits, {count} of them by roles, each on the record")


def completed(case: Case) -> Finding:
    """Everything that was confirmed has evidence on the record, and its commit is here and on its branch."""
    problems, count = [], 0
    for entry in case.entries:
        event = entry.event
        if not isinstance(event, Completed):
            continue
        count += 1
        seen = case.answer(event.evidence)
        if not isinstance(seen, dict) or not all(seen.get(name) for name in ("exists", "reachable", "changes")):
            problems.append(f"entry {entry.seq}: {event.action} was confirmed without evidence")
        if not case.has(event.commit):
            return case.gone(event.commit, f"the commit of the act {event.action!r}")
        tips = [case.tip, case.git.commit(event.ref), case.git.commit(f"refs/heads/{case.change.branch}")]
        if not any(tip and case.git.ancestor(event.commit, tip) for tip in tips):
            problems.append(f"{event.commit[:12]} ({event.action}) is on no branch any more")
    return judged(problems, f"{count} confirmed acts, each with its commit")


def _own(case: Case) -> set[str]:
    """Commits that no role made: those with the proposal, and those that the CEO adopted."""
    found = set[str]()
    for key, head in _heads(case, PROPOSED):
        number = int(key.split("/")[1])
        # a later proposal stands on what the roles had committed, so that only itself is the CEO's
        found |= {head} if number > 1 else set(_between(case, str(case.base["commit"]), head))
    for before, after in _adopted(case):
        found |= set(_between(case, before, after))
    return found


def _adopted(case: Case) -> Iterator[tuple[str, str]]:
    """(expected, found) of every move of the branch by somebody else that the CEO adopted."""
    for each in case.decisions:
        if "/moved/" in each.key and each.decision.verb == "approve" and isinstance(each.asked.event, Asked):
            about = each.asked.event.detail.get("about") or {}
            yield str(about.get("expected", "")), str(about.get("found", ""))


def _roles(case: Case) -> Iterator[tuple[str, Author]]:
    """(commit, the author that it has to have) of every commit of a role."""
    for key, head in _heads(case, ROLE):
        place = ROLE.fullmatch(key)
        assert place is not None
        role = case.team(place["stage"], place["attempt"])[find(PIPELINE, place["stage"]).role]
        yield head, (role.title, role.email)


def _heads(case: Case, form: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """(key, commit) of the answers whose key has the form."""
    for entry in case.entries:
        event = entry.event
        if isinstance(event, Answered) and event.kind == "git" and form.fullmatch(event.key):
            head = event.answer.get("head") if isinstance(event.answer, dict) else None
            if isinstance(head, str):
                yield event.key, head


def _between(case: Case, before: str, after: str) -> list[str]:
    if not case.has(before) or not case.has(after):
        return []
    return [row["id"] for row in case.git.log(before, after)]
