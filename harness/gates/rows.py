"""Rows for a database that has none: one in every table that takes one, of plain values with nothing left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from harness.gates.postgres import Postgres
from harness.gates.redis import Redis
from harness.gates.server import Beside
from harness.gates.servers import Servers
from harness.ports import Bench, Limits, Outcome

Held = dict[str, bool]
"""table -> whether it holds rows"""
_LIMITS = Limits(wall=60, cpu=60)
_TOOLS = "migration|schema_version|alembic_version|flyway|schema_info|typeorm_metadata"
"""Tables in which tools note what they have run."""
_NULL = re.compile(
    r"contains null values|violates not-null constraint|cannot add a not null column|not null constraint failed"
    r"|NotNullViolation|\b23502\b",
    re.I,
)
_TEXTS = ("1", "abc", "a@example.com", "abc-1", "ABCDEF12", "https://example.com/")
_NUMBERS = ("1", "10", "100", "0", "5", "50")
"""Tried in turn, as what a column may hold is seldom said."""

_EACH = f"""
  FOR t IN
    SELECT k.oid, format('%I.%I', n.nspname, k.relname) AS name
    FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace
    WHERE k.relkind IN ('r', 'p') AND NOT k.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND k.relname !~* '{_TOOLS}' ORDER BY k.oid LIMIT 500
  LOOP"""
_FILL = f"""
SET client_min_messages = error;
SET statement_timeout = '20s';
DO $fill$
DECLARE t record; c record; names text; vals text; v text; held boolean;
BEGIN
 FOR turn IN 1..{len(_TEXTS)} LOOP {_EACH}
   BEGIN
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || t.name || ')' INTO held;
    CONTINUE WHEN held;
    names := ''; vals := '';
    FOR c IN
      SELECT a.attname AS name, a.attnum AS number, format_type(a.atttypid, a.atttypmod) AS kind, y.typcategory AS sort,
        CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END AS type
      FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
      WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.atthasdef AND a.attidentity = ''
    LOOP
      SELECT format('(SELECT %I FROM %s LIMIT 1)', r.attname, k.confrelid::regclass) INTO v
        FROM pg_constraint k JOIN pg_attribute r ON r.attrelid = k.confrelid
          AND r.attnum = k.confkey[array_position(k.conkey, c.number)]
        WHERE k.conrelid = t.oid AND k.contype = 'f' AND c.number = ANY (k.conkey) LIMIT 1;
      IF v IS NULL AND c.sort = 'S' AND turn % 2 = 1 THEN
        SELECT quote_literal((regexp_match(pg_get_constraintdef(k.oid), '''([^'']+)'''))[1]) INTO v
          FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'c' AND c.number = ANY (k.conkey) LIMIT 1;
      END IF;
      v := coalesce(v, CASE
        WHEN c.sort = 'E' THEN
          (SELECT quote_literal(e.enumlabel) FROM pg_enum e WHERE e.enumtypid = c.type ORDER BY e.enumsortorder LIMIT 1)
        WHEN c.sort = 'N' THEN (ARRAY{list(_NUMBERS)})[turn]
        WHEN c.sort = 'D' THEN format('now() + interval ''%s days''', c.number)
        WHEN c.sort = 'T' THEN quote_literal('1 day')
        WHEN c.sort = 'B' THEN 'false'
        WHEN c.sort = 'A' THEN quote_literal('{{}}')
        WHEN c.sort = 'I' THEN quote_literal('127.0.0.1')
        WHEN c.sort = 'R' THEN quote_literal('empty')
        WHEN c.type = 'uuid'::regtype THEN quote_literal(md5(t.name || c.name))
        WHEN c.type IN ('json'::regtype, 'jsonb'::regtype) THEN quote_literal('{{}}')
        ELSE quote_literal((ARRAY{list(_TEXTS)})[turn]) END);
      names := names || format(', %I', c.name);
      vals := vals || format(', (%s)::%s', v, c.kind);
    END LOOP;
    IF names = '' THEN EXECUTE 'INSERT INTO ' || t.name || ' DEFAULT VALUES';
    ELSE EXECUTE format('INSERT INTO %s (%s) VALUES (%s)', t.name, substr(names, 3), substr(vals, 3)); END IF;
   EXCEPTION WHEN OTHERS THEN NULL;
   END;
  END LOOP;
 END LOOP;
END $fill$;
"""
_HELD = f"""
SET client_min_messages = error;
CREATE TEMP TABLE said (name text, held boolean);
DO $held$
DECLARE t record;
BEGIN {_EACH}
   EXECUTE format('INSERT INTO said SELECT %L, EXISTS (SELECT FROM %s)', t.name, t.name);
  END LOOP;
END $held$;
SELECT coalesce(json_object_agg(name, held), '{{}}') FROM said;
"""
_STORED = f"""
SET client_min_messages = error;
CREATE TEMP TABLE said (name text, held boolean);
CREATE TEMP TABLE wanted (plain text);
INSERT INTO wanted VALUES VALUES_OF_CLIENTS;
DO $stored$
DECLARE t record; found boolean;
BEGIN {_EACH}
   EXECUTE 'SELECT EXISTS (SELECT FROM ' || t.name || ' x, wanted w WHERE strpos(x::text, w.plain) > 0'
     || ' OR strpos(x::text, encode(convert_to(w.plain, ''UTF8''), ''hex'')) > 0)' INTO found;
   INSERT INTO said VALUES (t.name, found);
  END LOOP;
