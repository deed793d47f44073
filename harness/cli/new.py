"""harness new"""

from __future__ import annotations

import click

from harness.cli import render
from harness.cli.create import create
from harness.cli.options import CHANGE, here
from harness.cli.words import words
from harness.domain.change import Change
from harness.errors import Refused


@click.command("new")
@CHANGE
@click.option("--kind", type=click.Choice(["feature", "fix", "docs"]), default="feature", show_default=True)
@click.option("--title", help="The proposal's title; by default the change's name.")
def new_command(change: str, kind: str, title: str | None) -> int:
    """Write the proposal of CHANGE to fill in. A file that is there already is kept."""
    site = here()
    if change in site.store.runs():
        raise Refused(f"{change} was run already; choose another name, or see `harness status {change}`")
    found = Change.model_validate({"name": change, "kind": kind})
    heading = " ".join((title or change.replace("-", " ").capitalize()).split())
    path = f"{found.folder}/proposal.md"
    text = f"<!-- kind: {kind} -->\n" + words(site)("proposal", title=heading)
    if not create(site.top, path, text):
        raise Refused(f"{path} is there already and was not touched; edit it, then `harness run {change}`")
    render.say(f"wrote {path}")
    render.say(f"Say in it why, and what changes; then `harness run {change}` takes it through the pipeline.")
    return 0
