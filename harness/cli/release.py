"""harness release"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

import click

from harness.app import develop_of, person
from harness.cli import render
from harness.cli.landed import Landed, landed
from harness.cli.options import JSON, here
from harness.cli.words import words
from harness.config import FILE, parse
from harness.domain.change import Change
from harness.domain.digest import digest
from harness.domain.event import Message
from harness.errors import HarnessError, Mistake, Parked, Refused, Stale
from harness.journal.lease import lease
from harness.site import Site
from harness.workspace.checkout import advance, where
from harness.workspace.git import ZERO, Git
from harness.workspace.repo import GitRepo

LEASE = "_release"
"""No change can have this name."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release: the integration branch as it stands, and the branch that it goes to."""

    site: Site
    git: Git
    develop: str
    main: str
    tip: str
    """Commit of develop."""
    old: str
    """Commit of main; '' where there is no such branch yet."""

    @property
    def subject(self) -> str:
        """Digest of what is decided on."""
        return digest({"develop": self.tip, "main": self.old})

    @property
    def action(self) -> str:
        return f"release {self.develop} {self.tip[:12]} to {self.main}"


@click.command("release")
@click.option("--digest", "given", help="The digest of what is released, as it was shown; needed without a terminal.")
@click.option("--comment", default="", help="Goes into the commit and on the record.")
@click.option("--update-checkout", is_flag=True, help="Let a checked-out main be moved together with its files.")
@JSON
def release_command(given: str | None, comment: str, update_checkout: bool, as_json: bool) -> int:
    """Bring develop to main, as your own decision: what is in it is shown first, and has to be on record."""
    site = here()
    with lease(site.locks, LEASE):
        found = _opened(site)
        if found.old and found.git.ancestor(found.tip, found.old):
            _confirm_again(found)
            _nothing(found, as_json)
            return 0
        inside = landed(found.git, found.old, found.tip, lambda run, chain: _known(site, run, chain))
        _refuse(found, inside)
        if not as_json:
            render.block(found.action, _lines(found, inside))
        said = _decided(found, given, update_checkout)
        if said is None:
            return 3
        commit = _execute(found, comment, consent=said)
    if as_json:
        render.out({**_facts(found, inside), "commit": commit})
    else:
        render.say(f"{found.main} is at {commit}; the confirmation is in {site.channel().file}")
    return 0


def _opened(site: Site) -> Release:
    git = Git(site.common)
    develop = develop_of(git, site.top)
    tip = git.commit(f"refs/heads/{develop}")
    if not tip:
        raise Mistake(f"there is no branch {develop}; `harness init` makes it")
    config = git.read(tip, FILE)
    if config is None:
        raise Mistake(f"there is no {FILE} on {develop}; `harness init` writes one")
    main = parse(config.decode("utf-8", errors="replace")).git.main
    return Release(site, git, develop, main, tip, git.commit(f"refs/heads/{main}"))


def _known(site: Site, run: str, chain: str) -> bool | None:
    entries = site.journal(run).read()
    return any(entry.hash == chain for entry in entries) if entries else None


def _refuse(found: Release, inside: list[Landed]) -> None:
    """What must not be released: commits without a record, or a main with work of its own."""
    odd = [each for each in inside if each.kind == "unrecorded"]
    if odd:
        names = "; ".join(f"{each.id[:12]} {each.header}" for each in odd[:5])
        raise Refused(
            f"{len(odd)} commit{'s' if len(odd) > 1 else ''} on {found.develop} did not come through the harness, so "
            f"nothing says who approved them: {names}; take them through a change, or release by hand"
        )
    if found.old:
        tree, conflicts = found.git.merge(found.old, found.tip)
        if conflicts or tree != found.git.tree(found.tip):
            raise Refused(f"{found.main} has work that {found.develop} lacks; bring it to {found.develop} first")


def _lines(found: Release, inside: list[Landed]) -> list[str]:
    rows = [f"subject {found.subject}", f"{found.main} is at {found.old[:12] or 'nothing: it is made'}"]
    for each in inside:
        about = f" — approved by {each.by}, {each.approval[:12]}" if each.kind == "change" else f" — {each.kind}"
        rows.append(f"{each.id[:12]} {each.header}{about}")
    return rows


