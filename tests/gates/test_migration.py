"""How migrations are named in the usual tools, and what a file says of the schema."""

from __future__ import annotations

import pytest

from harness.gates import ddl
from harness.gates.migration import Migration, numbering, read


@pytest.mark.parametrize(
    ("path", "label", "sequential"),
    [
        ("db/001_items.sql", "1", True),
        ("db/0001-items.ts", "1", True),
        ("db/1.items.js", "1", True),
        ("db/V12__items.sql", "12", True),
        ("db/V1_2__items.sql", "1.2", False),
        ("db/V1.2__items.sql", "1.2", False),
        ("db/20240101120000_items.sql", "20240101120000", False),
        ("db/1704110400000-Items.ts", "1704110400000", False),
        ("db/20240101_items.sql", "", False),
        ("shop/migrations/0001_initial.py", "1", True),
        ("prisma/migrations/20240101120000_init/migration.sql", "20240101120000", False),
        ("db/0007_items/up.sql", "7", True),
    ],
)
def test_the_usual_names(path: str, label: str, sequential: bool) -> None:
    found = read(path)
    assert found is not None
    assert (found.label, found.sequential, found.down) == (label, sequential, False)


def test_what_undoes_and_what_repeats() -> None:
    assert all(_of(path).down for path in ("db/001_items.down.sql", "db/U1__items.sql", "db/0007_items/down.sql"))
    assert _of("db/R__views.sql").repeatable


def test_alembic_numbers_by_its_own_chain() -> None:
    found = read("alembic/versions/ae1027a6acf_items.py", b'revision: str = "ae1027a6acf"\ndown_revision = None\n')
    assert found is not None
    assert (found.number, found.label) == (-1, "")


@pytest.mark.parametrize(
    "path", ["db/README.md", "db/run.py", "db/index.ts", "db/__init__.py", "db/env.py", "db/seed.sql"]
)
def test_what_is_no_migration(path: str) -> None:
    assert read(path, b"x = 1\n") is None


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ([], ["1", "2"], []),
        ([], ["0", "1"], []),
        ([], ["2"], ["migrations-gap"]),
        (["1", "3"], ["4"], []),
        (["1", "3"], ["2"], ["migrations-order"]),
        (["1"], ["3", "4"], ["migrations-gap"]),
        (["1", "2"], ["2"], ["migrations-duplicate"]),
        (["20240101120000"], ["20240102120000"], []),
    ],
)
def test_numbers(old: list[str], new: list[str], rules: list[str]) -> None:
    base = [_of(f"db/{number}_old.sql") for number in old]
    added = [_of(f"db/{number}_new.sql") for number in new]
    assert [row.rule for row in numbering(base, [*base, *added])] == rules


def test_each_folder_counts_by_itself() -> None:
    rows = [_of(f"{app}/migrations/0001_initial.py") for app in ("shop", "users")]
    assert numbering([], rows) == []


@pytest.mark.parametrize(
    ("path", "before", "after", "same"),
    [
        ("a.sql", "CREATE TABLE a (id int);", "-- a\nCREATE  TABLE a\n (id int);", True),
        ("a.sql", "CREATE TABLE a (id int);", "CREATE TABLE a (id bigint);", False),
        ("a.ts", "db.query('SELECT 1')", "db.query('SELECT 2')", True),
        ("a.ts", "x()", "db.query(`ALTER TABLE a ADD b int`)", False),
        ("a.ts", "x()", "// create table a (id int)\nx()", True),
        ("a.ts", "x()", "db.query('CREATE TEMP TABLE a (id int)')", True),
        ("a.ts", "x()", "db.query('CREATE TABLE IF NOT EXISTS schema_migrations (n text)')", True),
        ("a.ts", "pgTable('a', { id: integer('id') })", "pgTable('a', {\n  id: integer('id') })", True),
        ("a.ts", "pgTable('a', { id: integer('id') })", "pgTable('a', { id: bigint('id') })", False),
        ("a.ts", "@Column() a: string;\nm() { return 1 }", "@Column() a: string;\nm() { return 2 }", True),
        ("a.ts", "@Column() a: string;", "@Column() a: number;", False),
        ("a.py", "class A(Base):\n    b = Column(Integer)\n", "class A(Base):\n    b = Column(String)\n", False),
        ("a.py", "class A(Base):\n    b: Mapped[int]\n", "class A(Base):\n    b: Mapped[str]\n", False),
        (
            "a.py",
            "class A(Model):\n    b = CharField()\n",
            "class A(Model):\n    b = CharField()\n    limit = 3\n",
            True,
        ),
        ("a.py", "x = 1", "def broken(:", True),
        ("s.prisma", "model A { id Int }", "// x\nmodel A {  id Int }", True),
        ("s.prisma", "model A { id Int }", "model A { id String }", False),
    ],
)
def test_what_a_file_says_of_the_schema(path: str, before: str, after: str, same: bool) -> None:
    assert (ddl.facts(path, before.encode()) == ddl.facts(path, after.encode())) == same


def _of(path: str) -> Migration:
    found = read(path)
    assert found is not None
    return found
