"""Everything below a directory, met through file descriptors: no link is followed, and depth does not matter."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_DEEPEST = 64
"""Directories held open in one line; what is deeper starts a line of its own."""
_MOST_LINES = 64
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Tangled(OSError):
    """So deep and so wide that it can't be measured with a bounded number of open files."""


@dataclass(slots=True)
class _Level:
    fd: int
    todo: list[str]


def visit(root: Path) -> Iterator[tuple[int, str, os.stat_result]]:
    """(descriptor of its directory, name, stat) of everything below `root`; what vanishes meanwhile is left out.

    Raises Tangled where more than 64 directories are nested 64 deep next to each other, each 64 deep again.
    """
    waiting = [os.open(root, _DIRECTORY)]
    stack: list[_Level] = []
    try:
        while waiting:
            level = _Level(waiting.pop(), [])
            stack.append(level)
            yield from _list(level)
            while stack:
                yield from _step(stack, waiting)
    finally:
        for fd in (*waiting, *(level.fd for level in stack)):
            os.close(fd)


def _step(stack: list[_Level], waiting: list[int]) -> Iterator[tuple[int, str, os.stat_result]]:
    """Go one directory down, or up."""
    level = stack[-1]
    if not level.todo:
        os.close(stack.pop().fd)
        return
    try:
        fd = os.open(level.todo.pop(), _DIRECTORY, dir_fd=level.fd)
    except OSError:
        return
    if len(stack) < _DEEPEST:
        stack.append(_Level(fd, []))
        yield from _list(stack[-1])
        return
    waiting.append(fd)
    if len(waiting) > _MOST_LINES:
        raise Tangled("directories are nested too deep")


def _list(level: _Level) -> Iterator[tuple[int, str, os.stat_result]]:
    """The entries of one directory; its directories are put down as to do."""
    with os.scandir(level.fd) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(found.st_mode):
                    level.todo.append(entry.name)
                yield level.fd, entry.name, found


def hand_over(root: Path, uid: int) -> None:
    """Make user and group `uid` the owner of `root` and everything below it. Links themselves, never their targets."""
    top = os.open(root, _DIRECTORY)
    try:
        found = os.fstat(top)
        if (found.st_uid, found.st_gid) != (uid, uid):
            os.fchown(top, uid, uid)
    finally:
        os.close(top)
    for fd, name, found in visit(root):
        if (found.st_uid, found.st_gid) != (uid, uid):
            with contextlib.suppress(FileNotFoundError):
                os.chown(name, uid, uid, dir_fd=fd, follow_symlinks=False)


def remove(root: Path) -> None:
    """Remove `root` and everything below it, once nobody changes it any more; OSError where something stays.

    A directory that lies deeper is moved up first, so that depth costs neither memory nor open files.
    """
    top = os.open(root, _DIRECTORY)
    try:
        waiting = _cleared(top, top)
        while waiting:
            name = waiting.pop()
            fd = os.open(name, _DIRECTORY, dir_fd=top)
            try:
                waiting += _cleared(fd, top)
            finally:
                os.close(fd)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    root.rmdir()


def _cleared(fd: int, top: int) -> list[str]:
    """The names under which the directories in `fd` lie in `top` now; all else in `fd` is removed."""
    found: list[str] = []
    with os.scandir(fd) as entries:
        rows = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, directory in rows:
        if not directory:
            os.unlink(name, dir_fd=fd)
            continue
        # To list a directory, and to change its `..`, takes rights that its owner may have taken away.
        os.chmod(name, 0o700, dir_fd=fd)
        found.append(f"{secrets.token_hex(8)}")
        os.rename(name, found[-1], src_dir_fd=fd, dst_dir_fd=top)
    return found
