"""Migrations in Python and Node, in files and in PostgreSQL: those that run, and those that are missing or do not."""

from __future__ import annotations

from collections.abc import Mapping

from tests.gates.corpus.delivery import Delivery, Files, Need

LITE = """
import os, pathlib, sqlite3, sys
db = sqlite3.connect(os.environ["DATABASE_URL"].removeprefix("sqlite:///"))
db.execute("CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY)")
done = {row[0] for row in db.execute("SELECT name FROM schema_migrations")}
for path in sorted(pathlib.Path("migrations").rglob("*.sql")):
    if path.name not in done and ".down." not in path.name:
        try:
            db.executescript(path.read_text())
        except sqlite3.Error as error:
            sys.exit(f"{path}: {error}")
        db.execute("INSERT INTO schema_migrations VALUES (?)", (path.name,))
        db.commit()
"""
_PG = """
import os, pathlib, sys
import pg8000.dbapi
from urllib.parse import urlsplit
at = urlsplit(os.environ["DATABASE_URL"])
db = pg8000.dbapi.connect(at.username, host=at.hostname, port=at.port, password=at.password, database=at.path[1:])
cursor = db.cursor()
cursor.execute("CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY)")
cursor.execute("SELECT name FROM schema_migrations")
done = {row[0] for row in cursor.fetchall()}
for path in sorted(pathlib.Path("db").glob("V*.sql")):
    if path.name not in done:
        try:
            cursor.execute(path.read_text())
        except pg8000.dbapi.DatabaseError as error:
            sys.exit(f"{path.name}: {error.args[0]['M']}")
        cursor.execute("INSERT INTO schema_migrations VALUES (%s)", (path.name,))
        db.commit()
"""
_NODE = """
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
const psql = (...args) => execFileSync("psql", ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", ...args], {
  encoding: "utf8", stdio: ["ignore", "pipe", "inherit"],
});
psql("-c", "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY)");
const done = psql("-c", "SELECT name FROM schema_migrations").split("\\n");
for (const name of readdirSync("migrations").sort()) {
  if (done.includes(name)) continue;
  psql("-1", "-f", `migrations/${name}`, "-c", `INSERT INTO schema_migrations VALUES ('${name}')`);
}
"""
_LITE_CONFIG = """
[project]
language = "python"
[commands]
migrate = "python migrate.py"
[migrations]
paths = ["**/migrations/**/*.sql"]
tables = ["app/models.py"]
"""
_PG_CONFIG = """
[project]
language = "python"
[commands]
migrate = "python migrate.py"
[services]
postgres = true
[migrations]
paths = ["db/*.sql"]
"""
_NODE_CONFIG = """
[project]
language = "typescript"
[commands]
migrate = "node migrate.mjs"
[services]
postgres = true
[migrations]
paths = ["migrations/*.sql"]
tables = ["src/entities/*.ts"]
"""
_MODELS = '''
"""Tables."""
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class Item(Base):
    """An item."""
    __tablename__ = "items"
    id = Column(Integer, primary_key=True)
    name = Column(String(80))
'''
_MORE = _MODELS + "    price = Column(Integer)\n"
ITEMS = "CREATE TABLE items (id integer PRIMARY KEY, name varchar(80));\n"
PRICE = "ALTER TABLE items ADD COLUMN price integer;\n"
_LITE_BASE = {"migrate.py": LITE, "app/models.py": _MODELS, "migrations/001_items.sql": ITEMS}
_PG_BASE = {"migrate.py": _PG, "db/V1__items.sql": ITEMS, "app/store.py": "x = 1\n"}
_ENTITY = """
import { Column, Entity, PrimaryColumn } from "typeorm";
@Entity("items")
export class Item {
  @PrimaryColumn()
  id!: number;
  @Column({ length: 80 })
  name!: string;
}
"""
_PRICED = _ENTITY.replace("  name!: string;\n", "  name!: string;\n  @Column({ nullable: true })\n  price!: number;\n")
_NODE_BASE = {
    "migrate.mjs": _NODE, "src/entities/item.ts": _ENTITY, "migrations/20240101120000_items.sql": ITEMS,
}  # fmt: skip