END $stored$;
SELECT coalesce(json_object_agg(name, held), '{{}}') FROM said;
"""
_MOST_VALUES = 50
_FILE = f"""
import json, re, sqlite3, sys

TEXTS, NUMBERS = {_TEXTS}, {_NUMBERS}
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA foreign_keys = ON")
tables = {{name: text or "" for name, text in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
          if not name.startswith("sqlite_") and not re.search("{_TOOLS}", name, re.I)}}

def quoted(name):
    return '"' + name.replace('"', '""') + '"'

def held(table):
    return db.execute(f"SELECT EXISTS (SELECT 1 FROM {{quoted(table)}})").fetchone() == (1,)

def value(table, name, kind, turn):
    for row in db.execute(f"PRAGMA foreign_key_list({{quoted(table)}})"):
        if row[3] == name:
            other = row[4] or next(each[1] for each in db.execute(f"PRAGMA table_info({{quoted(row[2])}})") if each[5])
            found = db.execute(f"SELECT {{quoted(other)}} FROM {{quoted(row[2])}} LIMIT 1").fetchone()
            return found and found[0]
    listed = re.search(r"\\b" + re.escape(name) + r"[\\"`\\]]?\\s+IN\\s*\\(\\s*'([^']+)'", tables[table], re.I)
    if listed:
        return listed[1]
    if re.search("int|real|floa|doub|num|dec|bool", kind, re.I):
        return int(NUMBERS[turn])
    return "2024-01-01 00:00:00" if re.search("date|time", kind, re.I) else TEXTS[turn]

def fill(table, turn):
    rows = [row for row in db.execute(f"PRAGMA table_xinfo({{quoted(table)}})") if row[4] is None and not row[6]]
    rows = [row for row in rows if not (row[5] and row[2].upper() == "INTEGER")]
    if not rows:
        return db.execute(f"INSERT INTO {{quoted(table)}} DEFAULT VALUES")
    names = ", ".join(quoted(row[1]) for row in rows)
    marks = ", ".join("?" for _ in rows)
    values = [value(table, row[1], row[2], turn) for row in rows]
    db.execute(f"INSERT INTO {{quoted(table)}} ({{names}}) VALUES ({{marks}})", values)

for turn in range(len(TEXTS) if sys.argv[2] == "fill" else 0):
    for table in tables:
        try:
            if not held(table):
                fill(table, turn)
                db.commit()
        except (sqlite3.Error, StopIteration):
            db.rollback()
print(json.dumps({{table: held(table) for table in tables}}))
"""


def fill(beside: Servers, files: Path, bench: Bench) -> Held:
    """Put one row into each table that is empty and takes it; what holds rows then, {} where that is not known."""
    server = _server(beside)
    if server is None:
        return _file(files, bench, "fill")
    # What it tries in vain is not to be taken for the target's own failures.
    each, kind = server
    kind.ask(each, "ALTER ROLE app SET log_min_messages = panic")
    _sql(server, _FILL)
    kind.ask(each, "ALTER ROLE app RESET log_min_messages")
    return held(beside, files, bench)


def held(beside: Servers, files: Path, bench: Bench) -> Held:
    """What holds rows; {} where that is not known."""
    server = _server(beside)
    return _file(files, bench, "say") if server is None else _read(_sql(server, _HELD))


def stored(beside: Servers, values: Iterable[str]) -> bool:
    """Whether a table of PostgreSQL or a key of Redis holds one of `values`."""
    server, some = _server(beside), sorted(values)[:_MOST_VALUES]
    if server and some:
        listed = ", ".join("('" + value.replace("'", "''") + "')" for value in some)
        if any(_read(_sql(server, _STORED.replace("VALUES_OF_CLIENTS", listed))).values()):
            return True
    return any(each.kind.holds(each, some) for each in beside.running if isinstance(each.kind, Redis))


def refused(outcome: Outcome, beside: Servers) -> bool:
    """Whether a command failed for a row that lacks a value, which is so of all rows: ours have one everywhere.

    The server is ended, as its log is whole then.
    """
    server = _server(beside)
    return bool(_NULL.search(outcome.output) or (server and _NULL.search(server[0].process.kill().output)))


def _server(beside: Servers) -> tuple[Beside, Postgres] | None:
    found = ((each, each.kind) for each in beside.running)
    return next(((each, kind) for each, kind in found if isinstance(kind, Postgres)), None)


def _sql(server: tuple[Beside, Postgres], text: str) -> Outcome:
    """As the user that the service is: triggers of the target's may run."""
    each, kind = server
    with each.bench.scratch() as tree:
        (tree / "rows.sql").write_text(text, encoding="utf-8")
        return each.bench.sandbox.run(each.joined(kind.client("rows.sql", tree, "app"), "service"))


def _file(files: Path, bench: Bench, what: str) -> Held:
    if not (files / "database.sqlite").is_file():
        return {}
    with bench.scratch() as work:
        (work / "rows.py").write_text(_FILE, encoding="utf-8")
        asked = bench.tool("", work, out=files, limits=_LIMITS)
        place = bench.sandbox.inside(asked).out
        return _read(
            bench.sandbox.run(
                bench.tool(f"{{tools}}/python rows.py {place}/database.sqlite {what}", work, out=files, limits=_LIMITS)
            )
        )


def _read(outcome: Outcome) -> Held:
    try:
        said = json.loads(outcome.output.strip().splitlines()[-1])
        return {str(name): bool(value) for name, value in said.items()}
    except (ValueError, IndexError, AttributeError, RecursionError):
        return {}
