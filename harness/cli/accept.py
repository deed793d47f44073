"""harness accept"""

from __future__ import annotations

import sys
from typing import Any

import click

from harness.cli import render
from harness.cli.options import JSON, here
from harness.domain.change import Change
from harness.domain.decision import Decision
from harness.domain.event import Accepted
from harness.errors import Parked, Refused, Stale
from harness.flow.standing import patch
from harness.standing import Waits, stands, texts
from harness.workspace.git import Git


@click.command("accept")
@click.option("--digest", help="The digest of what waits, as it was shown; needed where there is no terminal.")
@click.option("--comment", default="", help="Goes on the record.")
@click.option("--diff", "whole", is_flag=True, help="Show the changed files line by line, too.")
@JSON
def accept_command(digest: str | None, comment: str, whole: bool, as_json: bool) -> int:
    """Accept what has changed in the configuration on the integration branch, or a sandbox that is weaker than before.

    Lists what waits; at a terminal it asks, and with --digest it records your decision. No run goes on before that.

    Exit code: 0 nothing waits any more, 2 a mistake, 3 something waits for you, 4 the digest is of something else.
    """
    from harness.adapters import Adapters, develop_of
    from harness.app import Nobody

    site = here()
    adapters = Adapters(site, Change(name="accept"), develop_of(Git(site.common), site.top))
    nobody = Nobody()
    found = stands(site, adapters.repo, lambda: adapters.sandbox, nobody, render.say)
    waits = found.waits()
    if waits is None or not waits.needed:
        return _nothing(found.log.last(), as_json)
    if as_json:
        render.out(_facts(waits))
    else:
        lines = [
            f"subject {waits.subject}",
            *filter(None, [waits.doubt, waits.level_line]),
            *(waits.changes if waits.changed else ()),
        ]
        render.block(f"waits for your word, on {waits.branch} at {waits.commit[:12]}:", lines)
        if whole:
            render.say("\n".join(patch(waits.stands.files, waits.files, texts())))
    if digest is None:
        if as_json or not sys.stdin.isatty() or not click.confirm("accept this?"):
            if not as_json:
                render.say(f"to accept it: harness accept --digest {waits.subject}")
            return 3
    elif digest != waits.subject:
        raise Stale(f"you name {digest[:12]}, but {waits.subject[:12]} is waiting; look at it again")
    decision = Decision(subject=waits.subject, verb="approve", comment=comment, by=site.owner())
    try:
        done = found.record(waits, decision)
    except Parked as why:
        raise Refused(str(why)) from why
    if not done:
        raise Stale("something else was accepted meanwhile; look at it again")
    if not as_json:
        render.say("on the record; `harness run <change>` goes on with it")
    return 0


def _nothing(stood: Accepted | None, as_json: bool) -> int:
    if as_json:
        render.out({"waits": False, "subject": stood.subject if stood else ""})
    elif stood is None:
        render.say("nothing was run here yet: the first `harness run` takes the configuration as it is")
    else:
        render.say(
            f"nothing waits: {stood.branch} is as it was accepted ({stood.how}, by {stood.by or 'nobody named'}), at "
            f"sandbox level {stood.level}"
        )
    return 0


def _facts(waits: Waits) -> dict[str, Any]:
    return {
        "waits": True,
        "subject": waits.subject,
        "branch": waits.branch,
        "commit": waits.commit,
        "changes": waits.changes if waits.changed else [],
        "level": waits.level,
        "accepted_level": waits.stands.level,
        "why": waits.why,
        "doubt": waits.doubt,
    }
