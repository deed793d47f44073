"""How migrations are named in the usual tools, and what a file says of the schema."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from harness.gates import ddl, lite
from harness.gates.column import columns
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
        ("db/00.05.00_02_items.sql", "0.5.0.2", False),
        ("db/1.2.0-items.sql", "1.2.0", False),
        ("db/20240101120000_items.sql", "20240101120000", False),
        ("db/1704110400000-Items.ts", "1704110400000", False),
        ("db/20240101_items.sql", "", False),
        ("shop/migrations/0001_initial.py", "1", True),
        ("prisma/migrations/20240101120000_init/migration.sql", "20240101120000", False),
        ("db/0007_items/up.sql", "7", True),
        ("db/up/0007_items.sql", "7", True),
        ("db/2024_03_01_1200-ae1027a6acf_items.sql", "", False),
        ("db/2024-03-01-items.sql", "", False),
        ("db/2024.03.01T10.00.00.items.ts", "", False),
        ("src/migrations/Migration20240101120000.ts", "20240101120000", False),
        ("db/0001_squashed_0004_items.py", "", True),
        ("db/patch-0007.sql", "7", True),
        ("db/step07_items.sql", "7", True),
        ("db/changeset_007_items.sql", "7", True),
        ("db/rev0007_items.py", "7", True),
        ("db/x007_items.sql", "7", True),
    ],
)
def test_the_usual_names(path: str, label: str, sequential: bool) -> None:
    found = read(path)
    assert found is not None
    assert (found.label, found.sequential, found.down) == (label, sequential, False)


def test_what_undoes_and_what_repeats() -> None:
    assert all(
        _of(path).down
        for path in ("db/001_items.down.sql", "db/U1__items.sql", "db/0007_items/down.sql", "db/down/001.sql",
                     "db/downs/001_items.sql", "db/reverts/001_items.sql")
    )  # fmt: skip
    assert _of("db/R__views.sql").repeatable


@pytest.mark.parametrize("name", ["ae1027a6acf_items.py", "2024_03_01_1200-ae1027a6acf_items.py", "1234_items.py"])
def test_alembic_numbers_by_its_own_chain(name: str) -> None:
    found = read(f"alembic/versions/{name}", b'revision: str = "ae1027a6acf"\ndown_revision = None\n')
    assert found is not None
    assert (found.number, found.label) == (-1, "")


def test_a_revision_that_is_a_number_counts() -> None:
    found = read("alembic/versions/0002_items.py", b'revision = "0002"\ndown_revision = "0001"\n')
    assert found is not None
    assert (found.number, found.sequential) == (2, True)


@pytest.mark.parametrize(
    "path", ["db/README.md", "db/run.py", "db/index.ts", "db/__init__.py", "db/env.py", "db/seed.sql", "db/2fa.sql"]
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
        (["20240101120000"], ["1"], ["migrations-order"]),
        (["V1_1_", "V2_"], ["V2_1_"], []),
        (["V1_1_", "V2_"], ["V1_5_"], ["migrations-order"]),
        (["00.05.00_01", "00.05.00_02"], ["00.06.00_01"], []),
        (["00.05.00_01", "00.06.00_01"], ["00.05.00_02"], ["migrations-order"]),
        (["0001", "0002"], ["0001_squashed_0002"], []),
        (["0001_squashed_0002"], ["3"], []),
        (["sub/1", "2"], ["3"], []),
        (["1", "2"], ["sub/1"], ["migrations-duplicate"]),
        (["1", "2"], ["sub/5"], ["migrations-gap"]),
        (["1", "2"], ["sub/3"], []),
        (["1", "2", "sub/1"], ["sub/2"], []),
        (["1", "2"], ["seeds/1"], []),
        (["1", "2"], ["down/1"], []),
    ],
)
def test_numbers(old: list[str], new: list[str], rules: list[str]) -> None:
    base = [_of(f"db/{number}_old.sql") for number in old]
    added = [_of(f"db/{number}_new.sql") for number in new]
    assert [row.rule for row in numbering(base, [*base, *added])] == rules


def test_each_folder_counts_by_itself() -> None:
    rows = [_of(f"{app}/migrations/0001_initial.py") for app in ("shop", "users")]
    assert numbering([], rows) == []


ORM, SA = 'import { DataSource } from "typeorm";\n', "from sqlalchemy import Column\n"


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
        (
            "a.ts",
            f"{ORM}@Column() a: string;\nm() {{ return 1 }}",
            f"{ORM}@Column() a: string;\nm() {{ return 2 }}",
            True,
        ),
        ("a.ts", f"{ORM}@Column() a: string;", f"{ORM}@Column() a: number;", False),
        ("a.ts", "x()", "Sentry.init({ dsn });\ni18n.init();\nfs.sync(a);\ncustomElements.define('a-b', A)", True),
        ("a.ts", ORM, f"{ORM}await sequelize.sync();", False),
        ("a.ts", ORM, f"{ORM}await Item.sync({{ alter: true }});", False),
        ("a.ts", ORM, f"{ORM}new DataSource({{ type: 'postgres', synchronize: true }})", False),
        ("a.ts", ORM, f"{ORM}new DataSource({{ type: 'postgres', synchronize: false }})", True),
        ("a.ts", "x()", "db.query('ALTER TABLE ' + t + ' ADD COLUMN b int')", False),
        ("a.ts", "x()", "db.query(`ALTER TABLE ${t} ADD COLUMN ${c} int`)", False),
        ("a.ts", "x()", "log('cannot create table rows for the view'); help('alter type of a cell')", True),
        (
            "a.py",
            f"{SA}class A(Base):\n    b = Column(Integer)\n",
            f"{SA}class A(Base):\n    b = Column(Text)\n",
            False,
        ),
        ("a.py", "x = 1", "from app import db\nclass A(db.Model):\n    b = db.Column(db.Integer)\n", False),
        (
            "a.py",
            "x = 1",
            "from pydantic import BaseModel, Field\nclass A(BaseModel):\n    b: int = Field(ge=1)\n",
            True,
        ),
        ("a.py", "x = 1", "from sqlmodel import SQLModel\nclass A(SQLModel):\n    b: int\n", True),
        ("a.py", "x = 1", "from sqlmodel import SQLModel\nclass A(SQLModel, table=True):\n    b: int\n", False),
        (
            "a.py",
            "x = 1",
            "from rest_framework import serializers\nclass A(B):\n    b = serializers.CharField()\n",
            True,
        ),
        (
            "a.py",
            "from django.db import models\nfrom rest_framework import serializers\n",
            "from django.db import models\nfrom rest_framework import serializers\nclass A(B):\n"
            "    b = serializers.CharField()\n    class Meta:\n        model = C\n        fields = ['b']\n",
            True,
        ),
        ("a.py", "x = 1", "from rich.table import Table\nt = Table(title='a')\n", True),
        ("a.py", "x = 1", 'def f():\n    """Create table rows, and alter table a add b."""\n    return 1\n', True),
        ("a.py", "x = 1", "log('could not create table for %s')\nlog('drop table')\n", True),
        ("a.py", "x = 1", "db.execute(f'ALTER TABLE {t} ADD COLUMN b int')", False),
        ("a.py", "x = 1", "db.execute(f'CREATE TABLE {t} (b int)')", False),
        ("a.py", "x = 1", "db.execute('ALTER TABLE ' + t + ' DROP COLUMN b')", False),
        ("a.py", "x = 1", "db.execute('ALTER TABLE %s RENAME TO c' % t)", False),
        ("a.py", "x = 1", "db.execute('DROP INDEX IF EXISTS {}'.format(t))", False),
        ("a.py", "x = 1", "Base.metadata.create_all(bind=engine)", False),
        ("a.py", "x = 1", "async def f(c):\n    await c.run_sync(Base.metadata.create_all)\n", False),
        ("a.py", "x = 1", "async def f(c):\n    await c.run_sync(load)\n", True),
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


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "from sqlalchemy import MetaData\nmeta = MetaData()\nmeta.create_all(engine)\n"),
        ("a.py", "from peewee import SqliteDatabase\nstore = SqliteDatabase('a')\nstore.create_tables([A])\n"),
        ("a.py", "from .ext import orm\nclass A(orm.Model):\n    b = orm.Column(orm.String)\n"),
        ("a.py", "from .base import Base, Column\nclass A(Base):\n    b = Column(1)\n"),
        ("a.py", "from pony.orm import *\nclass A(db.Entity):\n    b = Required(str)\n"),
        ("a.py", "from piccolo.columns import Varchar\nclass A(Table):\n    b = Varchar()\n"),
        ("a.py", "import sqlalchemy as q\ndef a(m):\n    return q.Table('a', m, q.Column('b'))\n"),
        ("a.py", "from sqlalchemy import Table\na: Table = Table('a', m, c)\n"),
        ("a.py", "from alembic import op\ndef f():\n    op.add_column('a', c)\n"),
        ("a.ts", "import { Entity, Column } from '../orm.js';\n@Entity()\nexport class A { @Column() b!: string; }\n"),
        ("a.ts", "import { EntitySchema } from 'typeorm';\nexport const A = new EntitySchema({ name: 'a' });\n"),
        ("a.ts", "import { text } from 'drizzle-orm/pg-core';\nexport const a = createTable('a', { b: text('b') });\n"),
        ("a.ts", "export const up = (k: Knex) => k.schema.table('a', (t) => { t.string('b'); });\n"),
        ("a.ts", "export const up = (k: Knex) => k.schema.dropTableIfExists('a');\n"),
        ("a.ts", "import { Sequelize } from 'sequelize';\nconst link = new Sequelize(url);\nawait link.sync();\n"),
        ("a.ts", "import { MikroORM } from '@mikro-orm/core';\nawait orm.schema.update();\n"),
    ],
)
def test_mappers_by_any_name(path: str, text: str) -> None:
    assert ddl.facts(path, text.encode())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "from rich.table import Table, Column\nrows = Table('a', Column('b'))\n"),
        ("a.py", "class A(Base):\n    b = Text()\n"),
        ("a.py", "indices.create_all()\n"),
        ("a.ts", "sheet.addColumn('b');\n"),
        ("a.ts", "const rows = createTable('a', columns);\n"),
        ("a.ts", "await folder.sync();\n"),
    ],
)
def test_what_only_looks_like_a_mapper(path: str, text: str) -> None:
    assert not ddl.facts(path, text.encode())


def test_a_file_that_defines_tables_by_the_configuration_needs_no_import() -> None:
    text = b"from app.base import Row, Column\nclass A(Row):\n    b = Column(1)\n"
    assert not ddl.facts("a.py", text)
    assert ddl.facts("a.py", text, sure=True)


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a.py", "class A(B):\n    __tablename__ = 'a'\n    b = Column(Integer)\n    c = relationship('C')\n", {"b"}),
        (
            "a.py",
            "class A(B):\n    __tablename__ = 'a'\n    b: Mapped[int]\n    c = mapped_column('d', Text)\n",
            {"b", "d"},
        ),
        ("a.py", "class a(models.Model):\n    b = models.CharField()\n    c = models.ManyToManyField('C')\n", {"b"}),
        ("a.py", "class Mixin:\n    b = Column(Integer)\n", None),
        ("a.ts", "@Entity('a')\nexport class A {\n @Column({ length: 8 })\n b!: string;\n n = 1;\n}\n", {"b"}),
        ("a.ts", "@Entity({ name: 'a' })\nclass A {\n @Column({ name: 'd' }) @Index() b: string;\n}\n", {"d"}),
    ],
)
def test_the_columns_that_a_model_names(path: str, text: str, found: set[str] | None) -> None:
    wanted = set() if found is None else {("a", ""), *(("a", name) for name in found)}
    assert columns(path, text.encode()) == wanted


def test_a_file_without_an_entity_names_no_column() -> None:
    assert not columns("src/repositories/tokens.ts", b"export class Tokens {}\n")


def test_a_file_of_sqlite_is_read_without_following_or_trusting_it(tmp_path: Path) -> None:
    file, room = tmp_path / "database.sqlite", tmp_path / "room"
    room.mkdir()
    assert lite.schema(file, room) == ""
    file.write_bytes(b"SQLite format 3\0" + b"x" * 4096)
    assert lite.schema(file, room) == ""
    file.unlink()
    with closing(sqlite3.connect(tmp_path / "real.sqlite")) as database:
        database.execute("CREATE TABLE a (id int, CHECK (id > 1))")
        database.execute('ALTER TABLE a ADD COLUMN "b" text')
        database.commit()
    file.symlink_to("real.sqlite")
    assert lite.schema(file, room) == ""
    facts = json.loads(lite.schema(tmp_path / "real.sqlite", room))
    assert facts == ["column a: b text", "column a: check (id > 1)", "column a: id int", "table a"]


def _of(path: str) -> Migration:
    found = read(path)
    assert found is not None
    return found
