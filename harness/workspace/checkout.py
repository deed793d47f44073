"""Branches that the user has checked out: moved only together with their working tree, and only with consent."""

from __future__ import annotations

from pathlib import Path

import git

from harness.errors import Parked
from harness.workspace.git import Git
from harness.workspace.locate import LOCAL


def where(objects: Git, branch: str) -> Path | None:
    """The working tree that has `branch` checked out, if any."""
    place = None
    for line in _run(objects.common, "worktree", "list", "--porcelain")[1].splitlines():
        if line.startswith("worktree "):
            place = Path(line.removeprefix("worktree "))
        elif line == f"branch refs/heads/{branch}":
            return place
    return None


def advance(objects: Git, branch: str, new: str, old: str, *, consent: bool) -> bool:
    """Compare-and-swap of a branch, with its working tree where it is checked out.

    Returns False if somebody else moved it; Parked, with nothing changed, where the user has to act first.
    """
    place = where(objects, branch)
    if place is None:
        return objects.move(f"refs/heads/{branch}", new, old)
    if not consent:
        raise Parked(
            f"{branch} is checked out in {place}; switch to another branch there, or allow it to be moved together "
            "with its files (`--update-checkout`), then run again"
        )
    _run(place, "update-index", "-q", "--refresh")
    same = _same(objects, place, new, old)
    for path, mode, blob in same:
        _run(place, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    code, said = _run(place, "read-tree", "-m", "-u", old, new)
    if code or not objects.move(f"refs/heads/{branch}", new, old):
        for path, _, _ in same:
            _run(place, "update-index", "--force-remove", path)
        if not code:
            _run(place, "read-tree", "-m", "-u", new, old)
            return False
        raise Parked(
            f"the files in {place} can't be moved on without overwriting your work: {said}; put it aside and run again"
        )
    return True


def _same(objects: Git, place: Path, new: str, old: str) -> list[tuple[str, str, str]]:
    """(path, mode, blob) of untracked files that hold already, byte for byte, what `new` brings: a proposal."""
    names = objects.paths(new)
    tracked = set(_run(place, "ls-files", "-z")[1].split("\0"))
    found = []
    for path, status in objects.changed(old, new).items():
        file = place / path
        if status != "A" or path in tracked or file.is_symlink() or not file.is_file():
            continue
        if file.read_bytes() == objects.read(new, path):
            found.append((path, *names[path]))
    return found


def _run(place: Path, *args: str) -> tuple[int, str]:
    """Git as the user runs it there, with the user's own configuration: its filters wrote these files."""
    command = [
        "env",
        *(f"-u{name}" for name in LOCAL),
        "git",
        "-C",
        str(place),
        "-c",
        "core.hooksPath=/dev/null",
        *args,
    ]
    code, out, said = git.Git(str(place)).execute(command, with_extended_output=True, with_exceptions=False)
    return code, str(out if not code else said)
