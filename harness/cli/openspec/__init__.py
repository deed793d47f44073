"""`harness openspec`: OpenSpec's command line, with its flags, its JSON and its exit codes."""

from __future__ import annotations

import sys

import click


@click.command(
    "openspec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []},
)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def openspec_command(args: tuple[str, ...]) -> int:
    """OpenSpec's own commands on this repository: new change, status, list, show, validate, instructions, archive.

    The flags, the JSON and the exit codes are those of OpenSpec 1.13.2; `harness openspec --help` lists them. What
    differs on purpose is in docs/openspec.md.
    """
    from harness.cli.openspec.dispatch import run

    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    return run(list(args))
