"""After a command: what of its changes is kept, and what is put back."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

from harness.domain.spelling import hostile
from harness.workspace import walk
from harness.workspace.copy import Copy, key
from harness.workspace.pristine import EXECUTABLE, LINK, REGULAR, ancestors

MOST_FILES = 200_000
MOST_BYTES = 32 << 20
"""Of one file."""
_MOST_KEPT = 64 << 20
"""Of all files that one command leaves: so much is in memory when they are committed."""
_LINK, _SPECIAL = "links are not kept", "not a regular file"


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
        self._seen: set[str] = set()
        """Kept paths that are on the disk, whatever they are now."""
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
        changed = self._met(fd)
        if len(self._seen) < len(self._copy.kept):
            self._missing()
        for path, status in sorted(changed):
            self._judge(fd, path, status)
        self._put_back(fd)

    def _met(self, fd: int) -> list[tuple[str, os.stat_result]]:
        """Regular files that may have changed. What is no regular file is refused."""
        changed, keys, seen = list[tuple[str, os.stat_result]](), self._copy.keys, self._seen
        for path, status in walk.entries(fd, self._enter, self._most):
            if keys.get(path) == key(status):
                seen.add(path)
            elif not stat.S_ISDIR(status.st_mode):
                self._meet(fd, path, status, changed)
        return changed

    def _meet(self, fd: int, path: str, status: os.stat_result, changed: list[tuple[str, os.stat_result]]) -> None:
        tracked = path in self._copy.kept
        if tracked:
            self._seen.add(path)
        elif self._ignored(path):
            return
        if stat.S_ISREG(status.st_mode):
            changed.append((path, status))
        elif stat.S_ISLNK(status.st_mode) and tracked and self._same_link(fd, path):
            self._copy.note(path, status)
        else:
            self.refused[path] = _LINK if stat.S_ISLNK(status.st_mode) else _SPECIAL

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

    def _same_link(self, fd: int, path: str) -> bool:
        mode, data = self._copy.kept.get(path)
        return mode == LINK and os.fsencode(walk.target(fd, path)) == data

    def _missing(self) -> None:
        """Kept files that are gone: deleted for good where the role may, and nothing refused took their place."""
        for path in self._copy.kept:
            if path in self._seen:
                continue
            reason = self._refusal(path) or self._copy.fixed(path)
            if not reason and any(above in self.refused for above in ancestors(path)):
                reason = "a directory above it was replaced"
            if reason:
                self.refused[path] = reason
                self._blocking.update(ancestors(path))
            else:
                self._copy.drop(path)
                self.kept.append(path)

    def _judge(self, fd: int, path: str, status: os.stat_result) -> None:
        """Keep a changed or new regular file, or refuse it. What is refused anyway, or is too large, is never read."""
        kept, mode = self._copy.kept, EXECUTABLE if status.st_mode & 0o100 else REGULAR
        reason = self._reason(path, status.st_size)
        alike = (kept.mode(path), kept.size(path)) == (mode, status.st_size)
        if reason and not alike:
            self.refused[path] = reason
            return
        try:
            data = walk.read(fd, path, status.st_size)
        except OSError as error:
            self.refused[path] = error.strerror or str(error)
            return
        if not alike or data != kept.get(path)[1]:
            if reason:
                self.refused[path] = reason
                return
            self._copy.keep(path, mode, data)
            self._budget -= len(data)
            self.kept.append(path)
        plain = 0o755 if mode == EXECUTABLE else 0o644
        now = walk.chmod(fd, path, plain) if stat.S_IMODE(status.st_mode) != plain else walk.status(fd, path)
        self._copy.note(path, now)

    def _reason(self, path: str, size: int) -> str:
        """Why a new content of `path` can't be kept, or ''."""
        reason = self._refusal(path) or self._copy.fixed(path)
        if reason:
            return reason
        if path in self._blocking or any(above in self.refused for above in ancestors(path)):
            return "it is in the way of something that was put back"
        if size > MOST_BYTES:
            return f"it is larger than {MOST_BYTES >> 20} MB"
        return "the command left too much to keep" if size > self._budget else ""

    def _put_back(self, fd: int) -> None:
        """Remove what is not kept, then restore what is."""
        restored = [path for path in self.refused if path in self._copy.kept]
        for path in self.refused:
            if path not in self._copy.kept:
                walk.remove(fd, path)
        for path in restored:
            self._copy.restore(fd, path)
