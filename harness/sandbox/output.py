"""The output of a command: its head and its tail, however much there was."""

from __future__ import annotations


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
