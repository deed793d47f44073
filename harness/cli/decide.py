"""harness approve, return, answer, abandon: decisions from any terminal, whether a driver is alive or not."""

from __future__ import annotations

import math
import os
import sys

import click

from harness.cli import render
from harness.cli.ceo import about
from harness.cli.options import CHANGE, here
from harness.domain.decision import Decision, Verb
from harness.domain.secret import in_use, told
from harness.errors import Conflict, Mistake, Refused, Stale
from harness.flow.accept import objection

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
    """End CHANGE for good. Its refs and its record are kept until `harness forget`."""
    from harness import app

    unsaid(comment)
    site = here()
    state = site.state(change)
    if state.finished:
        raise Refused(f"{change} is over already: {state.finished}")
    if not yes and not (sys.stdin.isatty() and click.confirm(f"abandon {change} for good?")):
        raise Refused("not abandoned: say --yes")
    decision = Decision(subject="abandon", verb="abandon", comment=comment, by=site.owner())
    site.inbox(change).put(decision.model_dump())
    try:
        app.abandon(site, app.change_of(site, change))
        render.say(f"{change} is abandoned")
    except Conflict:
        render.say("the driver at work ends it at the next safe point")
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
    render.block(f"{change}: {asked.detail.get('what', '')}", about(asked.detail, state.artifacts.get("reports")))
    subject = str(asked.detail["subject"])
    if digest is None:
        if not sys.stdin.isatty():
            raise Refused(f"say what you decide on: --digest {subject}")
        if not click.confirm(f"{verb} this?"):
            return 3
    elif digest != subject:
        raise Stale(f"you name {digest[:12]}, but {subject[:12]} is waiting; look at it again")
    decision = Decision(
        subject=subject,
        verb=verb,
        to=to,
        comment=comment,
        cap=cap,
        update_checkout=update_checkout,
        by=site.owner(),
    )
    why = objection(asked, decision)
    if why:
        raise Refused(f"this does not count: {why}")
    site.inbox(change).put(decision.model_dump())
    try:
        moved = app.settle(site, app.change_of(site, change))
    except Conflict:
        render.say("written; the driver at work takes it up")
        return 0
    if not moved:
        raise Stale("something else was decided meanwhile; `harness status` says what")
    render.say(f"on the record; `harness run {change}` goes on")
    return 0
