"""harness transcript"""

from __future__ import annotations

from pathlib import Path

import click

from harness import __version__
from harness.cli import render
from harness.cli.options import CHANGE, here
from harness.errors import Mistake, Refused
from harness.journal.jsonl import dump


@click.command("transcript")
@CHANGE
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A new file; without it, standard output.")
@click.option("--note", default="", help="Goes into the first line, such as where the run was made.")
def transcript_command(change: str, output: Path | None, note: str) -> int:
    """Export the whole record of CHANGE, as lines of JSON that `harness replay` checks."""
    site = here()
    site.entries(change)
    lines = list(dump(site.journal(change).rows(), change, __version__, note))
    if output is None:
        render.raw(lines)
        return 0
    try:
        with output.open("x", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except FileExistsError as error:
        raise Refused(f"{output} is there already and was not touched; name another file") from error
    except OSError as error:
        raise Mistake(f"{output} can't be written: {error.strerror}") from error
    render.say(f"wrote {len(lines) - 1} entries of {change} to {output}")
    return 0
