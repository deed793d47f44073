"""procrastinate: tasks on PostgreSQL, whose migrations are numbered by its versions."""

from __future__ import annotations

from collections.abc import Iterator

from tests.gates.corpus.delivery import Delivery
from tests.gates.public.package import Package, Published, Trial, papers, tried
from tests.gates.public.postgres import MIGRATE

_FOLDER, _SCHEMA = "procrastinate/sql/migrations", "procrastinate/sql/schema.sql"
_CONFIG = f"""[project]
name = "procrastinate"
language = "python"
[commands]
migrate = "python3 migrate.py {_FOLDER}"
[migrations]
paths = ["{_FOLDER}/*.sql"]
tables = ["{_SCHEMA}"]
[services]
postgres = true
"""
_LAST = "    CONSTRAINT check_not_todo_abort_requested"
_NEXT = f"{_FOLDER}/03.03.00_01_pre_add_note.sql"
PAPERS = papers(
    "jobs",
    "Operators have no place to say why they put a job off.",
    "Each job may have a note.",
    "Note on a job: The library SHALL keep a note with each job.",
    "a job has a note -> it is stored with the job",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """An honest branch with a column, and one that changes the schema alone."""
    schema = published.edited(_SCHEMA, _LAST, f"    note text,\n{_LAST}")
    honest = {_SCHEMA: schema, _NEXT: "ALTER TABLE procrastinate_jobs ADD COLUMN note text;\n"}
    yield from tried(
        {_SCHEMA: schema},
        {"migrations": Trial({_NEXT: None}, "migrations-missing", _SCHEMA, also=honest)},
        message="feat: keep a note with each job", before=PAPERS,
    )  # fmt: skip


PACKAGE = Package("procrastinate", "3.2.2", "pypi", _CONFIG, (), deliveries, {"migrate.py": MIGRATE})
