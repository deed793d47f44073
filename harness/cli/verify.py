"""harness verify"""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import render
from harness.cli.options import CHANGE, JSON
from harness.errors import Broken
from harness.verify.check import Check
from harness.verify.source import case
from harness.verify.table import broken, verify

MARKS = {"ok": "ok", "failed": "FAILED", "could not check": "could not check"}


@click.command("verify")
@CHANGE
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    help="A bundle or transcript to check in the place of the journal here.",
)
@JSON
def verify_command(change: str, bundle: Path | None, as_json: bool) -> int:
    """Check CHANGE, which is over, again from git and its record alone: nothing is asked, run or written.

    It holds the record's chain, the decisions and their signatures, the approved spec, the gates' results, the merge
    commit, the branch's commits, the record on develop, the evidence and the channel against each other. What could not
    be checked is named. Exit code 1 where a check failed. In a clone, name the record with --bundle.
    """
    try:
        found = verify(case(Path.cwd(), change, bundle))
    except Broken as error:
        found = broken(str(error))
    failed = [check for check in found if check.finding.result == "failed"]
    unsure = [check for check in found if check.finding.result == "could not check"]
    if as_json:
        rows = [{"check": c.name, "asks": c.title, "result": c.finding.result, "text": c.finding.text} for c in found]
        render.out({"change": change, "ok": not failed, "checks": rows})
        return 1 if failed else 0
    for check in found:
        render.say(_line(check), HANG)
    render.say(_sum(len(found), len(failed), len(unsure)))
    return 1 if failed else 0


HANG = 29
"""Columns before the text of a check."""


def _line(check: Check) -> str:
    return f"{check.name:11} {MARKS[check.finding.result]:16} {' '.join(check.finding.text.split())}"


def _sum(every: int, failed: int, unsure: int) -> str:
    parts = [f"{every - failed - unsure} of {every} checks are ok"]
    parts += [f"{failed} FAILED"] if failed else []
    parts += [f"{unsure} could not be made"] if unsure else []
    return ", ".join(parts)
