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
    stack = [_Level(_directory(root, start, create=False), f"{start}/" if start else "", [])]
    try:
        fresh = True
        while stack:
            level = stack[-1]
            if fresh:
                with os.scandir(level.fd) as found:
                    for entry in found:
                        status, path = entry.stat(follow_symlinks=False), level.prefix + entry.name
                        count += 1
                        if count > most:
                            raise OSError(errno.EDQUOT, f"more than {most} files")
                        if stat.S_ISDIR(status.st_mode) and len(stack) <= DEEPEST and enter(path):
                            level.todo.append(entry.name)
                        yield path, status
            fresh = bool(level.todo)
            if fresh:
                name = level.todo.pop()
                stack.append(_Level(_enter(name, level.fd), f"{level.prefix}{name}/", []))
            else:
                os.close(stack.pop().fd)
    finally:
        for level in stack:
            os.close(level.fd)


def _enter(name: str, parent: int | None) -> int:
    """Open a directory; one that its owner may not list or change gets a mode that lets him."""
    with contextlib.suppress(PermissionError):
        fd = os.open(name, _DIRECTORY, dir_fd=parent)
        mode = os.fstat(fd).st_mode
        if mode & 0o700 != 0o700:
            os.fchmod(fd, 0o755)
        return fd
    _permit(name, parent, stat.S_IFDIR, 0o755)
    return os.open(name, _DIRECTORY, dir_fd=parent)


def _permit(name: str, parent: int | None, kind: int, mode: int) -> None:
    """Set the mode of `name`, which must be of the `kind` (S_IFDIR, S_IFREG), whatever takes its place meanwhile."""
    if not hasattr(os, "O_PATH"):
        if stat.S_IFMT(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode) != kind:
            raise OSError(errno.EINVAL, "not what it was", name)
        os.chmod(name, mode, dir_fd=parent, follow_symlinks=False)
        return
    # chmod follows links, and a descriptor for reading takes the right to read: this one names the file alone
    fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        if stat.S_IFMT(os.fstat(fd).st_mode) != kind:
            raise OSError(errno.EINVAL, "not what it was", name)
        os.chmod(f"/proc/self/fd/{fd}", mode)
    finally:
        os.close(fd)


def _give(fd: int, directory: int) -> None:
    """Give the new entry `fd` to the owner of the directory that it lies in: commands run as him, not as root."""
    if os.geteuid() == 0:
        owner, own = os.fstat(directory), os.fstat(fd)
        if (own.st_uid, own.st_gid) != (owner.st_uid, owner.st_gid):
            os.fchown(fd, owner.st_uid, owner.st_gid)


def _directory(root: int, path: str, *, create: bool) -> int:
    """A descriptor of the directory `path` below `root`."""
    fd = os.dup(root)
    for name in path.split("/") if path else ():
        try:
            made = create and _made(name, fd)
            below = _enter(name, fd)
            if made:
                _give(below, fd)
        finally:
            os.close(fd)
        fd = below
    return fd


def _made(name: str, parent: int) -> bool:
    """Whether the directory `name` had to be made."""
    try:
        os.mkdir(name, 0o755, dir_fd=parent)
    except FileExistsError:
        return False
    return True


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
    """The bytes of the regular file `path`; EINVAL, EISDIR or ELOOP if it is none, EFBIG above `most` bytes."""
    with holding(root, path) as (directory, name):
        # looked at before it is opened, as to open a device may do something
        _regular(os.stat(name, dir_fd=directory, follow_symlinks=False), path)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            fd = os.open(name, flags, dir_fd=directory)
        except PermissionError:
            _permit(name, directory, stat.S_IFREG, 0o644)
            fd = os.open(name, flags, dir_fd=directory)
        with os.fdopen(fd, "rb") as file:
            found = os.fstat(fd)
            _regular(found, path)
            data = file.read(most + 1) if found.st_size <= most else b""
            if found.st_size > most or len(data) > most:
                raise OSError(errno.EFBIG, f"larger than {most} bytes", path)
            return data


def _regular(found: os.stat_result, path: str) -> None:
    """OSError, which says what it is, unless it is a regular file."""
    if not stat.S_ISREG(found.st_mode):
        number = {stat.S_IFLNK: errno.ELOOP, stat.S_IFDIR: errno.EISDIR}.get(stat.S_IFMT(found.st_mode), errno.EINVAL)
        raise OSError(number, "not a regular file", path)


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
                _give(fd, directory)
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
        if os.geteuid() == 0:
            owner = os.fstat(directory)
            os.chown(name, owner.st_uid, owner.st_gid, dir_fd=directory, follow_symlinks=False)
        return os.stat(name, dir_fd=directory, follow_symlinks=False)


def chmod(root: int, path: str, mode: int) -> os.stat_result:
    """Set the mode of the regular file `path`. Its status."""
    with holding(root, path) as (directory, name):
        _permit(name, directory, stat.S_IFREG, mode)
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
