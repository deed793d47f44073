"""A working copy on disk, and the state that it was last known to be in."""

from __future__ import annotations

import contextlib
import os
import posixpath
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from harness.domain.spelling import folded
from harness.workspace import walk
from harness.workspace.pristine import EXECUTABLE, LINK, REGULAR, Pristine, ancestors

Key = tuple[int, int, int, int, int]
_GIT = ".git"
_POINTER = b"version https://git-lfs.github.com/spec/"
_TICK = 20_000_000
"""Nanoseconds after which a file that is written again can't have the same times."""
_LONGEST_NAME, _LONGEST_PATH = 255, 4000


class Copy:
    """Files as they are kept, and what the disk said of each when it was last in agreement with that.

    Some files of a commit never get onto the disk: secrets, submodules (`absent`), links that lead out, and paths that
    would be unsafe to make. They are `hidden`. What git filters (`carried`, and pointers of LFS) is there as it lies in
    git, but never changes.
    """

    def __init__(
        self,
        root: Path,
        files: Iterable[tuple[str, str, bytes]],
        *,
        secret: Callable[[str], bool] = lambda path: False,
        absent: Iterable[str] = (),
        carried: Iterable[str] = (),
    ) -> None:
        self.directory = root / "tree"
        self.directory.mkdir()
        self.kept = Pristine(root / "kept")
        self.keys: dict[str, Key] = {}
        """What the disk said of the kept files that can't have changed since without a trace."""
        self._noted: dict[str, int] = {}
        """When the files changed of which the disk was asked since the last command."""
        self._hidden: set[str] = set(absent)
        self._carried = set(carried)
        self._spelled: dict[str, str] | None = None
        for path, mode, data in files:
            clash = self.kept.holds(path) or any(above in self.kept for above in ancestors(path))
            if clash or _unfit(path, mode, data) or secret(path):
                self._hidden.add(path)
                continue
            self.kept.put(path, mode, data)
            if data.startswith(_POINTER):
                self._carried.add(path)
        self._hiding = {above for path in self._hidden for above in ancestors(path)}
        self.rebuild()

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """A descriptor of the tree."""
        fd = walk.top(self.directory)
        try:
            yield fd
        finally:
            os.close(fd)

    def rebuild(self) -> None:
        """Make the whole tree again as it is kept."""
        walk.remove_tree(self.directory)
        self.directory.mkdir(mode=0o755)
        self.keys.clear()
        with self.opened() as fd:
            for path in self.kept:
                self._make(fd, path)

    def begin(self) -> None:
        """A command is about to run: what was written a moment ago, it could change and leave with the same times."""
        now = time.time_ns() - _TICK
        for path, changed in self._noted.items():
            if changed > now:
                self.keys.pop(path, None)
        self._noted.clear()

    def hides(self, path: str) -> bool:
        """Whether `path` is, holds or lies below something that is not on the disk."""
        return path in self._hidden or path in self._hiding or any(above in self._hidden for above in ancestors(path))

    def fixed(self, path: str) -> str:
        """Why `path` stays as it is whatever a role may write, or ''."""
        if self.hides(path):
            return "it stands for something that is left out of this directory"
        if path in self._carried:
            return "git filters it (LFS and the like), so it is carried unchanged"
        twin = "" if path in self.kept else self._twin(path)
        return f"it differs from {twin} in spelling alone" if twin else ""

    def note(self, path: str, found: os.stat_result) -> None:
        """The file `path` as found is what is kept."""
        self.keys[path] = key(found)
        self._noted[path] = found.st_ctime_ns

    def put(self, fd: int, path: str, mode: str, data: bytes) -> None:
        """Write a file, and keep it. OSError leaves what was kept as it was."""
        found = walk.write(fd, path, data, 0o755 if mode == EXECUTABLE else 0o644)
        self.keep(path, mode, data)
        self.note(path, found)

    def keep(self, path: str, mode: str, data: bytes) -> None:
        """Keep the content of a file that is on the disk already."""
        self.kept.put(path, mode, data)
        if self._spelled is not None:
            _spell(self._spelled, path)

    def drop(self, path: str) -> None:
        """`path` is kept no longer; it is gone from the disk already."""
        self.kept.drop(path)
        self.keys.pop(path, None)

    def restore(self, fd: int, path: str) -> None:
        """Put `path` back as it is kept, in place of whatever is in the way."""
        for above in reversed(list(ancestors(path))):
            try:
                found = walk.status(fd, above)
            except FileNotFoundError:
                break
            if not stat.S_ISDIR(found.st_mode):
                walk.remove(fd, above)
                break
        walk.remove(fd, path)
        self._make(fd, path)

    def close(self) -> None:
        """Give open files back."""
        self.kept.close()

    def _make(self, fd: int, path: str) -> None:
        mode, data = self.kept.get(path)
        if mode == LINK:
            self.note(path, walk.link(fd, path, os.fsdecode(data)))
        else:
            self.note(path, walk.write(fd, path, data, 0o755 if mode == EXECUTABLE else 0o644))

    def _twin(self, path: str) -> str:
        """What is there already and would be the same as `path`, or as a folder above it, on a lenient file system."""
        if self._spelled is None:
            self._spelled = {}
            for known in (*self.kept, *self._hidden):
                _spell(self._spelled, known)
        for part in (path, *ancestors(path)):
            if self.kept.holds(part):
                return ""
            twin = self._spelled.get(folded(part), part)
            if twin != part and (twin in self.kept or self.kept.holds(twin) or self.hides(twin)):
                return twin
        return ""


def key(found: os.stat_result) -> Key:
    """What changes when a file is written, replaced or given another mode."""
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode


def _spell(spelled: dict[str, str], path: str) -> None:
    for part in (path, *ancestors(path)):
        if spelled.setdefault(folded(part), part) == part != path:
            return


def _unfit(path: str, mode: str, data: bytes) -> bool:
    """Whether a file of a commit must not be made on the disk."""
    if not walk.plain(path) or path.count("/") >= walk.DEEPEST or mode not in (REGULAR, EXECUTABLE, LINK):
        return True
    names = path.split("/")
    if len(path) > _LONGEST_PATH or any(len(os.fsencode(name)) > _LONGEST_NAME for name in names):
        return True
    if _GIT in folded(path).split("/"):
        return True
    return mode == LINK and (len(data) > _LONGEST_PATH or _leaves(path, os.fsdecode(data)))


def _leaves(path: str, to: str) -> bool:
    """Whether a link at `path` leads out of the tree, read without following other links."""
    if not to or "\0" in to or to.startswith("/"):
        return True
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), to))
    return end == ".." or end.startswith("../")
