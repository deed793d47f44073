"""Notes in SQLite. The only module that holds SQL, besides the migrations."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"
COLUMNS = "id, owner, title, text, created_at"


@dataclass(frozen=True)
class Note:
    """One note; `created_at` is UTC in ISO 8601, such as 2026-03-01T09:30:00Z."""

    id: str
    owner: str
    title: str
    text: str
    created_at: str


class NoteStore:
    """Notes by owner. One connection, which threads take turns to use."""

    def __init__(self, path: str) -> None:
        """Open or create the database at `path` (`:memory:` for one that is gone afterwards), and migrate it."""
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._migrate()

    def add(self, note: Note) -> None:
        """Keep a new note."""
        values = (note.id, note.owner, note.title, note.text, note.created_at)
        with self._transaction() as db:
            db.execute(f"INSERT INTO notes ({COLUMNS}) VALUES (?, ?, ?, ?, ?)", values)

    def get(self, owner: str, note_id: str) -> Note | None:
        """The owner's note, or None."""
        with self._transaction() as db:
            row = db.execute(f"SELECT {COLUMNS} FROM notes WHERE owner = ? AND id = ?", (owner, note_id)).fetchone()
        return Note(*row) if row else None

    def page(self, owner: str, limit: int, offset: int) -> tuple[list[Note], int]:
        """The owner's notes, newest first, `limit` of them after `offset`; and how many there are in all."""
        with self._transaction() as db:
            (total,) = db.execute("SELECT count(*) FROM notes WHERE owner = ?", (owner,)).fetchone()
            rows = db.execute(
                f"SELECT {COLUMNS} FROM notes WHERE owner = ? ORDER BY number DESC LIMIT ? OFFSET ?",
                (owner, limit, offset),
            ).fetchall()
        return [Note(*row) for row in rows], total

    def remove(self, owner: str, note_id: str) -> bool:
        """Delete the owner's note; False if there is none."""
        with self._transaction() as db:
            return db.execute("DELETE FROM notes WHERE owner = ? AND id = ?", (owner, note_id)).rowcount > 0

    def ping(self) -> None:
        """Ask the database for anything at all; Unavailable if it does not answer."""
        with self._transaction() as db:
            db.execute("SELECT count(*) FROM notes").fetchone()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN")
                with self._db:
                    yield self._db
            except (sqlite3.OperationalError, sqlite3.ProgrammingError) as error:
                raise Unavailable("The database does not answer.") from error

    def _migrate(self) -> None:
        (done,) = self._db.execute("PRAGMA user_version").fetchone()
        for number, script in enumerate(sorted(MIGRATIONS.glob("[0-9]*.sql")), start=1):
            if number > done:
                self._db.executescript(f"BEGIN; {script.read_text('utf-8')} PRAGMA user_version = {number}; COMMIT;")