_NEEDED = "ALTER TABLE items ADD COLUMN price integer NOT NULL"
_CHAIN = """
import importlib.util, os, pathlib, sqlite3
db = sqlite3.connect(os.environ["DATABASE_URL"].removeprefix("sqlite:///"))
db.execute("CREATE TABLE IF NOT EXISTS alembic_version (num text)")
modules = {}
for path in sorted(pathlib.Path("alembic/versions").glob("*.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    modules[module.down_revision] = module
at = next(iter(db.execute("SELECT num FROM alembic_version")), (None,))[0]
while at in modules:
    modules[at].upgrade(db)
    at = modules[at].revision
    db.execute("DELETE FROM alembic_version")
    db.execute("INSERT INTO alembic_version VALUES (?)", (at,))
    db.commit()
"""


def _revision(own: str, before: str, text: str) -> str:
    return (
        f'"""{own}."""\n\nrevision: str = "{own}"\ndown_revision = {before or None!r}\n\n\n'
        f'def upgrade(db):\n    db.execute("""{text}""")\n\n\ndef downgrade(db):\n    raise NotImplementedError\n'
    )


_CHAIN_BASE = {
    "migrate.py": _CHAIN, "app/models.py": _MODELS,
    "alembic/versions/2024_03_01_0900-1a2b3c4d5e6f_items.py": _revision("1a2b3c4d5e6f", "", ITEMS),
}  # fmt: skip
_CHAIN_CONFIG = _LITE_CONFIG.replace("migrations/**/*.sql", "alembic/versions/*.py")


def _lite(name: str, files: Files, base: Files = _LITE_BASE, *, rule: str = "", at: str = "") -> Delivery:
    return Delivery("migrations", name, files, base, _LITE_CONFIG, rule=rule, at=at, long=name in _LONG)


def _served(
    name: str, files: Files, base: Mapping[str, str], config: str, *needs: Need, rule: str = "", at: str = ""
) -> Delivery:
    return Delivery("migrations", name, files, base, config, rule=rule, at=at, needs=needs, long=name in _LONG)


