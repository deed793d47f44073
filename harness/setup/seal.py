"""Takes out of a tree what a set-up made in ignored directories, and makes it readable to all and writable to none."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Set
from pathlib import Path

from harness.errors import Mistake

Visit = Callable[[Path], Iterator[tuple[int, str, os.stat_result]]]
"""Everything below a directory, met through descriptors: (descriptor of its directory, name, status)."""
MOST_DIRECTORIES = 64
"""That are sealed; each is a mount."""
_MOST_SEEN = 20_000
_DEEPEST = 12
_CACHES = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".cache", ".git"})
"""Ignored directories that tools fill as they go: nothing needs them."""


def ignored_directories(tree: Path, ignored: Callable[[str], bool], tracked: Set[str]) -> list[str]:
    """Paths of the directories in `tree` that are ignored, not empty and without a tracked file; the outermost."""
    above = {folder for path in tracked for folder in _above(path)}
    found: list[str] = []
    todo, seen = [""], 0
    while todo:
        path = todo.pop()
        for name, is_directory in _entries(tree / path):
            seen += 1
            if seen > _MOST_SEEN:
                raise Mistake(f"the set-up leaves more than {_MOST_SEEN} entries outside ignored directories")
            inner = f"{path}/{name}" if path else name
            if not is_directory or name in _CACHES:
                continue
            if inner not in above and ignored(f"{inner}/"):
                found += [inner] if any(_entries(tree / inner)) else []
            elif inner.count("/") < _DEEPEST:
                todo.append(inner)
    if len(found) > MOST_DIRECTORIES:
        raise Mistake(f"the set-up fills {len(found)} ignored directories, and at most {MOST_DIRECTORIES} can be kept")
    return sorted(found, key=lambda path: (path.count("/"), path))


def settle(directory: Path, visit: Visit) -> int:
    """Make everything in `directory` the harness's own and readable to all; bytes. What is no file or link goes."""
    size = 0
    _own(directory)
    for fd, name, found in visit(directory):
        kind = stat.S_IFMT(found.st_mode)
        if kind not in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
            os.unlink(name, dir_fd=fd)
            continue
        size += found.st_blocks * 512
        if os.getuid() == 0:
            os.chown(name, 0, 0, dir_fd=fd, follow_symlinks=False)
        if kind != stat.S_IFLNK:
            runs = kind == stat.S_IFDIR or found.st_mode & 0o111
            os.chmod(name, 0o755 if runs else 0o644, dir_fd=fd)
    return size


def _own(directory: Path) -> None:
    if os.getuid() == 0:
        os.chown(directory, 0, 0, follow_symlinks=False)
    directory.chmod(0o755)


def _entries(place: Path) -> list[tuple[str, bool]]:
    """(name, whether it is a directory) of what lies in `place`; links count as files."""
    with os.scandir(place) as entries:
        return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path
