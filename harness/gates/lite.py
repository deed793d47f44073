"""The schema of a database that is a file of SQLite, which the project's own command has made."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

MOST_BYTES = 64 << 20
MOST_ROWS = 20_000
_LENGTH = 1 << 20
"""Characters of one statement."""
_NOTES = re.compile(r"/\*.*?\*/|--[^\n]*", re.S)
_QUOTES = re.compile(r"[\"`\[\]]")


def schema(file: Path, scratch: Path) -> str:
    """A JSON list of what the schema consists of, without the order of columns; '' where there is no such database.

    The file is of the target's making, so a copy in `scratch` is read: no link is followed, and no code of it runs.
    """
    copy = scratch / "copy.sqlite"
    for suffix in ("", "-wal"):
        if not _copied(Path(f"{file}{suffix}"), Path(f"{copy}{suffix}")) and not suffix:
            return ""
    try:
        with closing(sqlite3.connect(copy)) as database:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LENGTH)
            database.execute("PRAGMA trusted_schema = OFF")
            rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchmany(MOST_ROWS)
    except (sqlite3.Error, UnicodeDecodeError, ValueError):
        return ""
    return json.dumps(sorted({fact for row in rows for fact in _facts(*map(str, row))}))


def _copied(source: Path, target: Path) -> bool:
    """Whether `source` was a regular file of bearable size, and lies at `target` now."""
    try:
        number = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    with os.fdopen(number, "rb") as file:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
            return False
        with target.open("wb") as out:
            shutil.copyfileobj(file, out)
    return True


def _facts(kind: str, name: str, table: str, sql: str) -> Iterator[str]:
    if name.startswith("sqlite_"):
        return
    text = " ".join(_QUOTES.sub("", _NOTES.sub(" ", sql)).lower().split())
    if kind != "table" or "(" not in text or ")" not in text:
        yield f"{kind} {table}.{name} {text}"
        return
    yield f"table {name}"
    yield from (f"column {name}: {part}" for part in _parts(text[text.index("(") + 1 : text.rindex(")")]))


def _parts(text: str) -> Iterator[str]:
    """The parts of a table's definition, split where a comma stands outside of parentheses."""
    depth = start = 0
    for index, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            yield text[start:index].strip()
            start = index + 1
    yield text[start:].strip()
