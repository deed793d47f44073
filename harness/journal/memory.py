"""A journal in a list, for replays and tests; it behaves as the durable one does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from harness.domain.event import Entry, Event
from harness.journal.chain import START, entries, seal


class MemoryJournal:
    """Entries in memory."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self.rows: list[tuple[int, int, str, str]] = []

    def append(self, event: Event) -> Entry:
        at, body = round(self._now() * 1e6), event.model_dump_json()
        stored = seal(self.rows[-1][3] if self.rows else START, at, body)
        self.rows.append((len(self.rows), at, body, stored))
        return Entry.model_construct(seq=len(self.rows) - 1, at=at / 1e6, event=event, hash=stored)

    def read(self) -> list[Entry]:
        return entries(self.rows, "the journal")


class MemoryInbox:
    """An inbox in a list."""

    def __init__(self) -> None:
        self._items: list[tuple[int, dict[str, Any]]] = []

    def put(self, item: dict[str, Any]) -> None:
        self._items.append((len(self._items) + 1, item))

    def items(self) -> list[tuple[int, dict[str, Any]]]:
        return list(self._items)

    def drop(self, number: int) -> None:
        self._items = [item for item in self._items if item[0] != number]
