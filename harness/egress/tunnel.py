"""Passes bytes on between two sockets until both sides have ended, within limits of bytes and time."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from harness.egress.ledger import Caps, Full, Ledger

_CHUNK = 64 << 10
_MOST_HELD = 256 << 10
"""Bytes that wait for a slow reader; more is not read until they are gone."""


@dataclass(slots=True)
class _Flow:
    """One direction."""

    source: socket.socket
    sink: socket.socket
    count: Callable[[int], None]
    held: bytearray = field(default_factory=bytearray)
    total: int = 0
    ended: bool = False
    """Nothing more comes from the source."""
    done: bool = False
    """The sink was told so."""

    def read(self) -> None:
        data = self.source.recv(_CHUNK)
        self.ended = not data
        self.total += len(data)
        self.count(len(data))
        self.held += data

    def write(self) -> None:
        """Pass on what is held, then the end."""
        if self.held:
            with suppress(BlockingIOError):
                del self.held[: self.sink.send(self.held)]
        if self.ended and not self.held and not self.done:
            self.done = True
            with suppress(OSError):
                self.sink.shutdown(socket.SHUT_WR)


class Tunnel:
    """A client and the host that it talks to. `first` is what was read of the client already."""

    def __init__(self, client: socket.socket, host: socket.socket, first: bytes, ledger: Ledger, caps: Caps) -> None:
        self._caps, self._ledger = caps, ledger
        self._up = _Flow(client, host, lambda number: ledger.count(number, 0), bytearray(first), len(first))
        self._down = _Flow(host, client, lambda number: ledger.count(0, number))
        for side in (client, host):
            side.setblocking(False)

    @property
    def sent(self) -> int:
        return self._up.total

    @property
    def received(self) -> int:
        return self._down.total

    def run(self) -> str:
        """Why it was cut off; '' where it ended by itself."""
        deadline = time.monotonic() + self._caps.life
        try:
            self._ledger.count(len(self._up.held), 0)
            while not (self._up.done and self._down.done):
                left = deadline - time.monotonic()
                if left <= 0:
                    return f"cut off after {self._caps.life:g} s"
                if not self._step(min(left, self._caps.idle)) and left > self._caps.idle:
                    return f"cut off: silent for {self._caps.idle:g} s"
        except Full as full:
            return str(full)
        except OSError:
            return "" if self.received else "the connection broke"
        return ""

    def _step(self, seconds: float) -> bool:
        """Whether anything could be read or written within `seconds`."""
        flows = (self._up, self._down)
        reads = [flow.source for flow in flows if not flow.ended and len(flow.held) < _MOST_HELD]
        writes = [flow.sink for flow in flows if flow.held]
        readable, writable = _ready(reads, writes, seconds)
        for flow in flows:
            if flow.source.fileno() in readable and not flow.ended:
                with suppress(BlockingIOError):
                    flow.read()
            if flow.sink.fileno() in writable or flow.ended:
                flow.write()
        return bool(readable or writable)


def _ready(reads: list[socket.socket], writes: list[socket.socket], seconds: float) -> tuple[set[int], set[int]]:
    """Descriptors that can be read and written; poll, because select knows no number above 1023."""
    wanted: dict[int, int] = {}
    for side in reads:
        wanted[side.fileno()] = wanted.get(side.fileno(), 0) | select.POLLIN
    for side in writes:
        wanted[side.fileno()] = wanted.get(side.fileno(), 0) | select.POLLOUT
    poll = select.poll()
    for fd, events in wanted.items():
        poll.register(fd, events)
    found = poll.poll(seconds * 1000)
    broken = select.POLLHUP | select.POLLERR
    readable = {fd for fd, got in found if wanted[fd] & select.POLLIN and got & (select.POLLIN | broken)}
    return readable, {fd for fd, got in found if wanted[fd] & select.POLLOUT and got & (select.POLLOUT | broken)}
