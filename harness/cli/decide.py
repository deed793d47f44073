"""harness approve, return, answer, abandon: decisions from any terminal, whether a driver is alive or not."""

from __future__ import annotations

import math
import os
import sys

import click

from harness import trust
from harness.cli import render, sprint
from harness.cli.about import claimed
from harness.cli.ceo import about
from harness.cli.options import CHANGE, here, resume
from harness.domain.decision import FINAL_NO, Decision, Verb
from harness.domain.event import Asked
from harness.domain.secret import in_use, told
from harness.errors import Conflict, Mistake, Refused, Stale
from harness.flow.accept import HOW, objection
from harness.flow.fold import State
from harness.sandbox.probe import open_sandbox
from harness.site import Site, cache

DIGEST = click.option("--digest", help="The subject's digest, as it was shown; needed where there is no terminal.")


@click.command("approve")
@CHANGE
@DIGEST
@click.option("--cap", type=float, default=0.0, help="The new cap in US dollars, where the question is about cost.")
@click.option("--update-checkout", is_flag=True, help="Let a checked-out develop be moved together with its files.")
@click.option("--comment", default="", help="Goes on the record.")
def approve_command(change: str, digest: str | None, cap: float, update_checkout: bool, comment: str) -> int:
    """Approve what waits for you, bound to the digest of what is shown."""
    return _decide(change, "approve", digest, comment=unsaid(comment), cap=cap, update_checkout=update_checkout)


@click.command("return")
@CHANGE
@DIGEST
@click.option("--to", required=True, metavar="STEP", help="The step that the change goes back to.")
@click.option("--comment", required=True, help="What to change.")
def return_command(change: str, digest: str | None, to: str, comment: str) -> int:
    """Send CHANGE back to STEP; the comment becomes the role's corrections."""
    return _decide(change, "return", digest, to=to, comment=unsaid(comment))


@click.command("answer")
@CHANGE
@DIGEST
@click.argument("text")
def answer_command(change: str, digest: str | None, text: str) -> int:
    """Answer the question that a role asked you."""
    return _decide(change, "answer", digest, comment=unsaid(text))


@click.command("abandon")
@CHANGE
@click.option("--comment", default="", help="Goes on the record.")
@click.option("--yes", is_flag=True, help="Do not ask again; needed where there is no terminal.")
def abandon_command(change: str, comment: str, yes: bool) -> int:
    """End CHANGE for good, and minute it. Its refs and its record are kept until `harness forget`."""
    from harness import app
    from harness.cli.minutes import ended

    unsaid(comment)
    site = here()
    state = site.state(change)
    if state.finished:
        raise Refused(f"{change} is over already: {state.finished}")
    if not yes and not (sys.stdin.isatty() and click.confirm(f"abandon {change} for good?")):
        raise Refused("not abandoned: say --yes")
    decision = Decision(subject=FINAL_NO, verb="abandon", comment=_text(comment), by=site.owner())
    decision = _signed(site, change, FINAL_NO, decision)
    site.inbox(change).put(decision.model_dump())
    try:
        app.abandon(site, app.change_of(site, change))
        render.say(f"{change} is abandoned")
    except Conflict:
        render.say("the driver at work ends it at the next safe point")
        return 0
    for line in ended(site):
        render.say(line)
    return 0


def unsaid(comment: str) -> str:
    """The comment; Mistake for one with a secret in it: it would go to the model, into the minutes, on the record."""
    secret = told(comment, in_use(os.environ))
    if secret:
        raise Mistake(f"your text holds what looks like a secret ({secret}), and goes on the record; say it without")
    return comment


def _decide(
    change: str,
    verb: Verb,
    digest: str | None,
    *,
    to: str = "",
    comment: str = "",
    cap: float = 0.0,
    update_checkout: bool = False,
) -> int:
    from harness import app

    site = here()
    if not math.isfinite(cap) or cap < 0:
        raise Mistake(f"{cap} is no amount of dollars")
    state = site.state(change)
    asked = state.waiting
    if asked is None:
        raise Refused(f"nothing of {change} waits for a decision; `harness status {change}` says where it is")
    render.block(f"{change}: {asked.detail.get('what', '')}", _told(site, asked, state))
    subject = str(asked.detail["subject"])
    if not _meant(verb, subject, digest):
        return 3
    decision = Decision(
        subject=subject,
        verb=verb,
        to=to,
        comment=_text(comment),
        cap=cap,
        update_checkout=update_checkout,
        by=site.owner(),
    )
    why = objection(asked, decision)
    if why:
        raise Refused(f"this does not count: {why}")
    decision = _signed(site, change, asked.key, decision)
    site.inbox(change).put(decision.model_dump())
    try:
        moved = app.settle(site, app.change_of(site, change))
    except Conflict:
        render.say("written; the driver at work takes it up")
        return 0
    if not moved:
        raise Stale("something else was decided meanwhile; `harness status` says what")
    render.say(f"on the record; `{resume(change)}` goes on")
    return 0


def _meant(verb: Verb, subject: str, digest: str | None) -> bool:
    """Whether it is `subject` that is decided on; False where the person at the terminal says no after all."""
    if digest is None:
        if not sys.stdin.isatty():
            raise Refused(f"say what you decide on: --digest {subject}")
        return click.confirm(f"{verb} this?")
    if digest != subject:
        raise Stale(f"you name {digest[:12]}, but {subject[:12]} is waiting; look at it again")
    return True


def _signed(site: Site, change: str, key: str, decision: Decision) -> Decision:
    """The decision as it goes to the record: signed where the user has a key, refused where it has to be and is not."""
    place = trust.signing(site.top)
    if place:
        render.say(f"signing with {place}; ssh-keygen may ask for a passphrase or a touch")
        return trust.signed(site.top, site.entries(change), key, decision)
    only = trust.signed_only(open_sandbox(cache() or site.home / "cache"))
    if only:
        raise Refused(f"not signed, and {only}: {HOW}")
    return decision


def _text(given: str) -> str:
    """`given` as it can stand on the record."""
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise Mistake("the text is not valid UTF-8; say it in other characters") from error
    return given


def _told(site: Site, asked: Asked, state: State) -> list[str]:
    """What is decided on, and beside it, where it is about a change, what roles only claim, and the sprint."""
    beside = [*claimed(state.artifacts), *sprint.lines(site)] if state.change else []
    return [*about(asked.detail, state.artifacts.get("reports")), *beside]
