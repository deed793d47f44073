"""harness new"""

from __future__ import annotations

import os

import click

from harness.cli import render
from harness.cli.backlog import LEASE
from harness.cli.create import create, replace
from harness.cli.options import CHANGE, here
from harness.cli.words import words
from harness.domain.change import CONSULTATION, Change
from harness.errors import Mistake, Refused
from harness.flow.backlog import PATH, Item, marked, read
from harness.journal.lease import lease
from harness.openspec.touch import titles
from harness.peers import in_tree, peers, seen
from harness.site import Site
from harness.workspace.own import own_file, unlinked

SHOWN = 5
"""Requirements of another change that are named."""


@click.command("new")
@CHANGE
@click.option("--kind", type=click.Choice(["feature", "fix", "docs"]), help="By default the item's, or feature.")
@click.option("--title", help="The proposal's title; by default the change's name.")
@click.option("--from", "item", metavar="ITEM", help="Begin with what the backlog says of ITEM, and mark it there.")
def new_command(change: str, kind: str | None, title: str | None, item: str | None) -> int:
    """Write the proposal of CHANGE to fill in. A file that is there already is kept."""
    site = here()
    if CONSULTATION.fullmatch(change):
        raise Mistake(f"{change} is what a consultation is called; choose another name")
    if change in site.store.runs():
        raise Refused(f"{change} was run already; choose another name, or see `harness status {change}`")
    told = _item(site, item) if item else None
    kind = kind or (told.kind if told else "") or "feature"
    found = Change.model_validate({"name": change, "kind": kind})
    heading = " ".join((title or change.replace("-", " ").capitalize()).split())
    path = f"{found.folder}/proposal.md"
    text = f"<!-- kind: {kind} -->\n" + words(site)("proposal", title=heading, why=_why(told))
    unlinked(site.top, path)
    if os.path.lexists(site.top / path):
        raise Refused(f"{path} is there already and was not touched; edit it, then `harness run {change}`")
    if told:
        _mark(site, told, change)
    if not create(site.top, path, text):
        raise Refused(f"{path} is there already and was not touched; edit it, then `harness run {change}`")
    render.say(f"wrote {path}" + (f", and marked {told.name} in {PATH}" if told else ""))
    if told:
        render.say(f"commit {PATH} before the run: a merge does not overwrite what is not committed")
    for line in _met(site, change):
        render.say(line)
    render.say(f"Say in it why, and what changes; then `harness run {change}` takes it through the pipeline.")
    return 0


def _met(site: Site, change: str) -> list[str]:
    """Where what the change has of deltas meets other open changes; before it has any, what those touch."""
    own, found = in_tree(site.top, change), peers(site, seen(site))
    if own.deltas:
        return [f"{other} touches the same: {what}" for other, what in found.overlaps(change, own.deltas).items()]
    others = [peer for name, peer in sorted(found.open.items()) if name != change]
    told = (
        (peer, [f"{name}: {each}" for name, text in peer.deltas.items() for each in titles(text)]) for peer in others
    )
    return [f"also open: {peer.name} ({peer.where}) touches {_some(what)}" for peer, what in told if what]


def _some(what: list[str]) -> str:
    return ", ".join(what[:SHOWN]) + (f" and {len(what) - SHOWN} more" if len(what) > SHOWN else "")


def _item(site: Site, name: str) -> Item:
    data = own_file(site.top, PATH)
    if data is None:
        raise Mistake(f"there is no {PATH}; `harness backlog add ITEM TEXT` writes it")
    return read(data).find(name)


def _why(item: Item | None) -> str:
    """What the backlog says, as the beginning of the proposal's reasons."""
    return "\n\n".join(filter(None, (item.text, item.notes))) if item else ""


def _mark(site: Site, item: Item, change: str) -> None:
    """Say in the backlog which change takes the item up."""
    with lease(site.locks, LEASE, wait=True):
        old = own_file(site.top, PATH) or b""
        new = marked(old, item.name, change)
        if new != old:
            replace(site.top, PATH, old, new)
