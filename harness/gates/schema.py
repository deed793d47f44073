"""Brings a database to the schema of a tree, by the project's own command."""

from __future__ import annotations

from pathlib import Path

from harness.config import Config
from harness.gates.report import tail, unrun
from harness.gates.servers import Servers
from harness.ports import Bench, Outcome


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
