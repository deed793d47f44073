"""The output of a command: its head and its tail, however much there was."""

from __future__ import annotations

import re
from collections.abc import Mapping


class Renamed:
    """Replaces paths in a stream of bytes, also where one comes in pieces."""

    def __init__(self, names: Mapping[bytes, bytes]) -> None:
        self._names = dict(names)
        # The longest first: one path may begin with another.
        paths = sorted(self._names, key=len, reverse=True)
        self._paths = re.compile(b"|".join(re.escape(path) for path in paths)) if paths else None
        self._held = b""
        self._starts = {path[:n] for path in paths for n in range(1, len(path))}
        self._longest = max((len(path) for path in paths), default=1) - 1

    def add(self, data: bytes) -> bytes:
        """What can be given on; an end that may be the beginning of a path is held back."""
        if self._paths is None:
            return data
        data = self._paths.sub(lambda match: self._names[match[0]], self._held + data)
        most = min(self._longest, len(data))
        held = next((n for n in range(most, 0, -1) if data[-n:] in self._starts), 0)
        self._held = data[len(data) - held :]
        return data[: len(data) - held]

    def rest(self) -> bytes:
        """What was held back, at the end."""
        held, self._held = self._held, b""
        return held


class Output:
    """Keeps the first and the last half of `most` bytes."""

    def __init__(self, most: int) -> None:
        self._half = max(1, most // 2)
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0
        """Bytes that came."""

    def add(self, data: bytes) -> None:
        """Take in what came next."""
        self.total += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._half:
            del self._tail[: -self._half]

    @property
    def text(self) -> str:
        """What is kept, as UTF-8 with replacement, with a line that says how much was cut."""
        tail = bytes(self._tail[-self._half :])
        cut = self.total - len(self._head) - len(tail)
        middle = f"\n[{cut} bytes cut]\n".encode() if cut else b""
        return (bytes(self._head) + middle + tail).decode("utf-8", errors="replace")
