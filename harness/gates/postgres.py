"""A private PostgreSQL from the machine's own programs."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from harness.errors import Mistake
from harness.gates.report import tail
from harness.gates.server import Beside, Role, Use
from harness.ports import Command, Limits

PACKAGES = "apt-get install postgresql"
_PROGRAMS = ("initdb", "postgres", "psql", "pg_isready")
_PLACES = ("/usr/lib/postgresql", "/usr/pgsql-*", "/opt/homebrew/opt/postgresql*", "/usr/local/opt/postgresql*")
_DATABASE, _OWN = "app", "harness"
_USERS: dict[Role, str] = {"service": "app", "tests": "tests"}
_READY = "ready"
_SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "16MB",
    "autovacuum": "off", "max_connections": "100", "jit": "off", "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_utility": "off", "pg_stat_statements.track": "all", "pg_stat_statements.save": "off",
    "unix_socket_permissions": "0777",
}  # fmt: skip
"""Nothing has to outlive the run. The counters of statements are exact at once; those of tables lag by seconds."""
_SCHEMA = """
CREATE ROLE app LOGIN PASSWORD '{service}';
CREATE ROLE tests LOGIN PASSWORD '{tests}' IN ROLE app;
CREATE DATABASE app OWNER app;
CREATE EXTENSION pg_stat_statements;
\\connect app
GRANT ALL ON SCHEMA public TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE tests GRANT ALL ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE tests GRANT ALL ON SEQUENCES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE tests GRANT ALL ON SCHEMAS TO app;
"""
"""Tests are a user of their own, who may do all that the service may, so that the counters tell them apart."""
_USED = """
SELECT coalesce(json_object_agg(role, calls), '{}') FROM (
  SELECT r.rolname AS role, sum(s.calls) AS calls FROM pg_stat_statements s
  JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.userid,
  LATERAL (SELECT regexp_replace(s.query, '/\\*.*?\\*/|--[^\\n]*', ' ', 'g') AS text) q
  WHERE d.datname = 'app' AND (
    q.text ~* '\\m(into|update|delete from|merge into)\\M\\s+(only\\s+)?(?!"?(?:pg_|information_schema))["\\w]'
    OR q.text ~*
    '\\m(from|join)\\M\\s+(only\\s+|lateral\\s+)?(?!"?(?:pg_|information_schema))["\\w.]+(?!["\\w.]|\\s*\\()')
  GROUP BY 1) used
"""
"""Statements that read or write tables of the database's own, by user; a `SELECT 1` is none."""


class Postgres:
    """One fresh server with one empty database, `app`, that belongs to a user without further rights."""

    def __init__(self, port: int) -> None:
        """Mistake where the machine has no PostgreSQL."""
        why = absent()
        if why:
            raise Mistake(why)
        folder = programs()
        assert folder is not None
        self.name = "PostgreSQL"
        self.key = "postgres"
        self.port = port
        self.socket = f".s.PGSQL.{port}"
        self.read: tuple[Path, ...] = () if folder.is_relative_to("/usr") else (folder.parent,)
        self._bin = folder
        self._passwords: dict[Role, str] = {role: secrets.token_hex(12) for role in _USERS}
        own = secrets.token_hex(12)
        self.secret: Mapping[str, str] = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": _OWN, "PGPASSWORD": own}

    def shell(self, sockets: str, address: str) -> str:
        """Make the data directory, start, make users and database, and say that it is ready."""
        settings = " ".join(f"-c {key}={value}" for key, value in _SETTINGS.items())
        schema = _SCHEMA.format(**self._passwords)
        own = f"PGHOST='{sockets}' {self._bin}"
        return f"""
umask 077
printf %s "$PGPASSWORD" >password
cat >schema.sql <<'END'
{schema}
END
"{self._bin}/initdb" -D data -U {_OWN} --pwfile=password -A scram-sha-256 -E UTF8 --no-locale --no-sync \\
  --wal-segsize=4 >log 2>&1 || {{ cat log; exit 1; }}
(
  until {own}/pg_isready -q; do sleep 0.02; done
  {own}/psql -X -q -v ON_ERROR_STOP=1 -d postgres -f schema.sql && touch '{sockets}/{_READY}' || kill $$
) &
exec "{self._bin}/postgres" -D data -k '{sockets}' -p {self.port} -c listen_addresses='{address}' {settings}
"""

    def ready(self, sockets: Path) -> bool:
        """Whether its users and its database are made."""
        return (sockets / _READY).is_file()

    def env(self, role: Role) -> dict[str, str]:
        """The variables of libpq, and DATABASE_URL."""
        user, password, at = _USERS[role], self._passwords[role], f"127.0.0.1:{self.port}"
        return {
            "DATABASE_URL": f"postgresql://{user}:{password}@{at}/{_DATABASE}",
            "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": user, "PGPASSWORD": password,
            "PGDATABASE": _DATABASE,
        }  # fmt: skip

    def mark(self, beside: Beside) -> None:
        """Set the counters to nought."""
        self.ask(beside, "SELECT pg_stat_statements_reset()")

    def use(self, beside: Beside) -> Use:
        """Statements on tables since `mark`; the harness's own are on none of the database's."""
        said = self.ask(beside, _USED)
        try:
            counts = {str(name): int(count) for name, count in json.loads(said).items()}
        except (ValueError, AttributeError, TypeError) as error:
            raise Mistake(f"{self.name} does not say what it was used for: {tail(said, 300)}") from error
        service, tests = (counts.get(_USERS[role], 0) for role in ("service", "tests"))
        return Use(self.name, "statements on tables", service, tests)

    def ask(self, beside: Beside, text: str, database: str = "postgres") -> str:
        """What the server answers to the harness, who may ask for everything; Mistake where it does not."""
        with beside.bench.scratch() as tree:
            (tree / "ask.sql").write_text(text, encoding="utf-8")
            outcome = beside.bench.sandbox.run(beside.joined(self.client("ask.sql", tree, database), None))
        if outcome.code:
            raise Mistake(f"{self.name} does not answer: {tail(outcome.output, 300) or beside.fault()}")
        return outcome.output.strip()

    def client(self, file: str, tree: Path, database: str) -> Command:
        """A command that sends the text in `file` of `tree`, as the user that its environment names."""
        shell = f'"{self._bin}/psql" -X -q -t -A -v ON_ERROR_STOP=1 -d {database} -f {file}'
        return Command(shell, tree, read=self.read, limits=Limits(wall=60))


def absent() -> str:
    """What of PostgreSQL this machine lacks and how it gets it, or ''."""
    folder = programs()
    if folder is None:
        return f"[services] postgres needs PostgreSQL's programs, which are not found here: {PACKAGES}"
    libraries = (folder.parent / "lib", folder.parent / "lib/postgresql", folder.parent / "lib64/pgsql")
    if not any(any(place.glob("pg_stat_statements.*")) for place in libraries) and folder.parent != Path("/usr"):
        return "[services] postgres needs PostgreSQL's pg_stat_statements: apt-get install postgresql-contrib"
    return ""


def programs(where: tuple[str, ...] = _PLACES) -> Path | None:
    """The directory with PostgreSQL's programs, the newest version's; None where there is none."""
    places = [place for pattern in where for place in Path("/").glob(pattern.lstrip("/"))]
    found = [each / "bin" for place in places for each in (place, *place.glob("*"))]
    named = shutil.which("postgres")
    found += [Path(named).resolve().parent] if named else []
    whole = [path for path in found if all((path / name).is_file() for name in _PROGRAMS)]
    return max(whole, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], default=None)
