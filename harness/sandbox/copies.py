"""Copies of toolchains that the sandbox's user could not read where they lie."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pwd
import secrets
import shutil
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.domain.digest import digest
from harness.errors import Mistake
from harness.sandbox import tree
from harness.sandbox.place import reachable
from harness.sandbox.relocate import leads, relocate
from harness.sandbox.toolchain import unreadable

MOST_FILES = 400_000
MOST_BYTES = 8 << 30
KEPT = 4
"""Copies that stay, the newest; one that a running harness uses stays in any case."""
_CREDENTIALS = (".env", ".git-credentials", ".netrc", ".npmrc", ".pypirc", "pip.conf")
"""Never opened up; without a network no command needs them."""
_DEEPEST = 64
_SHORT = 32
"""Characters of a name: a script's first line, which names its interpreter, may have no more than 255."""
_TRIES = 10
_FRESH, _FRESH_MOVED = 2.0, 60.0
"""Seconds for which a toolchain is not looked at again: commands often follow one another at once. What is used where
the copy lies is most often a whole installation, which takes a second to look at."""
_ABANDONED = 24 * 3600
"""Seconds after which an unfinished copy is nobody's any more."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Copies:
    """Copies in one folder that is closed to other users, each named by what it was made of.

    A copy in use is held by a lock on its directory, which the kernel drops when the harness ends.
    """

    def __init__(self, folder: Path, *, moved: bool = False) -> None:
        """`moved`: copies are used where they lie, not mounted in the place of what they are copies of."""
        self._folder = folder
        self._moved = moved
        self._held: dict[str, int] = {}
        self._found: dict[Path, tuple[float, Path]] = {}
        self._lock = threading.Lock()

    def readable(self, path: Path, moved: Mapping[Path, Path] | None = None) -> Path:
        """`path`, or a copy of it that everybody may read where other users can't read `path`.

        `moved` are other toolchains and their copies, which a copy that is used where it lies names in their place.
        Home directories, and what the copies lie in, are no toolchains: they are never opened up. Mistake where a
        copy can't be made.
        """
        with self._lock:
            last = self._found.get(path)
            if last is None or time.monotonic() - last[0] > (_FRESH_MOVED if self._moved else _FRESH):
                last = self._found[path] = time.monotonic(), self._find(path, moved or {})
            return last[1]

    def _find(self, path: Path, moved: Mapping[Path, Path]) -> Path:
        why, real = unreadable(path), path.resolve()
        if self._moved and not why and not reachable(path):
            why = f"{path} lies in a directory that is closed to other users"
        if not why and leads(path, moved):
            why = f"{path} is made of a toolchain that is closed to other users"
        if not why or _private(real) or self._folder.resolve().is_relative_to(real):
            return path
        try:
            return self._copy(path, real, moved)
        except OSError as error:
            raise Mistake(f"{why} (a copy could not be made: {error})") from error

    def _copy(self, path: Path, real: Path, moved: Mapping[Path, Path]) -> Path:
        name = _stamp(real)
        if self._moved:
            names = sorted((os.fsencode(one).hex(), other.name) for one, other in {**moved, path: Path()}.items())
            name = digest([name, names])[:_SHORT]
        place = self._folder / name
        if name in self._held:
            return place
        mode = 0o711 if self._moved else 0o700
        self._folder.mkdir(mode=mode, parents=True, exist_ok=True)
        self._folder.chmod(mode)
        for _ in range(_TRIES):
            if not place.is_dir():
                self._make(real, place, {**moved, path: place, real: place} if self._moved else {})
            fd = _hold(place)
            if fd is not None:
                self._held[name] = fd
                os.utime(place)
                self._sweep()
                return place
        raise OSError(errno.EBUSY, "copies are removed as fast as they are made")

    def _make(self, path: Path, place: Path, moved: Mapping[Path, Path]) -> None:
        """Copy beside, then rename: a copy is there as a whole or not at all."""
        part = self._folder / f"part-{secrets.token_hex(8)}"
        part.mkdir(mode=0o755)
        try:
            source, target = os.open(path, _DIRECTORY), os.open(part, _DIRECTORY)
            try:
                os.fchmod(target, 0o755)
                _Copier(self._moved).directory(source, target)
                relocate(part, moved)
            finally:
                os.close(source)
                os.close(target)
            # A name that is taken means that another process made the same copy meanwhile.
            with contextlib.suppress(FileExistsError):
                _rename(part, place)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove old copies that nobody uses, and what killed processes left half made."""
        found = [(entry, entry.stat().st_mtime) for entry in self._folder.iterdir() if entry.is_dir()]
        parts = [(entry, at) for entry, at in found if entry.name.startswith("part-")]
        for entry, at in parts:
            if time.time() - at > _ABANDONED:
                shutil.rmtree(entry, ignore_errors=True)
        whole = sorted((row for row in found if row not in parts), key=lambda row: row[1], reverse=True)
        for entry, _ in whole[KEPT:]:
            self._drop(entry)

    def _drop(self, place: Path) -> None:
        """Remove a copy unless somebody holds it."""
        with contextlib.suppress(OSError):
            fd = os.open(place, _DIRECTORY)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                gone = self._folder / f"part-{secrets.token_hex(8)}"
                place.rename(gone)
                shutil.rmtree(gone, ignore_errors=True)
            finally:
                os.close(fd)


