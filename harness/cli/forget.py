"""harness forget"""

from __future__ import annotations

import sys

import click

from harness.cli import render
from harness.cli.options import CHANGE, here
from harness.errors import Refused
from harness.journal.lease import lease
from harness.sweep import sweep
from harness.workspace.git import Git


@click.command("forget")
@CHANGE
@click.option("--yes", is_flag=True, help="Do not ask again; needed where there is no terminal.")
def forget_command(change: str, yes: bool) -> int:
    """Drop the refs and the record of CHANGE, which has to be merged or abandoned. Its branch and commits stay."""
    site = here()
    state = site.state(change)
    if not state.finished or state.change is None:
        raise Refused(f"{change} is not over; `harness abandon {change}` ends it, and only then can it be forgotten")
    if not yes and not (sys.stdin.isatty() and click.confirm(f"drop the record of {change} for good?")):
        raise Refused(f"nothing was dropped: say --yes; `harness transcript {change} -o FILE` keeps a copy first")
    with lease(site.locks, change):
        count = len(site.entries(change))
        refs = _drop_refs(Git(site.common), state.change.refs)
        sweep(site, change)
        site.store.forget(change)
    render.say(f"removed {count} entries of {change} and {refs} refs")
    return 0


def _drop_refs(git: Git, below: str) -> int:
    """Delete every ref of the run in one transaction; how many there were."""
    listed = git.run("for-each-ref", "--format=%(refname) %(objectname)", f"{below}/").decode()
    rows = listed.splitlines()
    git.run("update-ref", "--stdin", stdin="".join(f"delete {row}\n" for row in rows).encode())
    return len(rows)