def _facts(found: Release, inside: list[Landed]) -> dict[str, Any]:
    rows = [
        {"commit": e.id, "kind": e.kind, "header": e.header, "change": e.change, "approval": e.approval} for e in inside
    ]
    return {"subject": found.subject, "develop": found.tip, "main": found.old, "commits": rows}


def _decided(found: Release, given: str | None, consent: bool) -> bool | None:
    """Consent to move a checked-out main; None where the CEO says no."""
    if given is None and not sys.stdin.isatty():
        raise Refused(f"say what you release: --digest {found.subject}")
    if given is not None and given != found.subject:
        raise Stale(f"you name {given[:12]}, but {found.subject[:12]} is what would be released; look at it again")
    if given is None and not click.confirm(f"{found.action}?"):
        return None
    place = where(found.git, found.main)
    if place is not None and not consent and given is None:
        consent = click.confirm(f"{found.main} is checked out in {place}; move it together with its files?")
    if place is not None and not consent:
        raise Parked(
            f"{found.main} is checked out in {place}; switch to another branch there, or allow it to be moved together "
            "with its files with --update-checkout"
        )
    return consent


def _execute(found: Release, comment: str, *, consent: bool) -> str:
    """Say that it is authorized, do it, and confirm it with evidence from git; the new commit."""
    git, render_text = found.git, words(found.site)
    owner = person(git, found.site.top)
    key = f"release/{found.subject}"
    channel = found.site.channel()
    channel.post(f"{key}/authorized", "CEO", render_text("authorization", action=found.action, subject=found.subject))
    body = f"{comment.strip()}\n\n" if comment.strip() else ""
    message = (
        f"chore: release {found.develop} to {found.main}\n\n{body}Release: {found.subject}\nApproved-by: {owner[0]}\n"
    )
    parents = (found.old, found.tip) if found.old else (found.tip,)
    tree, now = git.tree(found.tip), int(time.time())
    try:
        new = git.seal(tree, parents, message, author=owner, committer=owner, date=now)
        if not advance(git, found.main, new, found.old or ZERO, consent=consent):
            raise Stale(f"{found.main} was moved by somebody else just now; look at it again")
    except HarnessError as error:
        state = f"{found.main} was not changed by this action"
        text = render_text(
            "confirmation", action=found.action, outcome="failure", commit="", state=state, why=str(error)
        )
        channel.post(f"{key}/failed/{now}", "Virtual CTO", text)
        raise
    _confirm(found, new, found.subject)
    return new


def _confirm(found: Release, commit: str, subject: str) -> None:
    """Post the completion confirmation, once git shows that it is so."""
    git = found.git
    first = git.run("rev-list", "--parents", "-n1", commit).decode().split()[1:]
    than = first[0] if len(first) == 2 else git.run("mktree").decode().strip()
    repo = GitRepo(git, found.site.top, Change(name="release"), person(git, found.site.top), found.develop)
    seen = repo.confirm(commit, found.main, than)
    lacking = [name for name in ("exists", "reachable", "changes") if not seen[name]]
    if lacking:
        raise HarnessError(f"{commit[:12]} on {found.main} can't be confirmed: not {', not '.join(lacking)}")
    source = first[-1][:12]
    text = words(found.site)(
        "confirmation",
        action=f"release {found.develop} {source} to {found.main}",
        outcome="success",
        commit=commit,
        state=f"{found.main} holds all of {found.develop} at {source}",
        why="",
    )
    found.site.channel().post(f"release/{subject}/completed/{commit}", "Virtual CTO", text)


def _confirm_again(found: Release) -> None:
    """Where a crash came between the merge and its confirmation, confirm now; posting a key twice posts once."""
    message = found.git.run("show", "--no-patch", "--format=%B", found.old).decode(errors="replace")
    subject = next(
        (line.removeprefix("Release: ") for line in message.splitlines() if line.startswith("Release: ")), ""
    )
    posts = [entry.event for entry in found.site.journal("repo").read() if isinstance(entry.event, Message)]
    if subject and any(post.key == f"release/{subject.strip()}/authorized" for post in posts):
        _confirm(found, found.old, subject.strip())


def _nothing(found: Release, as_json: bool) -> None:
    if as_json:
        render.out({**_facts(found, []), "commit": ""})
    else:
        render.say(f"nothing new: {found.main} has all of {found.develop} already")