_LONG = (
    "synchronised at the start", "a number among times", "put together in passing", "all tables made at the start",
    "fields of an API, and words about tables", "a number left out", "a number taken twice",
)  # fmt: skip
"""Unit tests show the same of the files."""
DELIVERIES = (
    _lite("the next number", {"migrations/002_price.sql": PRICE, "app/models.py": _MORE}),
    _lite(
        "models that say the same in other words",
        {"app/models.py": _MODELS.replace("An item.", "One item of the shop.") + "    def __repr__(self):\n"
         "        return f'Item({self.id})'\n", "app/other.py": "# CREATE TABLE nothing (id int)\nx = 2\n"},
    ),
    _lite(
        "up and down, from nought", {
            "migrations/0000_items.up.sql": ITEMS, "migrations/0000_items.down.sql": "DROP TABLE items;\n",
            "migrations/0001_price.up.sql": PRICE, "migrations/0001_price.down.sql": "SELECT 1;\n",
            "migrations/README.md": "Up and down.\n", "app/models.py": _MORE,
        }, {"migrate.py": LITE},
    ),
    _served(
        "versions with a view", {
            "db/V2__price.sql": PRICE,
            "db/V3__cheap.sql": "CREATE VIEW cheap AS SELECT * FROM items WHERE price < 9;\n",
            "app/store.py": 'QUERY = "SELECT price FROM items"\n',
        }, _PG_BASE, _PG_CONFIG, "postgres",
    ),
    _served(
        "timestamps", {"migrations/20240301080000_price.sql": PRICE, "src/entities/item.ts": _PRICED},
        _NODE_BASE, _NODE_CONFIG, "postgres", "node",
    ),
    _lite(
        "a table built anew with the column", {
            "app/models.py": _MORE, "migrations/002_price.sql":
            "CREATE TABLE n (id integer PRIMARY KEY, name varchar(80), price integer);\n"
            "INSERT INTO n (id, name) SELECT id, name FROM items;\nDROP TABLE items;\nALTER TABLE n RENAME TO items;\n",
        },
    ),
    _lite("rows alone", {"migrations/002_pen.sql": "INSERT INTO items (id, name) VALUES (1, 'pen');\n"}),
    _lite(
        "a model that shares its column, beside rows", {
            "migrations/002_pen.sql": "INSERT INTO items (id, name) VALUES (1, 'pen');\n",
            "app/models.py": _MODELS.replace("class Item(Base):", "class Named:\n    name = Column(String(80))\n"
            "class Item(Named, Base):").replace("    name = Column(String(80))\n", "", 2).replace(
            "class Named:\n", "class Named:\n    name = Column(String(80))\n"),
        },
    ),
    _lite("a column that has another name there", {
        "migrations/002_price.sql": PRICE.replace("price", "unit_price"),
        "app/models.py": _MODELS + "    price = Column('unit_price', Integer)\n",
    }),
    _lite("a column that is needed, with a default", {
        "migrations/002_price.sql": f"{_NEEDED} DEFAULT 0;\n",
        "app/models.py": _MODELS + "    price = Column(Integer, nullable=False)\n",
    }),
    _served(
        "a column that is needed, in three steps", {
            "db/V2__price.sql": "ALTER TABLE items ADD COLUMN price integer;\nUPDATE items SET price = 0;\n"
            "ALTER TABLE items ALTER COLUMN price SET NOT NULL;\n",
        }, _PG_BASE, _PG_CONFIG, "postgres",
    ),
    _lite("a column that is needed, of a table that is emptied in so many words", {
        "migrations/002_price.sql": f"DELETE FROM items;\n{_NEEDED};\n",
        "app/models.py": _MODELS + "    price = Column(Integer, nullable=False)\n",
    }),
    _served(
        "a type to which not every row can be brought",
        {"db/V2__key.sql": "ALTER TABLE items ALTER COLUMN name TYPE uuid USING name::uuid;\n"},
        _PG_BASE, _PG_CONFIG, "postgres",
    ),
    _served(
        "revisions that are named by day", {
            "alembic/versions/2024_03_09_1015-6f5e4d3c2b1a_price.py": _revision("6f5e4d3c2b1a", "1a2b3c4d5e6f", PRICE),
            "app/models.py": _MORE,
        }, _CHAIN_BASE, _CHAIN_CONFIG,
    ),
    _lite("fields of an API, and words about tables", {
        "app/api.py": (
            "from pydantic import BaseModel, Field\nfrom rest_framework import serializers\n\n\n"
            'class Order(BaseModel):\n    """Create table orders for guests."""\n\n    seats: int = Field(ge=1)\n\n\n'
            "class Out(serializers.Serializer):\n    seats = serializers.IntegerField()\n"
        ),
        "app/store.py": 'def seats(db, names):\n    return db.execute(f"SELECT {names} FROM items ORDER BY id")\n',
    }),
    _lite("an application's first ones, beside another's", {
        "users/migrations/0001_initial.sql": "CREATE TABLE users (id integer);\n",
    }, {"migrate.py": LITE.replace('Path("migrations")', 'Path(".")').replace("path.name", "str(path)"),
        "shop/migrations/0001_initial.sql": ITEMS, "shop/migrations/0002_price.sql": PRICE}),
    _lite(
        "a column that is needed, and rows that lack it",
        {"migrations/002_price.sql": f"{_NEEDED};\n", "app/models.py": _MORE},
        rule="migrations-rows", at="migrations/002_price.sql",
    ),
    _served(
        "a column that is needed, and rows that lack it", {"db/V2__price.sql": f"{_NEEDED};\n"},
        _PG_BASE, _PG_CONFIG, "postgres", rule="migrations-rows", at="db/V2__price.sql",
    ),
    _served(
        "a table made anew without its rows",
        {"db/V2__price.sql": "DROP TABLE items;\n" + ITEMS.replace("name", "price integer NOT NULL, name")},
        _PG_BASE, _PG_CONFIG, "postgres", rule="migrations-rows", at="db/V2__price.sql",
    ),
    _lite(
        "put together in passing",
        {"app/start.py": 'def start(db, name):\n    db.execute(f"ALTER TABLE {name} ADD COLUMN price int")\n'},
        rule="migrations-missing", at="app/start.py:2",
    ),
    _lite(
        "all tables made at the start",
        {"app/start.py": "from app.models import Base\n\n\ndef start(engine):\n    Base.metadata.create_all(engine)\n"},
        rule="migrations-missing", at="app/start.py:5",
    ),
    _served(
        "synchronised at the start",
        {"src/start.ts": 'import { Sequelize } from "sequelize";\nexport const start = async (db: Sequelize) => {\n'
         "  await db.sync({ alter: true });\n};\n"},
        _NODE_BASE, _NODE_CONFIG, "postgres", "node", rule="migrations-missing", at="src/start.ts:3",
    ),
    _lite(
        "numbers that begin anew below", {"migrations/shop/001_price.sql": PRICE, "app/models.py": _MORE},
        rule="migrations-duplicate", at="migrations/shop/001_price.sql",
    ),
    _lite(
        "no number", {"migrations/add_price.sql": PRICE, "app/models.py": _MORE},
        rule="migrations-unnumbered", at="migrations/add_price.sql",
    ),
    _served(
        "a revision edited", {
            "alembic/versions/2024_03_01_0900-1a2b3c4d5e6f_items.py":
            _revision("1a2b3c4d5e6f", "", ITEMS.replace("id", "price integer, id")), "app/models.py": _MORE,
        }, _CHAIN_BASE, _CHAIN_CONFIG, rule="migrations-edited",
    ),
    _served(
        "a number among times", {"migrations/001_price.sql": PRICE, "src/entities/item.ts": _PRICED},
        _NODE_BASE, _NODE_CONFIG, "postgres", "node", rule="migrations-order", at="migrations/001_price.sql",
    ),
    _lite(
        "nothing in it, for a file", {"migrations/002_price.sql": "SELECT 1;\n", "app/models.py": _MORE},
        rule="migrations-empty", at="migrations/002_price.sql",
    ),
    _lite(
        "another table's migration",
        {"migrations/002_tags.sql": "CREATE TABLE tags (id integer);\n", "app/models.py": _MORE},
        rule="migrations-missing", at="app/models.py:11",
    ),
    _lite(
        "an index on an old column",
        {"migrations/002_name.sql": "CREATE INDEX i ON items (name);\n", "app/models.py": _MORE},
        rule="migrations-missing", at="app/models.py:11",
    ),
    _lite(
        "a command that runs nothing any more",
        {"migrations/002_price.sql": PRICE, "app/models.py": _MORE, "migrate.py": "print('done')\n"},
        rule="migrations-differ",
    ),
    _lite(
        "a command that makes an empty file", {
            "migrations/001_items.sql": ITEMS, "app/models.py": _MODELS,
            "migrate.py": "import os\nopen(os.environ['DATABASE_URL'].removeprefix('sqlite:///'), 'w').close()\n",
        }, {}, rule="migrations-empty", at="migrations/001_items.sql",
    ),
    _lite("a column without a migration", {"app/models.py": _MORE}, rule="migrations-missing", at="app/models.py:11"),
    _lite(
        "a table made in passing",
        {"app/start.py": 'def start(db):\n    db.execute("""CREATE TABLE prices\n (item int, price int)""")\n'},
        rule="migrations-missing", at="app/start.py:2",
    ),
    _lite(
        "an old one edited", {"migrations/001_items.sql": ITEMS + PRICE, "app/models.py": _MORE},
        rule="migrations-edited", at="migrations/001_items.sql",
    ),
    _lite(
        "an old one renamed", {"migrations/001_items.sql": None, "migrations/001_things.sql": ITEMS},
        rule="migrations-removed", at="migrations/001_items.sql",
    ),
    _lite(
        "a number left out", {"migrations/003_price.sql": PRICE, "app/models.py": _MORE},
        rule="migrations-gap", at="migrations/003_price.sql",
    ),
    _lite(
        "a number taken twice", {"migrations/001_price.sql": PRICE, "app/models.py": _MORE},
        rule="migrations-duplicate", at="migrations/001_price.sql",
    ),
    _lite(
        "a typo, which nobody is told of", {
            "migrations/002_price.sql": PRICE.replace("TABLE items", "TABLE itens"),
            "migrate.py": LITE.replace('sys.exit(f"{path}: {error}")', "pass"),
        }, rule="migrations-empty", at="migrations/002_price.sql",
    ),
    _lite(
        "a typo", {"migrations/002_price.sql": PRICE.replace("TABLE items", "TABLE itens"), "app/models.py": _MORE},
        rule="migrations-run", at="migrations/002_price.sql",
    ),
    _served(
        "nothing in it",
        {"migrations/20240301080000_price.sql": "-- later\nSELECT 1;\n", "src/entities/item.ts": _PRICED},
        _NODE_BASE, _NODE_CONFIG, "postgres", "node", rule="migrations-empty", at="migrations/20240301080000_price.sql",
    ),
    _served(
        "right for old databases alone",
        {"db/V2__price.sql": "DO $$ BEGIN IF EXISTS (SELECT 1 FROM schema_migrations) THEN "
         "ALTER TABLE items ADD COLUMN price int; END IF; END $$;\n",
         "db/V1__items.sql": "CREATE TABLE items (id integer PRIMARY KEY, name text);\n"},
        _PG_BASE, _PG_CONFIG, "postgres", rule="migrations-differ",
    ),
    _served(
        "the database says no", {"db/V2__price.sql": "ALTER TABLE items ADD COLUMN price money_of_ours;\n"},
        _PG_BASE, _PG_CONFIG, "postgres", rule="migrations-run", at="db/V2__price.sql",
    ),
)  # fmt: skip
