"""harness archive, harness unarchive"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import click

from harness.cli import render
from harness.cli.options import CHANGE, JSON, here
from harness.cli.words import words
from harness.shelving import Shelving, archive, unarchive

DRY = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
CHECKOUT = click.option(
    "--update-checkout", is_flag=True, help="Let a checked-out develop be moved together with its files."
)


@click.command("archive")
@CHANGE
@DRY
@CHECKOUT
@JSON
def archive_command(change: str, dry_run: bool, update_checkout: bool, as_json: bool) -> int:
    """Move the folder of CHANGE, which the harness merged, to the archive on develop.

    `harness run` does that by itself with the record. This is for a change from before that, or one that was taken out
    again. It needs evidence: both decisions, the approved spec, every gate for what was merged, the merge itself.
    Where the merge did not fold the deltas into the living specs, this does.
    """
    return _told(archive, change, dry_run, update_checkout, as_json)


@click.command("unarchive")
@CHANGE
@DRY
@CHECKOUT
@JSON
def unarchive_command(change: str, dry_run: bool, update_checkout: bool, as_json: bool) -> int:
    """Move the folder of CHANGE back from the archive to openspec/changes on develop.

    The living specs and the ticked boxes stay, since the change stays merged.
    """
    return _told(unarchive, change, dry_run, update_checkout, as_json)


def _told(work: Callable[..., Shelving], change: str, dry: bool, checkout: bool, as_json: bool) -> int:
    site = here()
    done = work(site, change, words(site), dry=dry, checkout=checkout)
    if as_json:
        render.out({"change": change, "dry_run": dry, **asdict(done)})
    elif done.commit:
        render.say(done.text)
    elif dry and done.paths:
        lines = [*(f"writes {path}" for path in done.specs), f"{len(done.paths)} paths in one commit on develop"]
        render.block(f"would move {done.source} to {done.target}", lines)
    else:
        render.say(f"{change} is in {done.target} already")
    return 0
