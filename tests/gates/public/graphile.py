"""graphile-worker: jobs on PostgreSQL from npm, with plain numbers and a variable in its migrations."""

from __future__ import annotations

from collections.abc import Iterator

from tests.gates.corpus.delivery import Delivery
from tests.gates.public.package import Package, Published, Trial, papers, tried
from tests.gates.public.postgres import MIGRATE

_CONFIG = """[project]
name = "graphile-worker"
language = "javascript"
[commands]
migrate = "psql -X -q -c 'CREATE SCHEMA IF NOT EXISTS graphile_worker' && \
python3 migrate.py sql :GRAPHILE_WORKER_SCHEMA=graphile_worker"
[migrations]
paths = ["sql/*.sql"]
[services]
postgres = true
"""
_NEXT = "sql/000019.sql"
_COLUMN = "alter table :GRAPHILE_WORKER_SCHEMA._private_tasks add column owner text{};\n"
PAPERS = papers(
    "tasks",
    "Nobody can tell which team a task belongs to.",
    "Each task has an owner.",
    "Owner of a task: The library SHALL keep the owner of each task.",
    "a task is new -> it has an owner",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """An honest branch with a column, and one whose column tables with rows can't get."""
    yield from tried(
        {_NEXT: _COLUMN.format(" not null default 'nobody'")},
        {"migrations": Trial({_NEXT: _COLUMN.format(" not null")}, "migrations-rows", _NEXT)},
        message="feat: keep the owner of each task", before=PAPERS,
    )  # fmt: skip


PACKAGE = Package("graphile-worker", "0.16.6", "npm", _CONFIG, (), deliveries, {"migrate.py": MIGRATE})
