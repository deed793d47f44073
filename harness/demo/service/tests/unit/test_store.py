"""Notes in the database."""

from dataclasses import replace

import pytest

from app.errors import Unavailable
from app.store import Note, NoteStore

NOTE = Note("a" * 32, "web", "Groceries", "Bread", "2026-03-01T09:30:00Z")


@pytest.fixture
def store():
    store = NoteStore(":memory:")
    yield store
    store.close()


def test_a_note_comes_back_as_it_was(store):
    store.add(NOTE)
    assert store.get("web", NOTE.id) == NOTE


def test_a_note_is_there_for_its_owner_alone(store):
    store.add(NOTE)
    assert store.get("other", NOTE.id) is None
    assert store.page("other", 10, 0) == ([], 0)
    assert not store.remove("other", NOTE.id)
    assert store.get("web", NOTE.id) == NOTE


def test_pages_begin_with_the_newest(store):
    notes = [replace(NOTE, id=f"{n:032x}") for n in range(3)]
    for note in notes:
        store.add(note)
    assert store.page("web", 2, 0) == ([notes[2], notes[1]], 3)
    assert store.page("web", 2, 2) == ([notes[0]], 3)
    assert store.page("web", 2, 4) == ([], 3)


def test_a_note_is_removed_once(store):
    store.add(NOTE)
    assert store.remove("web", NOTE.id)
    assert not store.remove("web", NOTE.id)


def test_notes_outlive_the_process(tmp_path):
    path = str(tmp_path / "notes.db")
    first = NoteStore(path)
    first.add(NOTE)
    first.close()
    second = NoteStore(path)
    assert second.get("web", NOTE.id) == NOTE
    second.close()


def test_a_closed_database_is_unavailable(store):
    store.close()
    with pytest.raises(Unavailable):
        store.ping()
