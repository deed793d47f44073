"""Files below a directory that somebody hostile has filled: by file descriptor, no link followed, nothing recursive.

Paths are relative, `/`-separated, in the file system's encoding with surrogate escapes. Errors are OSError.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

DEEPEST = 60
"""Directories below one another that are entered; each takes an open file."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(slots=True)
class _Level:
    fd: int
    prefix: str
    todo: list[str]


def plain(path: str) -> bool:
    """Whether `path` is relative and stays below the directory that it is relative to."""
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def top(root: Path) -> int:
    """A descriptor of `root`, which its owner can use whatever mode it was given."""
    return _enter(str(root), None)


def entries(
    root: int, enter: Callable[[str], bool], most: int, start: str = ""
) -> Iterator[tuple[str, os.stat_result]]:
    """(path, stat) of everything below `start`; directories come before what is in them.

    A directory is entered if `enter(path)` says so and it is at most 60 deep. More than `most` entries are EDQUOT.
    """
    count = 0
    first = _Level(_directory(root, start, create=False), f"{start}/" if start else "", [])
    stack = [first]
    try:
        fresh = True
        while stack:
            level = stack[-1]
            if fresh:
                for name, found in _list(level, len(stack), enter):
                    count += 1
                    if count > most:
                        raise OSError(errno.EDQUOT, f"more than {most} files")
                    yield level.prefix + name, found
            fresh = bool(level.todo)
            if fresh:
                name = level.todo.pop()
                stack.append(_Level(_enter(name, level.fd), f"{level.prefix}{name}/", []))
            else:
                os.close(stack.pop().fd)
    finally:
        for level in stack:
            os.close(level.fd)


def _list(level: _Level, depth: int, enter: Callable[[str], bool]) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(level.fd) as found:
        for entry in found:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode) and depth <= DEEPEST and enter(level.prefix + entry.name):
                level.todo.append(entry.name)
            yield entry.name, status


def _enter(name: str, parent: int | None) -> int:
    """Open a directory; one that its owner may not list or change gets a mode that lets him."""
    with contextlib.suppress(PermissionError):
        fd = os.open(name, _DIRECTORY, dir_fd=parent)
        mode = os.fstat(fd).st_mode
        if mode & 0o700 != 0o700:
            os.fchmod(fd, 0o755)
        return fd
    if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, "not a directory", name)
    os.chmod(name, 0o755, dir_fd=parent)
    return os.open(name, _DIRECTORY, dir_fd=parent)


def _directory(root: int, path: str, *, create: bool) -> int:
    """A descriptor of the directory `path` below `root`."""
    fd = os.dup(root)
    for name in path.split("/") if path else ():
        try:
            if create:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=fd)
            below = _enter(name, fd)
        finally:
            os.close(fd)
        fd = below
    return fd


@contextlib.contextmanager
def holding(root: int, path: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
    """The directory that holds `path`, and the name in it."""
    if not plain(path):
        raise OSError(errno.EINVAL, "not a plain relative path", path)
    directory, _, name = path.rpartition("/")
    fd = _directory(root, directory, create=create)
    try:
        yield fd, name
    finally:
        os.close(fd)


def status(root: int, path: str) -> os.stat_result:
    """The entry's own status."""
    with holding(root, path) as (fd, name):
        return os.stat(name, dir_fd=fd, follow_symlinks=False)


def read(root: int, path: str, most: int) -> bytes:
    """The bytes of the regular file `path`; EINVAL if it is something else, EFBIG above `most` bytes."""
    with holding(root, path) as (directory, name):
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            fd = os.open(name, flags, dir_fd=directory)
        except PermissionError:
            if not stat.S_ISREG(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
                raise
            os.chmod(name, 0o644, dir_fd=directory)
            fd = os.open(name, flags, dir_fd=directory)
        with os.fdopen(fd, "rb") as file:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", path)
            data = file.read(most + 1) if found.st_size <= most else b""
            if found.st_size > most or len(data) > most:
                raise OSError(errno.EFBIG, f"larger than {most} bytes", path)
            return data


def target(root: int, path: str) -> str:
    """Where the link `path` points."""
    with holding(root, path) as (fd, name):
        return os.readlink(name, dir_fd=fd)


def write(root: int, path: str, data: bytes, mode: int) -> os.stat_result:
    """Replace `path` by a file with `data`, in one step; directories are made as needed. Its status."""
    with holding(root, path, create=True) as (directory, name):
        spare = f".{secrets.token_hex(8)}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(spare, flags, 0o600, dir_fd=directory)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(fd, mode)
            os.rename(spare, name, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(spare, dir_fd=directory)
            raise
        return os.stat(name, dir_fd=directory, follow_symlinks=False)


def link(root: int, path: str, to: str) -> os.stat_result:
    """Make `path` a symbolic link to `to`; FileExistsError if there is something. Its status."""
    with holding(root, path, create=True) as (directory, name):
        os.symlink(to, name, dir_fd=directory)
        return os.stat(name, dir_fd=directory, follow_symlinks=False)


def chmod(root: int, path: str, mode: int) -> os.stat_result:
    """Set the mode of the regular file `path`. Its status."""
    with holding(root, path) as (directory, name):
        if stat.S_ISREG(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
            os.chmod(name, mode, dir_fd=directory)
        return os.stat(name, dir_fd=directory, follow_symlinks=False)


def remove(root: int, path: str) -> None:
    """Remove `path`, whatever it is and however deep; nothing happens if it is not there."""
    with contextlib.suppress(FileNotFoundError), holding(root, path) as (directory, name):
        try:
            os.unlink(name, dir_fd=directory)
        except (IsADirectoryError, PermissionError):
            _remove_directory(directory, name)


def remove_tree(root: Path) -> None:
    """Remove the directory `root` of the harness's own making, with everything in it, however deep."""
    with contextlib.suppress(FileNotFoundError):
        parent = os.open(root.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _remove_directory(parent, root.name)
        finally:
            os.close(parent)


def _remove_directory(parent: int, name: str) -> None:
    """Empty a directory level by level: what lies deeper is first moved up, so that depth takes no memory."""
    fd = _enter(name, parent)
    moved = 0
    try:
        while found := _kinds(fd):
            for entry, directory in found:
                if not directory:
                    os.unlink(entry, dir_fd=fd)
                    continue
                moved = _hoist(fd, entry, moved)
                os.rmdir(entry, dir_fd=fd)
    finally:
        os.close(fd)
    os.rmdir(name, dir_fd=parent)


def _hoist(fd: int, name: str, moved: int) -> int:
    """Empty `name`: its files are removed, its directories move up into `fd`. How many have been moved in all."""
    below = _enter(name, fd)
    try:
        for entry, directory in _kinds(below):
            if not directory:
                os.unlink(entry, dir_fd=below)
                continue
            moved += 1
            # Moving a directory changes its `..`, which takes the right to write it.
            os.close(_enter(entry, below))
            os.rename(entry, f".{secrets.token_hex(8)}-{moved}", src_dir_fd=below, dst_dir_fd=fd)
    finally:
        os.close(below)
    return moved


def _kinds(fd: int) -> list[tuple[str, bool]]:
    """(name, whether it is a directory) of the entries of one directory."""
    with os.scandir(fd) as found:
        return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
