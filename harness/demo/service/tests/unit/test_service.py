"""The rules about notes."""

from datetime import UTC, datetime

import pytest

from app.errors import NotFound
from app.service import NoteService
from app.store import NoteStore


@pytest.fixture
def service():
    store = NoteStore(":memory:")
    yield NoteService(store, lambda: datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
    store.close()


def test_a_new_note_gets_an_id_and_a_time(service):
    note = service.create("web", "Groceries", "Bread")
    assert len(note.id) == 32
    assert note.created_at == "2026-03-01T09:30:00Z"
    assert service.get("web", note.id) == note


def test_a_list_counts_all_notes(service):
    notes = [service.create("web", f"Note {n}", "") for n in range(3)]
    page = service.list("web", 2, 0)
    assert page.notes == [notes[2], notes[1]]
    assert page.total == 3


def test_a_deleted_note_is_not_found(service):
    note = service.create("web", "Groceries", "")
    service.delete("web", note.id)
    with pytest.raises(NotFound):
        service.get("web", note.id)
    with pytest.raises(NotFound):
        service.delete("web", note.id)


def test_notes_of_others_are_not_found(service):
    note = service.create("web", "Groceries", "")
    with pytest.raises(NotFound):
        service.get("other", note.id)
