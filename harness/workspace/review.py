"""After a command: what of its changes is kept, and what is put back."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

from harness.domain.permission import hostile
from harness.workspace import walk
from harness.workspace.copy import Copy
from harness.workspace.pristine import EXECUTABLE, LINK, REGULAR, ancestors

MOST_FILES = 200_000
MOST_BYTES = 32 << 20
"""Of one file."""
_MOST_KEPT = 256 << 20
"""Of all files that one command leaves."""
_LINK, _SPECIAL = "links are not kept", "not a regular file"
_HIDDEN = "it stands for something that is left out of this directory"


class Review:
    """One comparison of the disk with what is kept. All processes that could change the disk must be dead."""

    def __init__(
        self, copy: Copy, refusal: Callable[[str], str], ignored: Callable[[str], bool], most: int = MOST_FILES
    ) -> None:
        self._copy = copy
        self._refusal = refusal
        self._ignored = ignored
        self._most = most
        self._budget = _MOST_KEPT
        self._blocking: set[str] = set()
        """Directories that must be there for what is put back."""
        self.kept: list[str] = []
        """Paths that were changed, made or deleted, and stay so."""
        self.refused: dict[str, str] = {}
        """Paths that were put back, with the reason."""

    def run(self) -> None:
        """Compare, decide, put back. Where that is not possible, everything is made again as it is kept."""
        try:
            with self._copy.opened() as fd:
                self._compare(fd)
        except OSError as error:
            many = error.errno == errno.EDQUOT
            reason = f"the command left more than {self._most}" if many else error.strerror or str(error)
            self.refused = {"all files": f"{reason}, so everything was put back"}
            self._copy.rebuild()

    def _compare(self, fd: int) -> None:
        found = {
            path: status
            for path, status in walk.entries(fd, self._enter, self._most)
            if not stat.S_ISDIR(status.st_mode)
        }
        changed = self._present(fd, found)
        self._missing(found)
        for path, status in changed:
            self._judge(fd, path, status)
        self._put_back(fd)

    def _enter(self, path: str) -> bool:
        """Whether to look into a directory; one that can hold nothing that is kept is refused as a whole."""
        if self._copy.kept.holds(path):
            return True
        if self._ignored(path):
            return False
        reason = hostile(path) or ("nested too deep" if path.count("/") >= walk.DEEPEST - 1 else "")
        if reason:
            self.refused[path] = reason
        return not reason

    def _present(self, fd: int, found: dict[str, os.stat_result]) -> list[tuple[str, os.stat_result]]:
        """Regular files that may have changed. What is no regular file is refused."""
        changed = []
        for path, status in found.items():
            tracked = path in self._copy.kept
            if self._copy.same(path, status) if tracked else self._ignored(path):
                continue
            if stat.S_ISREG(status.st_mode):
                changed.append((path, status))
            elif stat.S_ISLNK(status.st_mode) and tracked and self._same_link(fd, path):
                self._copy.note(path, status)
            else:
                self.refused[path] = _LINK if stat.S_ISLNK(status.st_mode) else _SPECIAL
        return changed

    def _same_link(self, fd: int, path: str) -> bool:
        mode, data = self._copy.kept.get(path)
        return mode == LINK and os.fsencode(walk.target(fd, path)) == data

    def _missing(self, found: dict[str, os.stat_result]) -> None:
        """Kept files that are gone: deleted for good where the role may, and nothing refused took their place."""
        for path in self._copy.kept:
            if path in found:
                continue
            reason = self._refusal(path)
            if not reason and any(above in self.refused for above in ancestors(path)):
                reason = "a directory above it was replaced"
            if reason:
                self.refused[path] = reason
                self._blocking.update(ancestors(path))
            else:
                self._copy.drop(path)
                self.kept.append(path)

    def _judge(self, fd: int, path: str, status: os.stat_result) -> None:
        """Keep a changed or new regular file, or refuse it."""
        tracked = path in self._copy.kept
        try:
            data = walk.read(fd, path, MOST_BYTES)
        except OSError as error:
            self.refused[path] = error.strerror or str(error)
            return
        mode = EXECUTABLE if status.st_mode & 0o100 else REGULAR
        if not tracked or (mode, data) != self._copy.kept.get(path):
            reason = self._reason(path, len(data))
            if reason:
                self.refused[path] = reason
                return
            self._copy.kept.put(path, mode, data)
            self._budget -= len(data)
            self.kept.append(path)
        plain = 0o755 if mode == EXECUTABLE else 0o644
        now = walk.chmod(fd, path, plain) if stat.S_IMODE(status.st_mode) != plain else walk.status(fd, path)
        self._copy.note(path, now)

    def _reason(self, path: str, size: int) -> str:
        """Why the content of `path` can't be kept, or ''."""
        reason = self._refusal(path)
        if reason:
            return reason
        if self._copy.hides(path):
            return _HIDDEN
        if path in self._blocking or any(above in self.refused for above in ancestors(path)):
            return "it is in the way of something that was put back"
        return "the command left too much to keep" if size > self._budget else ""

    def _put_back(self, fd: int) -> None:
        """Remove what is not kept, then restore what is."""
        restored = [path for path in self.refused if path in self._copy.kept]
        for path in self.refused:
            if path not in self._copy.kept:
                walk.remove(fd, path)
        for path in restored:
            self._copy.restore(fd, path)
