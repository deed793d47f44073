"""The kept state of an agent's directory: every path with its mode and content, in one file beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

REGULAR, EXECUTABLE, LINK = "100644", "100755", "120000"


class Pristine:
    """Contents lie one after the other in a file, which only grows; the index lies in memory."""

    def __init__(self, file: Path) -> None:
        self._fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._end = 0
        self._index: dict[str, tuple[str, int, int]] = {}
        self._below: dict[str, int] = {}

    def put(self, path: str, mode: str, data: bytes) -> None:
        """Keep `data` (the target, for a link) as the content of `path`."""
        view = memoryview(data)
        while view:
            view = view[os.pwrite(self._fd, view, self._end + len(data) - len(view)) :]
        if path not in self._index:
            self._count(path, 1)
        self._index[path] = (mode, self._end, len(data))
        self._end += len(data)

    def drop(self, path: str) -> None:
        """Forget `path`."""
        del self._index[path]
        self._count(path, -1)

    def get(self, path: str) -> tuple[str, bytes]:
        """Mode and content; KeyError if it is not kept."""
        mode, start, size = self._index[path]
        data = bytearray()
        while len(data) < size:
            part = os.pread(self._fd, size - len(data), start + len(data))
            if not part:
                raise OSError(f"the kept copy of {path} is cut short")
            data += part
        return mode, bytes(data)

    def mode(self, path: str) -> str:
        """The mode of `path`; '' if it is not kept."""
        return self._index[path][0] if path in self._index else ""

    def size(self, path: str) -> int:
        """The bytes of `path`; -1 if it is not kept."""
        return self._index[path][2] if path in self._index else -1

    def __len__(self) -> int:
        return len(self._index)

    def holds(self, directory: str) -> bool:
        """Whether anything is kept below `directory`."""
        return directory in self._below

    def __contains__(self, path: str) -> bool:
        return path in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._index))

    def close(self) -> None:
        """Give the file back; it is removed with its directory."""
        os.close(self._fd)

    def _count(self, path: str, by: int) -> None:
        for directory in ancestors(path):
            count = self._below.get(directory, 0) + by
            if count:
                self._below[directory] = count
            else:
                del self._below[directory]


def ancestors(path: str) -> Iterator[str]:
    """The directories above `path`, nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
