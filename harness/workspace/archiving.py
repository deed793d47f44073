"""Where a change's folder goes after the merge, and what of a range of commits is nothing but such records."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from harness.domain.change import Change
from harness.domain.moving import Moving
from harness.domain.permission import matches
from harness.errors import Parked, Refused
from harness.openspec.metadata import named
from harness.openspec.tasks import ticked
from harness.workspace.folding import Folding, folded
from harness.workspace.git import Git

OWN, THEIRS = "openspec/archive", "openspec/changes/archive"
"""The workflow's archive, where a repository has one; else OpenSpec's own, with the day in each name."""
RECORD = (
    "TBC/minutes/**",
    "openspec/changes/*/record/**",
    "openspec/changes/*/qa-report.md",
    f"{OWN}/**",
    f"{THEIRS}/**",
)
"""What the harness itself commits to develop; such commits make nothing stale."""
BACKLOG = "openspec/backlog.md"
TASKS = "tasks.md"
_PLACE = re.compile(rf"(?:{OWN}|{THEIRS})/[^/]+")
_FOLDER = re.compile(r"openspec/changes/(?!archive/)[^/]+")
Rows = dict[str, tuple[str, str] | None]
"""path -> (mode, blob), None where it is taken away"""


def shelf(git: Git, tip: str, change: Change, at: float) -> str:
    """The folder that the change is archived in at `at`; Parked where another change's folder has that name."""
    paths = git.paths(tip)
    name = _called(change)
    day = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
    place = f"{OWN}/{name}" if holds(paths, OWN) else f"{THEIRS}/{named(name, day)}"
    _free(paths, change.folder, place)
    return place


def occupied(paths: Mapping[str, object], change: Change) -> str:
    """The folder in the workflow's archive that has the change's name already; '' where there is none."""
    place = f"{OWN}/{_called(change)}"
    return place if holds(paths, place) else ""


def shelved(git: Git, tip: str, change: Change) -> str:
    """The folder in the archive that the change was put in last; '' where there is none."""
    paths = git.paths(tip)
    name = _called(change)
    form = re.compile(rf"({OWN}/{re.escape(name)}|{THEIRS}/(?:\d{{4}}-\d{{2}}-\d{{2}}-)?{re.escape(name)})/.")
    found = {match[1] for path in paths if (match := form.match(path))}
    return max(found, default="")


def holds(paths: Mapping[str, object], folder: str) -> bool:
    """Whether anything lies below `folder`."""
    return any(path.startswith(f"{folder}/") for path in paths)


def taken(git: Git, tip: str, moving: Moving) -> tuple[str, Rows]:
    """(the tree of `tip` with deltas folded in, rows to be put into it); Refused where a delta can't be folded in."""
    done = folded(git, git.tree(tip), moving.folds) if moving.folds else Folding(git.tree(tip))
    if done.problems:
        raise Refused(f"its deltas can't be folded into the specs as they are now: {'; '.join(done.problems)}")
    rows = moved(git, tip, moving.source, moving.target) if moving.source else {}
    return done.tree, rows | (noted(git, tip, moving.backlog) if moving.backlog else {})


def moved(git: Git, tip: str, source: str, target: str) -> Rows:
    """The rows that move a folder; its boxes are ticked where it goes into the archive. Parked where it can't go."""
    paths = git.paths(tip)
    _free(paths, source, target)
    rows: Rows = {}
    for path, (mode, blob) in paths.items():
        if path.startswith(f"{source}/"):
            below = path.removeprefix(f"{source}/")
            rows[path] = None
            rows[f"{target}/{below}"] = (mode, _ticked(git, tip, path) if _ticks(below, target) else blob)
    return rows


def noted(git: Git, tip: str, change: Callable[[bytes], bytes]) -> Rows:
    """The backlog's row after `change`; none where it stays as it is, or is no file."""
    data = git.read(tip, BACKLOG)
    text = change(data) if data is not None else data
    return {BACKLOG: (git.paths(tip)[BACKLOG][0], git.put(text))} if text is not None and text != data else {}


def lists(backlog: bytes | None, change: Change) -> bool:
    """Whether the backlog names the change."""
    return bool(re.search(rb"(?<![\w-])%s(?![\w-])" % re.escape(change.name).encode(), backlog or b""))


def listed(backlog: bytes | None, change: Change) -> bytes:
    """The backlog with a line more, the change's."""
    return (backlog or b"# Backlog\n\n").rstrip(b"\n") + f"\n- [ ] {change.name} ({change.kind})\n".encode()


