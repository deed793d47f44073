"""harness minutes"""

from __future__ import annotations

import time

import click

from harness.adapters import develop_of, person
from harness.cli import render
from harness.cli.options import here
from harness.cli.unminuted import unminuted
from harness.cli.words import words
from harness.domain.change import Change
from harness.domain.digest import digest
from harness.domain.event import Minuted
from harness.errors import HarnessError
from harness.flow import minutes
from harness.journal.lease import lease
from harness.journal.sqlite import SqliteJournal
from harness.site import Site
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo

NAME = "_minutes"
"""No change can have this name."""


@click.command("minutes")
@click.option("--update-checkout", is_flag=True, help="Let a checked-out develop be moved together with its files.")
def minutes_command(update_checkout: bool) -> int:
    """Minute what has ended and was decided since the last minutes, as TBC/minutes/TBC-MIN-NNN-YYYY-MM-DD.md.

    A merged change and a consultation have minutes of their own; this is for what waits, and for what was abandoned
    while the integration branch was checked out.
    """
    for line in minuted(here(), checkout=update_checkout):
        render.say(line)
    return 0


def minuted(site: Site, *, checkout: bool = False) -> list[str]:
    """Write the minutes of all that is in none yet, as a commit on the integration branch; what is to be said of it."""
    with lease(site.locks, NAME):
        upto = minutes.last(site.journal("repo").read())
        held = unminuted(site)
        if not held:
            return ["nothing to minute: every session that has ended is in the minutes"]
        found = minutes.facts(held, upto)
        git = Git(site.common)
        develop = develop_of(git, site.top)
        repo = GitRepo(git, site.top, Change(name=NAME), person(git, site.top), develop, consent=checkout)
        files = {f"TBC/minutes/TBC-MIN-NNN-{found['day']}.md": words(site)("session-minutes", **found)}
        # the digest finds the commit again where a crash came before it was noted
        message = f"docs(tbc): record the minutes of the sessions\n\nRecord: {digest(files)}"
        done = repo.record(develop, files, message, int(time.time()), checkout=checkout)
        entry = Minuted(commit=done["commit"], upto={run: rows[-1].seq for run, rows in held.items()})
        with lease(site.locks, "repo", wait=True):
            SqliteJournal(site.store, "repo").append(entry)
    return [f"minutes: {path}, in commit {done['commit']}" for path in done["files"]]


def ended(site: Site, *, checkout: bool = False) -> list[str]:
    """The same at the end of a change, which is over whether its minutes can be written now or not."""
    try:
        return minuted(site, checkout=checkout)
    except HarnessError as why:
        return [f"not in the minutes yet, `harness minutes` writes them: {why}"]
