"""harness release"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from harness.cli import render
from harness.cli.options import JSON, here
from harness.errors import Parked

if TYPE_CHECKING:
    from harness.app import Screen
    from harness.domain.change import Change
    from harness.flow.fold import State


@click.command("release")
@click.option("--version", default="", help="MAJOR.MINOR.PATCH; by default it follows from the kinds of commits.")
@click.option("--update-checkout", is_flag=True, help="Let checked-out branches be moved together with their files.")
@JSON
def release_command(version: str, update_checkout: bool, as_json: bool) -> int:
    """Bring develop to main: every commit has to be on record, the CTO reviews, and you decide on this release alone.

    Exit codes are those of `harness run`; without a terminal it waits, and `harness approve release~N` decides.
    """
    from harness.cli.live import screen
    from harness.numbered import nothing_new, release

    site = here()
    new = nothing_new(site)
    if new:
        render.out({"outcome": "", "commit": "", "why": new}) if as_json else render.say(new)
        return 0

    def show(change: Change) -> AbstractContextManager[Screen]:
        return screen(site, change, quiet=as_json, interactive=sys.stdin.isatty() and not as_json)

    try:
        steps = release(site, version, show, checkout=update_checkout)
    except Parked as parked:
        if as_json:
            render.out({"outcome": "", "waits": str(parked)})
        raise
    return _told(steps.state, as_json)


def _told(state: State, as_json: bool) -> int:
    found: dict[str, Any] = state.artifacts.get("contents", {})
    commit = str(state.artifacts.get("released", ""))
    if as_json:
        render.out({"outcome": state.finished, "commit": commit, **found})
    elif commit:
        tag = f", tagged {found['tag']}" if found["tag"] else ""
        render.say(f"{found['main_name']} is at {commit}{tag}")
    else:
        why = "; ".join(state.artifacts.get("withheld", ())) or "you ended it"
        render.say(f"nothing was released: {why}")
    return 0 if commit else 1