class _Copier:
    """Copies through descriptors, within bounds: no link is followed, and nobody but the owner may write the copy."""

    def __init__(self, link: bool) -> None:
        """`link`: what others may read and not write need not be copied, where the file system is the same."""
        self._link = link
        self._files = 0
        self._bytes = 0

    def directory(self, source: int, target: int, depth: int = 0) -> None:
        """What lies in `source` into `target`; credentials, sockets, pipes and devices are left out."""
        if depth > _DEEPEST:
            raise OSError(errno.ELOOP, f"directories are nested more than {_DEEPEST} deep")
        with os.scandir(source) as entries:
            for entry in entries:
                found = entry.stat(follow_symlinks=False)
                self._count(found)
                if entry.name in _CREDENTIALS:
                    continue
                if stat.S_ISLNK(found.st_mode):
                    os.symlink(os.readlink(entry.name, dir_fd=source), entry.name, dir_fd=target)
                elif stat.S_ISDIR(found.st_mode):
                    self._below(source, target, entry.name, depth)
                elif stat.S_ISREG(found.st_mode) and not (self._link and _linked(source, target, entry.name, found)):
                    _file(source, target, entry.name)

    def _below(self, source: int, target: int, name: str, depth: int) -> None:
        os.mkdir(name, 0o755, dir_fd=target)
        with _opened(name, source, _DIRECTORY) as inner, _opened(name, target, _DIRECTORY) as made:
            os.fchmod(made, 0o755)
            self.directory(inner, made, depth + 1)

    def _count(self, found: os.stat_result) -> None:
        self._files += 1
        self._bytes += found.st_size
        if self._files > MOST_FILES or self._bytes > MOST_BYTES:
            raise OSError(errno.EFBIG, f"more than {MOST_FILES} files or {MOST_BYTES >> 30} GB")


def _linked(source: int, target: int, name: str, found: os.stat_result) -> bool:
    """Whether `name` could be linked, as the root's file that others may read, as far as its owner, and not write."""
    needed = 0o005 if found.st_mode & stat.S_IXUSR else 0o004
    if found.st_uid != 0 or found.st_mode & needed != needed or found.st_mode & 0o7022:
        return False
    try:
        os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except OSError:
        return False
    if os.path.samestat(found, os.stat(name, dir_fd=target, follow_symlinks=False)):
        return True
    os.unlink(name, dir_fd=target)
    return False


def _file(source: int, target: int, name: str) -> None:
    """Copy one regular file with its time, by which Python tells whether its compiled form is current."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    make = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with _opened(name, source, flags) as inner, _opened(name, target, make) as made:
        found = os.fstat(inner)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "a file was replaced while it was copied", name)
        with os.fdopen(inner, "rb", closefd=False) as reader, os.fdopen(made, "wb", closefd=False) as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
        os.fchmod(made, 0o755 if found.st_mode & 0o111 else 0o644)
        os.utime(made, ns=(found.st_atime_ns, found.st_mtime_ns))


@contextlib.contextmanager
def _opened(name: str, directory: int, flags: int) -> Iterator[int]:
    fd = os.open(name, flags, 0o600, dir_fd=directory)
    try:
        yield fd
    finally:
        os.close(fd)


def _rename(part: Path, place: Path) -> None:
    try:
        part.rename(place)
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:
            raise FileExistsError(error.errno, "made already", str(place)) from error
        raise


def _hold(place: Path) -> int | None:
    """A descriptor with the shared lock of the copy; None if the copy was removed before the lock was there."""
    try:
        fd = os.open(place, _DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH)
        if os.path.samestat(os.fstat(fd), os.stat(place)):
            return fd
    except FileNotFoundError:
        pass
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return None


def _stamp(path: Path) -> str:
    """The name of the copy of `path` as it is now: its path, and each entry's inode, size, time and mode."""
    rows: list[tuple[str, int, int, int, int]] = []
    for _, name, found in tree.visit(path):
        if len(rows) >= MOST_FILES:
            raise OSError(errno.EFBIG, f"more than {MOST_FILES} files")
        rows.append((os.fsencode(name).hex(), found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode))
    return digest([os.fsencode(path).hex(), sorted(rows)])


def _private(path: Path) -> bool:
    """Whether `path` holds a repository, or is or holds somebody's home directory: then it is more than a toolchain."""
    if (path / ".git").exists():
        return True
    homes = {Path(user.pw_dir) for user in pwd.getpwall()} | {Path.home()}
    return any(home.resolve().is_relative_to(path) for home in homes if home.is_absolute())
