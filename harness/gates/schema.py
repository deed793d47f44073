"""Brings a database to the schema of a tree, by the project's own command."""

from __future__ import annotations

from pathlib import Path

from harness.config import Config
from harness.gates.postgres import Postgres
from harness.gates.report import tail, unrun
from harness.gates.servers import Servers
from harness.ports import Bench, Outcome

_SHAPE = """
SELECT coalesce(json_agg(fact ORDER BY fact), '[]') FROM (
  SELECT 'column ' || table_schema || '.' || table_name || '.' || column_name || ' ' || udt_name || ' '
    || is_nullable || ' ' || coalesce(column_default, '') || ' ' || coalesce(character_maximum_length::text, '') AS fact
  FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
  UNION SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
  UNION SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema'))
  UNION SELECT 'value ' || t.typname || ' ' || e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
  UNION SELECT 'view ' || schemaname || '.' || viewname || ' ' || definition FROM pg_views
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
  UNION SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION SELECT 'function ' || p.proname || ' ' || coalesce(p.prosrc, '') FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
) facts
"""
"""All that the schema consists of; the order of columns is none of it."""


def shape(beside: Servers) -> str:
    """The schema of the PostgreSQL database, as a JSON list of what it consists of; '' where there is none."""
    for each in beside.running:
        if isinstance(each.kind, Postgres):
            return each.kind.ask(each, _SHAPE, "app")
    return ""


def migrated(config: Config, tree: Path, beside: Servers, bench: Bench) -> Outcome:
    """How `[commands] migrate` ended in the checkout `tree`."""
    return bench.sandbox.run(beside.joined(bench.command(config.commands.migrate, tree), "service"))


def unmigrated(config: Config, tree: Path, beside: Servers, bench: Bench) -> str:
    """Why a fresh database could not be given its schema, or ''. One that is a file lies in `tree` from then on."""
    command = config.commands.migrate
    if not command.strip():
        return ""
    outcome = migrated(config, tree, beside, bench)
    if not outcome.code and not outcome.limit:
        return ""
    why = unrun(outcome, command) or f"`{command}` ended with {outcome.code}: {tail(outcome.output, 600)}"
    return f"the fresh database could not be given its schema: {why}"
