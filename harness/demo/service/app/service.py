"""The rules about notes: who may see them, what they are given, what is said when there is none."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.errors import NotFound
from app.store import Note, NoteStore


@dataclass(frozen=True)
class Page:
    """Some of a client's notes, newest first, and how many there are in all."""

    notes: list[Note]
    total: int


def utc_now() -> datetime:
    """The present time."""
    return datetime.now(UTC)


class NoteService:
    """What a client can do with its notes. Other clients' notes do not exist for it."""

    def __init__(self, store: NoteStore, clock: Callable[[], datetime] = utc_now) -> None:
        """Work on `store`, with times taken from `clock`."""
        self._store = store
        self._clock = clock

    def create(self, owner: str, title: str, text: str) -> Note:
        """A new note of the owner, with an id and the time of its creation."""
        note = Note(uuid.uuid4().hex, owner, title, text, self._clock().strftime("%Y-%m-%dT%H:%M:%SZ"))
        self._store.add(note)
        return note

    def list(self, owner: str, limit: int, offset: int) -> Page:
        """At most `limit` of the owner's notes, after the first `offset`."""
        return Page(*self._store.page(owner, limit, offset))

    def get(self, owner: str, note_id: str) -> Note:
        """The owner's note; NotFound if there is none."""
        note = self._store.get(owner, note_id)
        if note is None:
            raise NotFound(f"There is no note {note_id}.")
        return note

    def delete(self, owner: str, note_id: str) -> None:
        """Delete the owner's note; NotFound if there is none."""
        if not self._store.remove(owner, note_id):
            raise NotFound(f"There is no note {note_id}.")

    def check(self) -> None:
        """Unavailable if the service can't do its work."""
        self._store.ping()
