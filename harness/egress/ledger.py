"""What went through a proxy, counted against its limits."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from harness.domain.registry import Reached

MOST_ROWS = 50
"""Rows that are told; a hostile client could ask for any number of hosts."""
_REST = "other hosts"


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits of one proxy, for all its connections together unless it says otherwise."""

    sent: int = 32 << 20
    """Bytes to the registries: package managers ask, they don't deliver."""
    received: int = 8 << 30
    connections: int = 10_000
    at_once: int = 64
    head: float = 10.0
    """Seconds in which a connection has to say where it wants to go."""
    idle: float = 60.0
    """Seconds without a byte after which a connection is ended."""
    life: float = 900.0
    """Seconds of one connection."""


class Full(Exception):
    """A limit is reached; the message says which."""


class Ledger:
    """Counts bytes and connections; safe to use from several threads."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._lock = Lock()
        self._rows: dict[tuple[str, int, str], list[int]] = {}
        self._begun = self._open = 0
        self._sent = self._received = 0

    def begin(self) -> None:
        """A connection came; Full where there are too many."""
        with self._lock:
            self._begun += 1
            self._open += 1
            if self._begun > self._caps.connections:
                raise Full(f"more than {self._caps.connections} connections")
            if self._open > self._caps.at_once:
                raise Full(f"more than {self._caps.at_once} connections at once")

    def count(self, sent: int, received: int) -> None:
        """Bytes that were passed on; Full where that was too much."""
        with self._lock:
            self._sent += sent
            self._received += received
            if self._sent > self._caps.sent:
                raise Full(f"cut off: more than {self._caps.sent >> 20} MB were sent")
            if self._received > self._caps.received:
                raise Full(f"cut off: more than {self._caps.received >> 20} MB were received")

    def end(self, host: str, port: int, why: str, sent: int, received: int) -> None:
        """A connection is over."""
        with self._lock:
            self._open -= 1
            key = (host, port, why)
            if key not in self._rows and len(self._rows) >= MOST_ROWS:
                key = (_REST, 443, "refused")
            row = self._rows.setdefault(key, [0, 0, 0])
            for place, number in enumerate((1, sent, received)):
                row[place] += number

    def rows(self) -> tuple[Reached, ...]:
        """One row for each host and outcome, in the order in which they first came."""
        with self._lock:
            return tuple(
                Reached(host=host, port=port, connections=count, sent=sent, received=received, why=why)
                for (host, port, why), (count, sent, received) in self._rows.items()
            )
