"""harness minutes"""

from __future__ import annotations

import time

import click

from harness.adapters import develop_of, person
from harness.cli import render
from harness.cli.options import here
from harness.cli.words import words
from harness.domain.change import Change
from harness.domain.digest import digest
from harness.domain.event import Minuted
from harness.flow import minutes
from harness.journal.lease import lease
from harness.journal.sqlite import SqliteJournal
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo

NAME = "_minutes"
"""No change can have this name."""


@click.command("minutes")
@click.option("--update-checkout", is_flag=True, help="Let a checked-out develop be moved together with its files.")
def minutes_command(update_checkout: bool) -> int:
    """Minute what has ended and was decided since the last minutes, as TBC/minutes/TBC-MIN-NNN-YYYY-MM-DD.md.

    A merged change and a consultation have minutes of their own; this is for what waits, and for what was abandoned.
    """
    site = here()
    with lease(site.locks, NAME):
        apart = site.consultations()
        runs = {run: site.journal(run).read() for run in site.store.runs() if run not in apart}
        upto = minutes.last(site.journal("repo").read())
        held = minutes.fresh({run: entries for run, entries in runs.items() if not site.driven(run)}, upto)
        if not held:
            render.say("nothing to minute: every session that has ended is in the minutes")
            return 0
        found = minutes.facts(held, upto)
        git = Git(site.common)
        develop = develop_of(git, site.top)
        repo = GitRepo(git, site.top, Change(name=NAME), person(git, site.top), develop, consent=update_checkout)
        files = {f"TBC/minutes/TBC-MIN-NNN-{found['day']}.md": words(site)("session-minutes", **found)}
        # the digest finds the commit again where a crash came before it was noted
        message = f"docs(tbc): record the minutes of the sessions\n\nRecord: {digest(files)}"
        done = repo.record(develop, files, message, int(time.time()), checkout=update_checkout)
        entry = Minuted(commit=done["commit"], upto={run: rows[-1].seq for run, rows in held.items()})
        with lease(site.locks, "repo", wait=True):
            SqliteJournal(site.store, "repo").append(entry)
    for path in done["files"]:
        render.say(f"minutes: {path}, in commit {done['commit']}")
    return 0
