"""harness rebase-spec"""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING

import click

from harness.cli import render
from harness.cli.create import replace
from harness.cli.decide import DIGEST
from harness.cli.options import CHANGE, here
from harness.errors import Refused, Stale
from harness.openspec.base import three_ways

if TYPE_CHECKING:
    from harness.rebasing import Offer


@click.command("rebase-spec")
@CHANGE
@DIGEST
@click.option(
    "--since", default="", metavar="COMMIT", help="What the deltas were written against, where it can't be told."
)
@click.option("--update-checkout", is_flag=True, help="Let the change's branch, checked out, be moved with its files.")
def rebase_spec_command(change: str, digest: str | None, since: str, update_checkout: bool) -> int:
    """Take over into CHANGE's deltas what develop changed in the requirements that they touch.

    Shows the difference three ways and what the deltas would be, then asks. Where both changed the same lines, it says
    so and writes nothing. Before the first run it writes your working tree; later it adds a commit to the change's
    branch, which the next run asks you to adopt: the spec's review and approval are open again then.
    """
    from harness import rebasing

    site = here()
    offered = rebasing.offer(site, change, since)
    for row in offered.moved:
        first, *rest = three_ways(row, offered.branch).split("\n")
        render.block(first, rest)
    if offered.conflicts:
        render.block("it can't be merged:", [line for each in offered.conflicts for line in each.split("\n")])
        raise Refused(f"nothing was written; edit the deltas of {change} by hand, or return the change to its design")
    if not offered.deltas:
        render.say(_nothing(offered))
        return 0
    for path, (old, new) in offered.deltas.items():
        render.block(path, _patch(old, new))
    render.say(f"subject {offered.digest}")
    if not _meant(offered, digest):
        return 3
    if offered.head:
        new = rebasing.commit(site, offered, consent=update_checkout)
        render.say(
            f"{offered.change.branch} is at {new[:12]}; `harness run {change}` asks you to adopt it, and then the"
        )
        render.say("spec is reviewed and approved anew")
        return 0
    for path, (old, text) in offered.deltas.items():
        replace(site.top, path, old.encode(), text.encode())
        render.say(f"wrote {path}")
    return 0


def _nothing(offered: Offer) -> str:
    if offered.moved:
        return "the deltas stay as they are: they have no words of their own to merge; look at what is above"
    since = f"{offered.since[:12]} on {offered.branch}"
    return f"nothing that the deltas touch is another than at {since}; --since compares with an older one"


def _patch(old: str, new: str) -> list[str]:
    return list(difflib.unified_diff(old.splitlines(), new.splitlines(), "now", "then", lineterm=""))


def _meant(offered: Offer, digest: str | None) -> bool:
    """Whether it is this that is to be written; False where the person at the terminal says no."""
    if digest is None:
        if not sys.stdin.isatty():
            raise Refused(f"say what you take over: --digest {offered.digest}")
        return click.confirm("write this?")
    if digest != offered.digest:
        raise Stale(f"you name {digest[:12]}, but it would be {offered.digest[:12]} by now; look at it again")
    return True
