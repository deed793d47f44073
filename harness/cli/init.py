"""harness init"""

from __future__ import annotations

import shlex
import sys

import click

from harness.adapters import develop_of, person
from harness.cli import render
from harness.cli.bootstrap import Bootstrap
from harness.cli.create import create
from harness.cli.detect import Detected, detect
from harness.cli.legacy import lowered
from harness.cli.options import here
from harness.cli.settings import MAIN, settings
from harness.cli.words import words
from harness.config import FILE, parse
from harness.site import Site
from harness.workspace.git import Git

BACKLOG = (
    "# Backlog\n\n<!-- One line a change: `- [ ] its-name: what it is for`. `harness run` adds a missing line. -->\n"
)


@click.command("init")
@click.option(
    "--commit/--no-commit", "commit", default=None, help="Commit the new files to develop, or not; else asks."
)
def init_command(commit: bool | None) -> int:
    """Set the harness up in this repository: harness.toml, openspec/, TBC/ and the branch develop.

    Files that are there are kept. Nothing else of your working tree is committed.
    """
    site = here()
    git = Git(site.common)
    start = Bootstrap(git, site.top, develop_of(git, site.top))
    theirs = start.follow()
    if theirs:
        render.say(f"made the branch {start.develop} at {start.tip[:12]}, as {theirs} has it")
        if git.read(start.tip, FILE) is not None:
            render.say(f"{start.develop} is set up already; `harness new <change>` writes a proposal")
            return 0
    found = detect(site.top)
    trunk = _trunk(git)
    texts = _texts(site, found, trunk)
    parse(texts[FILE])
    written = []
    if found.toolchain.unit and not (site.top / FILE).exists():
        render.say("measuring the coverage of the tests as they are")
        low, said = lowered(site, git.commit("HEAD"), texts[FILE])
        texts[FILE] = settings(found.values, trunk, low)
        render.say(said) if said else None
    for path, text in texts.items():
        written += [path] if create(site.top, path, text) else []
        render.say(f"{'wrote' if path in written else 'kept '} {path}")
    if start.make_branch():
        render.say(f"made the branch {start.develop} at {start.head[:12]}")
    for note in found.toolchain.notes if FILE in written else ():
        render.say(f"note: {note}")
    return _offer(start, commit)


def _trunk(git: Git) -> str:
    """The branch that releases go to; made at the first release where there is none of a usual name."""
    return next((name for name in (MAIN, "master") if git.commit(f"refs/heads/{name}")), MAIN)


def _texts(site: Site, found: Detected, trunk: str) -> dict[str, str]:
    """path -> text of everything that a repository needs."""
    return {
        FILE: settings(found.values, trunk),
        "openspec/backlog.md": BACKLOG,
        "openspec/specs/.gitkeep": "",
        "openspec/changes/.gitkeep": "",
        "TBC/charter.md": words(site)("charter", project=found.name),
    }


def _offer(start: Bootstrap, commit: bool | None) -> int:
    """Commit what is lacking on the integration branch, if the user wants that."""
    files = start.lacking
    if not files:
        render.say(f"{start.develop} has everything; `harness new <change>` writes a proposal")
        return 0
    if commit is None and sys.stdin.isatty():
        render.block(f"Not on {start.develop} yet:", list(files))
        commit = click.confirm(f"Commit exactly these to {start.develop}, as your own commit?", default=True)
    if not commit:
        render.say(
            f"nothing was committed; look at the files, then `harness init --commit` brings them to {start.develop}"
        )
        return 0
    first = not start.head
    new = start.commit(files, person(start.git, start.top))
    render.say(f"committed {len(files)} files to {start.develop} as {new[:12]}")
    if first:
        render.say(f"this is the first commit here, and {start.develop} is your branch now")
    elif start.branch != start.develop:
        copies = " ".join(map(shlex.quote, sorted(files)))
        render.say(
            f"you are on {start.branch or 'no branch'}, and the files are on {start.develop} now; to go there, remove "
            f"the copies: `git -C {shlex.quote(str(start.top))} clean -f {copies} && git switch {start.develop}`"
        )
    render.say(
        "next: `harness doctor` says what this machine can do, `harness gate` measures a branch that begins at "
        f"{start.develop}, `harness new <change>` writes a proposal"
    )
    return 0
