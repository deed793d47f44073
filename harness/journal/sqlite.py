"""Journals and the inbox in one SQLite file: a row an entry, a primary key as the last lock, fsync on every commit."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness.domain.event import Entry, Event
from harness.errors import Broken, Conflict, HarnessError
from harness.journal.chain import START, Row, entries, seal

SCHEMA = """
create table if not exists entries (
    run text not null, seq integer not null, at integer not null, body text not null, hash text not null,
    primary key (run, seq)
) strict;
create table if not exists inbox (id integer primary key autoincrement, run text not null, body text not null) strict;
"""


class Store:
    """One open database file. Not shared between threads."""

    def __init__(self, path: Path) -> None:
        """Raises Broken when the file is not a journal, HarnessError when it can't be opened or made."""
        self.path = path
        self._read: dict[str, tuple[tuple[int, int] | None, list[Entry]]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(path, isolation_level=None, timeout=30)
            self.db.execute("pragma journal_mode=wal")
            self.db.execute("pragma synchronous=full")
            if sys.platform == "darwin":
                self.db.execute("pragma fullfsync=on")
            if not self.db.execute("select 1 from sqlite_master where name='inbox'").fetchone():
                self.db.executescript(SCHEMA)
        except sqlite3.DatabaseError as error:
            raise self._sentence(error) from error
        except OSError as error:
            raise HarnessError(f"the journal {path} can't be opened: {error.strerror}") from error

    def close(self) -> None:
        self.db.close()

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """Run one statement; the database's own errors become one sentence."""
        try:
            return self.db.execute(sql, values)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise self._sentence(error) from error

    def once(self, run: str, read: Callable[[], list[Entry]]) -> list[Entry]:
        """What `read` gives; what it gave last time where nobody, here or elsewhere, wrote to the file since."""
        now = self.execute("pragma data_version").fetchone()[0], self.db.total_changes
        before, found = self._read.get(run, (None, []))
        if before != now:
            found = read()
            self._read[run] = now, found
        return list(found)

    def _sentence(self, error: sqlite3.DatabaseError) -> HarnessError:
        text = str(error)
        if "full" in text:
            return HarnessError("the disk is full: nothing was lost; make room, then run again")
        if "disk I/O" in text:
            return HarnessError(
                f"the journal {self.path} can't be read or written ({text}); nothing of it was lost: look whether its "
                "disk is whole and has room, then run again"
            )
        if isinstance(error, sqlite3.OperationalError) and ("locked" in text or "unable to open" in text):
            return HarnessError(f"the journal {self.path} can't be used: {text}")
        return Broken(f"the journal {self.path} is unreadable ({text}); restore it from a transcript or a copy")

    def runs(self) -> list[str]:
        """Names of all runs, sorted; the repository's own journal left out."""
        return [run for (run,) in self.execute("select distinct run from entries where run <> 'repo' order by run")]

    def forget(self, run: str) -> None:
        """Remove a run's entries and inbox."""
        self.execute("delete from entries where run=?", (run,))
        self.execute("delete from inbox where run=?", (run,))


class SqliteJournal:
    """The journal of one run."""

    _next: int
    _hash: str

    def __init__(self, store: Store, run: str, now: Callable[[], float] = time.time) -> None:
        self._store, self._run, self._now = store, run, now
        self._tail()

    def append(self, event: Event) -> Entry:
        """Append durably and return the entry; Conflict if another process wrote in between."""
        at, body = int(self._now() * 1e6), event.model_dump_json()
        stored = seal(self._hash, at, body)
        entry = Entry.model_construct(seq=self._next, at=at / 1e6, event=event, hash=stored)
        try:
            self._store.execute("insert into entries values (?,?,?,?,?)", (self._run, self._next, at, body, stored))
            self._next, self._hash = self._next + 1, stored
        except sqlite3.IntegrityError as error:
            raise Conflict(f"entry {self._next} of {self._run} was written by another process") from error
        except KeyboardInterrupt:
            # it may have come before or after the entry was written: only the file knows
            self._tail()
            raise
        return entry

    def _tail(self) -> None:
        """Take up the number and the hash of the last entry in the file."""
        last = self._store.execute(
            "select seq, hash from entries where run=? order by seq desc limit 1", (self._run,)
        ).fetchone()
        self._next = last[0] + 1 if last else 0
        self._hash = last[1] if last else START

    def read(self) -> list[Entry]:
        """All entries, checked; Broken names the first one that does not hold."""
        found = self._store.once(self._run, lambda: entries(self.rows(), f"the journal of {self._run}"))
        self._next, self._hash = (len(found), found[-1].hash) if found else (0, START)
        return found

    def rows(self) -> Iterator[Row]:
        """The entries as they are stored, unchecked."""
        return self._store.execute("select seq, at, body, hash from entries where run=? order by seq", (self._run,))


class Inbox:
    """Where everyone but the driver writes. An item stays until the driver has moved it into the journal."""

    def __init__(self, store: Store, run: str) -> None:
        self._store, self._run = store, run

    def put(self, item: dict[str, Any]) -> None:
        """Write durably."""
        self._store.execute("insert into inbox (run, body) values (?,?)", (self._run, json.dumps(item)))

    def items(self) -> list[tuple[int, dict[str, Any]]]:
        """(id, item) in the order of arrival. Whoever can write the file wrote it, so that it may hold anything."""
        rows = self._store.execute("select id, body from inbox where run=? order by id", (self._run,))
        return [(number, _item(body)) for number, body in rows]

    def drop(self, number: int) -> None:
        self._store.execute("delete from inbox where id=?", (number,))


def _item(body: str) -> dict[str, Any]:
    """What lies in the inbox, as it can be put on the record."""
    try:
        # a lone surrogate can be written as JSON, but in no entry
        found = json.loads(json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        found = body
    return found if isinstance(found, dict) else {"item": found}
