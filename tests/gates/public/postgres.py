"""How files of SQL are run for the trials on PostgreSQL."""

from __future__ import annotations

MIGRATE = """import pathlib
import subprocess
import sys


def psql(*args, text=""):
    command = ["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", *args]
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.split()


psql("-c", "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY)")
done = psql("-c", "SELECT name FROM schema_migrations")
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.sql")):
    if path.name not in done:
        text = path.read_text()
        for name, _, value in (each.partition("=") for each in sys.argv[2:]):
            text = text.replace(name, value)
        psql("-1", "-f", "-", "-c", f"INSERT INTO schema_migrations VALUES ('{path.name}')", text=text)
"""
"""`migrate.py FOLDER [NAME=VALUE]…`: each file once, in the order of their names, with values for names in it."""
