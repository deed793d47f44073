"""A working copy on disk, and the state that it was last known to be in."""

from __future__ import annotations

import contextlib
import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.domain.permission import SECRETS, matches
from harness.workspace import walk
from harness.workspace.pristine import EXECUTABLE, LINK, REGULAR, Pristine, ancestors

Key = tuple[int, int, int, int, int]
_GIT = ".git"


class Copy:
    """Files as they are kept, and what the disk said of each when it was last in agreement with that.

    Some files of a commit never get onto the disk: secrets, links that lead out, and paths that would be unsafe to
    make. They are `hidden`.
    """

    def __init__(self, root: Path, files: Iterable[tuple[str, str, bytes]]) -> None:
        self.directory = root / "tree"
        self.directory.mkdir()
        self.kept = Pristine(root / "kept")
        self._hidden: set[str] = set()
        self._hiding: set[str] = set()
        self._keys: dict[str, Key] = {}
        for path, mode, data in files:
            if _unfit(path, mode, data):
                self._hidden.add(path)
                self._hiding.update(ancestors(path))
            else:
                self.kept.put(path, mode, data)
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
        self._keys.clear()
        with self.opened() as fd:
            for path in self.kept:
                self._make(fd, path)

    def hides(self, path: str) -> bool:
        """Whether writing `path` would touch something that is not on the disk."""
        return path in self._hidden or path in self._hiding or any(above in self._hidden for above in ancestors(path))

    def same(self, path: str, found: os.stat_result) -> bool:
        """Whether the kept file `path` is untouched, as far as the disk says."""
        return self._keys.get(path) == key(found)

    def note(self, path: str, found: os.stat_result) -> None:
        """The file `path` as found is what is kept."""
        self._keys[path] = key(found)

    def put(self, fd: int, path: str, mode: str, data: bytes) -> None:
        """Write a file, and keep it. OSError leaves what was kept as it was."""
        found = walk.write(fd, path, data, 0o755 if mode == EXECUTABLE else 0o644)
        self.kept.put(path, mode, data)
        self.note(path, found)

    def drop(self, path: str) -> None:
        """`path` is kept no longer; it is gone from the disk already."""
        self.kept.drop(path)
        self._keys.pop(path, None)

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


def key(found: os.stat_result) -> Key:
    """What changes when a file is written, replaced or given another mode."""
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode


def _unfit(path: str, mode: str, data: bytes) -> bool:
    """Whether a file of a commit must not be made on the disk."""
    if not walk.plain(path) or path.count("/") >= walk.DEEPEST or mode not in (REGULAR, EXECUTABLE, LINK):
        return True
    if any(part.casefold() == _GIT for part in path.split("/")) or matches(path, SECRETS, fold=True):
        return True
    return mode == LINK and _leaves(path, os.fsdecode(data))


def _leaves(path: str, to: str) -> bool:
    """Whether a link at `path` leads out of the tree, read without following other links."""
    if not to or "\0" in to or to.startswith("/"):
        return True
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), to))
    return end == ".." or end.startswith("../")