def united(git: Git, change: Change, tip: str, head: str) -> tuple[str, list[str]]:
    """(tree, conflicting paths) of develop and the branch together.

    Every proposal adds its line at the backlog's end, where two of them conflict; no role may mend that, so the line
    that the branch added is added to develop's.
    """
    tree, conflicts = git.merge(tip, head)
    if BACKLOG not in conflicts:
        return tree, conflicts
    base = git.run("merge-base", tip, head).decode().split()[0]
    was, own, now = (git.read(at, BACKLOG) for at in (base, head, tip))
    if now is None or own != listed(was, change):
        return tree, conflicts
    text = now if lists(now, change) else listed(now, change)
    row = (git.paths(tip)[BACKLOG][0], git.put(text))
    return git.edit(tree, {BACKLOG: row}), [path for path in conflicts if path != BACKLOG]


def _ticks(below: str, target: str) -> bool:
    return below == TASKS and bool(_PLACE.fullmatch(target))


def _ticked(git: Git, tip: str, path: str) -> str:
    """The blob of a task list with every box done; of a link, itself."""
    data = git.read(tip, path)
    return git.put(ticked(data)) if data is not None else git.paths(tip)[path][1]


def _called(change: Change) -> str:
    return f"{change.name}-fork-{change.fork}" if change.fork else change.name


def _free(paths: Mapping[str, object], source: str, target: str) -> None:
    above = [path for path in paths if target.startswith(f"{path}/") or path == target]
    if above:
        raise Parked(f"{above[0]} on the integration branch is no folder, so {source} can't be moved to {target}")
    if holds(paths, source) and holds(paths, target):
        raise Parked(
            f"{target} is there already on the integration branch, so {source} stays where it is; give that folder "
            "another name there, then run again"
        )


# ---------------------------------------------------------------- what is a record


def moves(git: Git, before: str, after: str) -> dict[str, str]:
    """old folder -> new one of every change whose folder as a whole was moved to the archive, or back, in between."""
    changed, old, new = git.changed(before, after), git.paths(before), git.paths(after)
    gone = {match[0] for path, how in changed.items() if how == "D" and (match := _either(path))}
    came = {match[0] for path, how in changed.items() if how == "A" and (match := _either(path))}
    return {
        source: target
        for source in sorted(gone)
        for target in sorted(came)
        if bool(_PLACE.fullmatch(source)) != bool(_PLACE.fullmatch(target)) and _same(git, old, new, source, target)
    }


def _either(path: str) -> re.Match[str] | None:
    return _PLACE.match(path) or _FOLDER.match(path)


def _same(
    git: Git, old: Mapping[str, tuple[str, str]], new: Mapping[str, tuple[str, str]], source: str, target: str
) -> bool:
    """Whether everything of `source` lies in `target` unchanged, but for ticked boxes; and `source` is gone.

    Into the archive a record may come along; nothing may come out of it that was not in it.
    """
    rows = {path.removeprefix(f"{source}/"): row for path, row in old.items() if path.startswith(f"{source}/")}
    there = {path.removeprefix(f"{target}/"): row for path, row in new.items() if path.startswith(f"{target}/")}
    known = {path for path in old if path.startswith(f"{target}/")}
    if not rows or known or holds(new, source) or (there.keys() != rows.keys() and not _PLACE.fullmatch(target)):
        return False
    return all(
        name in there and (there[name] == row or (_ticks(name, target) and _boxed(git, row, there[name])))
        for name, row in rows.items()
    )


def _boxed(git: Git, row: tuple[str, str], now: tuple[str, str]) -> bool:
    """Whether a task list is the old one with its boxes ticked."""
    texts = [git.run("cat-file", "blob", blob) for _, blob in (row, now)]
    return row[0] == now[0] and ticked(texts[0]) == texts[1]


def unrecorded(git: Git, before: str, after: str) -> list[str]:
    """Paths that changed between two commits otherwise than by the harness's own records and moved folders."""
    changed = git.changed(before, after)
    others = [path for path in changed if not matches(path, RECORD)]
    if not others:
        return []
    # a folder that was moved takes its paths along: those that went, and those that came back
    known = tuple(f"{folder}/" for pair in moves(git, before, after).items() for folder in pair)
    return [path for path in others if not path.startswith(known)]


def landing(git: Git, before: str, after: str) -> set[str]:
    """The living specs that a commit changed exactly as the deltas of the folders that it archives say."""
    changed, found = git.changed(before, after), set[str]()
    for source, target in moves(git, before, after).items():
        if not _PLACE.fullmatch(target):
            continue
        done = folded(git, git.tree(before), Change(name=source.rpartition("/")[2]))
        meant, now = git.paths(done.tree), git.paths(after)
        found |= {path for path in done.paths if path in changed and meant.get(path) == now.get(path)}
    return found
