"""Rows of our own in databases of others: in every table that takes one, within what the schema asks."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from harness.config import Services
from harness.gates import postgres, redis, rows
from harness.gates.servers import Servers, servers
from harness.ports import Outcome
from tests.gates.corpus.bed import repository
from tests.gates.test_servers import bench_of, run, sql

_SCHEMA = r"""
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE b (id uuid PRIMARY KEY, a_id int NOT NULL REFERENCES a, mood mood NOT NULL, at timestamptz NOT NULL);
"""
_FIRST = r"""
CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL CHECK (state IN ('new', 'old')),
  code varchar(2) NOT NULL, price numeric(6,2) CHECK (price >= 50), tags text[] NOT NULL, data jsonb NOT NULL,
  twice int GENERATED ALWAYS AS (1 + 1) STORED, net inet NOT NULL, raw bytea NOT NULL);
CREATE SCHEMA \"Odd one\";
CREATE TABLE \"Odd one\".\"Table\" (\"from\" date NOT NULL, \"to\" date NOT NULL, CHECK (\"from\" < \"to\"));
CREATE TABLE parts (id int, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE parts_all PARTITION OF parts DEFAULT;
CREATE TABLE never (id int NOT NULL CHECK (id = 77));
CREATE TABLE schema_migrations (name text);
"""


@pytest.mark.skipif(bool(postgres.absent()), reason="PostgreSQL is not installed")
def test_postgres_gets_a_row_in_each_table_that_takes_one() -> None:
    with repository() as (repo, scratch):
        bench = bench_of(repo, scratch)
        with servers(Services(postgres=True), bench) as beside, bench.scratch() as files:
            for text in (_FIRST, _SCHEMA + "CREATE TABLE mails (at mail NOT NULL);"):
                made = run(bench, beside, sql(" ".join(text.split())))
                assert made.code == 0, made.output
            found = rows.fill(beside, files, bench)
            assert found == {
                "public.a": True, "public.b": True, '"Odd one"."Table"': True, "public.parts": True,
                "public.never": False, "public.mails": True,
            }  # fmt: skip
            # What was tried in vain is no failure of the target's.
            late = run(bench, beside, sql("INSERT INTO b (a_id) VALUES (1)"))
            assert late.code
            assert rows.refused(Outcome(1, "it failed"), beside)


@pytest.mark.skipif(bool(postgres.absent()), reason="PostgreSQL is not installed")
def test_what_was_tried_in_vain_is_no_failure_of_the_target() -> None:
    with repository() as (repo, scratch):
        bench = bench_of(repo, scratch)
        with servers(Services(postgres=True), bench) as beside, bench.scratch() as files:
            made = run(bench, beside, sql("CREATE TABLE a (id int PRIMARY KEY CHECK (id = 77)); "
                                          "CREATE TABLE b (a_id int NOT NULL REFERENCES a)"))  # fmt: skip
            assert made.code == 0, made.output
            assert not any(rows.fill(beside, files, bench).values())
            assert not rows.refused(Outcome(1, "division by zero"), beside)


def test_a_file_of_sqlite_gets_them_too() -> None:
    with repository() as (repo, scratch):
        bench = bench_of(repo, scratch)
        with bench.scratch() as files:
            with closing(sqlite3.connect(files / "database.sqlite")) as database:
                database.executescript(
                    "CREATE TABLE a (id INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('new', 'old')));"
                    "CREATE TABLE b (id TEXT PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES a, at DATETIME NOT NULL);"
                    "CREATE TABLE c (n INTEGER NOT NULL CHECK (n > 40));"
                    "CREATE TABLE never (n INTEGER NOT NULL CHECK (n = 77));"
                    "CREATE TABLE alembic_version (num TEXT);"
                )
            (files / "database.sqlite").chmod(0o666)
            files.chmod(0o777)
            found = rows.fill(Servers(), files, bench)
            assert found == {"a": True, "b": True, "c": True, "never": False}


@pytest.mark.skipif(bool(redis.absent()), reason="Redis is not installed")
@pytest.mark.parametrize(
    "command",
    [
        "set a 'a blue pen'", "set 'item:blue pen' 1", "hset a name 'blue pen'", "rpush a 1 'blue pen'",
        "sadd a 'blue pen'", "zadd a 1 'blue pen'", "xadd a '*' name 'blue pen'", "-n 5 set a 'blue pen'",
        r"""set a '{"name": "caf\u00e9"}'""",
    ],
)  # fmt: skip
def test_redis_is_searched_for_what_clients_wrote(command: str) -> None:
    with repository() as (repo, scratch):
        bench = bench_of(repo, scratch)
        with servers(Services(redis=True), bench) as beside:
            made = run(bench, beside, f"redis-cli -u $REDIS_URL set own started; redis-cli -u $REDIS_URL {command}")
            assert made.code == 0 and "ERR" not in made.output, made.output
            assert rows.stored(beside, ["blue pen", "caf\u00e9"])
            assert not rows.stored(beside, ["red pen"]) and not rows.stored(beside, [])


def test_where_no_database_is_known_nothing_is_held() -> None:
    with repository() as (repo, scratch):
        bench = bench_of(repo, scratch)
        with bench.scratch() as files:
            assert rows.fill(Servers(), files, bench) == {}
