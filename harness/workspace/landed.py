"""What lies on the integration branch since the last release, and whether each of it is on record."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from harness.config import FILE
from harness.domain.change import NAME, Change
from harness.domain.permission import matches
from harness.workspace.archiving import landing, shelved, unrecorded
from harness.workspace.git import Git

OWN = ("openspec/backlog.md", "TBC/charter.md")
"""The CEO's own papers, which they edit by hand; nothing that is built, run or measured is in them."""
Kind = Literal["change", "record", "set-up", "configuration", "main", "unrecorded"]
PATHS = (FILE, "openspec/backlog.md", "openspec/specs/.gitkeep", "openspec/changes/.gitkeep", "TBC/charter.md")
"""The files that `harness init` brings."""
_CONFIRMED = re.compile(r"Completion confirmation: .* \(msg #(\d+), entry \d+\)\n")
CONFIGURES = (FILE, "roles/*.toml", "prompts/*.md.j2")
"""What `harness accept` asks the CEO about."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the journals of this machine hold."""

    approved: Callable[[str, str], bool | None]
    """(change, chain hash of its approval) -> whether the journal holds it; None where there is no such run."""
    confirmed: Callable[[str, str], int | None]
    """(change, merge commit) -> the message that confirmed it, 0 where none did; None where there is no such run."""
    accepted: Callable[[str], bool]
    """commit -> whether the CEO accepted the configuration as it was there, or at a later commit."""


@dataclass(frozen=True, slots=True)
class Landed:
    """One commit of the integration branch's own line."""

    id: str
    header: str
    kind: Kind
    change: str = ""
    approval: str = ""
    """Digest of what the CEO approved."""
    by: str = ""
    confirmation: int = 0
    """Number of the message that confirmed the merge; 0 where none is known."""


def since(git: Git, main: str, develop: str) -> list[str]:
    """Ids of first-parent commits of `develop` that `main` does not have, oldest first."""
    span = f"{main}..{develop}" if main else develop
    return git.run("rev-list", "--first-parent", "--reverse", span, "--").decode().split()


def landed(git: Git, main: str, develop: str, known: Known) -> list[Landed]:
    """What a release would bring; where there is no `main` yet, from the commit on that brought the harness."""
    found: list[Landed] = []
    for name in since(git, main, develop):
        each = _judged(git, name, main, develop, known)
        if not main and each.kind == "unrecorded" and not any(e.kind == "set-up" for e in found):
            each = Landed(each.id, each.header, "set-up") if _begins(git, each.id, develop) else each
        found.append(each)
    return found


def _begins(git: Git, commit: str, develop: str) -> bool:
    """Whether `commit` is from before the harness came, or brought it."""
    first = git.run("log", "--first-parent", "--reverse", "--diff-filter=A", "--format=%H", develop, "--", FILE)
    rows = first.decode().split()
    return bool(rows) and git.ancestor(commit, rows[0])


def _judged(git: Git, commit: str, main: str, develop: str, known: Known) -> Landed:
    rows = git.run("show", "--no-patch", "--format=%P%x00%B", commit).decode(errors="replace")
    parents, _, message = rows.partition("\0")
    header = (message.strip().splitlines() or [""])[0]
    if len(parents.split()) == 2:
        if main and _back(git, commit, main, *parents.split()):
            return Landed(commit, header, "main")
        return _merge(git, commit, develop, header, message, known)
    paths = _changed(git, commit, parents)
    if paths and _record(git, commit, parents):
        return Landed(commit, header, "record")
    if paths and all(path in PATHS and status == "A" for path, status in paths.items()):
        return Landed(commit, header, "set-up")
    if paths and all(matches(path, CONFIGURES) for path in paths) and known.accepted(commit):
        return Landed(commit, header, "configuration")
    return Landed(commit, header, "unrecorded")


def _back(git: Git, commit: str, main: str, ours: str, theirs: str) -> bool:
    """Whether a merge brings back what `main` has, and nothing else."""
    if not git.ancestor(theirs, main):
        return False
    tree, conflicts = git.merge(ours, theirs)
    return not conflicts and tree == git.tree(commit)


def _merge(git: Git, commit: str, develop: str, header: str, message: str, known: Known) -> Landed:
    """A merge counts when the approval that it names is on a record: the journal's here, or the one on the branch."""
    said = {name: _trailer(message, name) for name in ("Change", "Approval", "Approval-chain", "Approved-by")}
    change, approval = said["Change"], said["Approval"]
    if not change or not approval:
        return Landed(commit, header, "unrecorded")
    sure = known.approved(change, said["Approval-chain"])
    if sure is None:
        sure = any(
            approval.encode() in (git.read(develop, path) or b"")
            for path in _kept(git, develop, change, "decisions.md")
        )
    told = known.confirmed(change, commit)
    told = _confirmation(git, develop, change, commit) if told is None else told
    kind: Kind = "change" if sure else "unrecorded"
    return Landed(commit, header, kind, change, approval, said["Approved-by"], told)


def _confirmation(git: Git, develop: str, change: str, commit: str) -> int:
    """The message that the change's record on the branch names for the merge; 0 where there is none."""
    for path in _kept(git, develop, change, "confirmations.md"):
        for part in (git.read(develop, path) or b"").decode("utf-8", errors="replace").split("\n## ")[1:]:
            found = _CONFIRMED.match(part)
            if found and f"\n| Commit hash | {commit} |\n" in part:
                return int(found[1])
    return 0


def _kept(git: Git, develop: str, name: str, file: str) -> list[str]:
    """Where a file of a change's record may be: in its folder, or where that was archived."""
    if not NAME.fullmatch(name):
        return []
    change = Change(name=name)
    return [f"{place}/record/{file}" for place in (change.folder, shelved(git, develop, change)) if place]


def _record(git: Git, commit: str, parents: str) -> bool:
    """Whether a commit brings records alone: the harness's own, the CEO's papers, and what archiving a change moves."""
    before = parents.split()[0] if parents.split() else git.run("mktree").decode().strip()
    left = [path for path in unrecorded(git, before, commit) if not matches(path, OWN)]
    return not left or set(left) <= landing(git, before, commit)


def _changed(git: Git, commit: str, parents: str) -> dict[str, str]:
    if parents.split():
        return git.changed(parents.split()[0], commit)
    return dict.fromkeys(git.paths(commit), "A")


def _trailer(message: str, name: str) -> str:
    """The last value of a trailer in the last paragraph; '' where there is none."""
    last = message.rstrip().rpartition("\n\n")[2]
    found = re.findall(rf"^{re.escape(name)}: *(\S.*?) *$", last, re.M)
    return str(found[-1]) if found else ""
