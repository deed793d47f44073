"""harness transcript"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from harness import __version__
from harness.cli import render
from harness.cli.options import CHANGE, here
from harness.errors import Mistake, Refused
from harness.journal import bundle
from harness.journal.blobs import Blobs
from harness.journal.jsonl import dump


@click.command("transcript")
@CHANGE
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A new file; without it, standard output.")
@click.option(
    "--bundle", "bundled", type=click.Path(path_type=Path), help="A new tar file, which holds the gates' evidence too."
)
@click.option("--note", default="", help="Goes into the first line, such as where the run was made.")
def transcript_command(change: str, output: Path | None, bundled: Path | None, note: str) -> int:
    """Export the whole record of CHANGE, as lines of JSON that `harness replay` checks."""
    if output is not None and bundled is not None:
        raise Mistake("name one file: -o for the lines alone, or --bundle for the lines and the evidence")
    site = here()
    entries = site.entries(change)
    lines = list(dump(site.journal(change).rows(), change, __version__, note))
    if bundled is not None:
        names = bundle.evidence(entries)
        with _new(bundled) as file:
            bundle.pack(file, lines, names, Blobs(site.home / "blobs").get)
        render.say(f"wrote {len(lines) - 1} entries of {change} and {len(names)} pieces of evidence to {bundled}")
    elif output is not None:
        with _new(output) as file:
            file.writelines(f"{line}\n".encode() for line in lines)
        render.say(f"wrote {len(lines) - 1} entries of {change} to {output}")
    else:
        render.raw(lines)
    return 0


@contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    """A file that was not there before, and that is not left behind half written."""
    try:
        with path.open("xb") as file:
            try:
                yield file
                file.flush()
            except BaseException:
                path.unlink()
                raise
    except FileExistsError as error:
        raise Refused(f"{path} is there already and was not touched; name another file") from error
    except OSError as error:
        raise Mistake(f"{path} can't be written: {error.strerror}") from error
