"""harness backlog: openspec/backlog.md in your working tree, and the CEO's approval for the sprint."""

from __future__ import annotations

import sys
from typing import Any

import click

from harness import trust
from harness.cli import render
from harness.cli.create import create, replace
from harness.cli.options import JSON, here
from harness.cli.progress import phase
from harness.cli.sprint import backlog, doubt, lines, only, proposals
from harness.cli.words import words
from harness.domain.change import RESERVED, named
from harness.domain.event import Sprint
from harness.errors import Mistake, Refused, Stale
from harness.flow import sprint
from harness.flow.accept import HOW
from harness.flow.backlog import PATH, START, Item, added, dropped
from harness.flow.fold import fold
from harness.flow.sprint import scope
from harness.journal.lease import lease
from harness.journal.sqlite import SqliteJournal
from harness.site import Site
from harness.workspace.own import own_file

LEASE = "_backlog"
"""No change can have this name."""


@click.group("backlog")
def backlog_command() -> None:
    """What is to be done, in openspec/backlog.md: add, list and drop items, and approve some for the sprint.

    The file is yours: edit it by hand as you like. A line that is no item is named by `list`, and stays as it is.
    """


@backlog_command.command("add")
@click.argument("item")
@click.argument("text", nargs=-1, required=True)
@click.option("--kind", type=click.Choice(["feature", "fix", "docs"]), help="What kind of change it is.")
def add(item: str, text: tuple[str, ...], kind: str | None) -> int:
    """Add ITEM, a name such as add-login, with a line of TEXT that says what it is for."""
    site = here()
    named(item)
    with lease(site.locks, LEASE, wait=True):
        old = own_file(site.top, PATH)
        new = added(old if old is not None else START, item, " ".join(text), kind or "")
        if old is not None:
            replace(site.top, PATH, old, new)
        elif not create(site.top, PATH, new.decode()):
            raise Mistake(f"{PATH} is no plain file; put one in its place, then try again")
    render.say(f"added {item} to {PATH}; `harness new {item} --from {item}` writes its proposal")
    return 0


@backlog_command.command("drop")
@click.argument("item")
def drop(item: str) -> int:
    """Take ITEM out, with the indented lines below it, and show what was taken out."""
    site = here()
    with lease(site.locks, LEASE, wait=True):
        old = _there(site)
        new, gone = dropped(old, item)
        replace(site.top, PATH, old, new)
    render.block(f"taken out of {PATH}:", gone.splitlines())
    return 0


@backlog_command.command("list")
@JSON
def listed(as_json: bool) -> int:
    """Every item with what became of it, and every line that can't be read."""
    site = here()
    found = backlog(site)
    stands = sprint.last(site.journal("repo").read())
    inside = set(stands[1].items) if stands and not doubt(site) else set()
    rows = [_facts(site, item, inside) for item in found.items]
    if as_json:
        render.out({"items": rows, "problems": list(found.problems), "sprint": lines(site)})
        return 0
    for row in rows:
        marks = ", ".join(filter(None, (row["kind"], row["state"], "in the sprint" if row["sprint"] else "")))
        render.block(f"{row['name']} ({marks})", [row["text"]] if row["text"] else [])
    if found.problems:
        render.block(f"{PATH} has lines that are no item; they were left as they are:", list(found.problems))
    if not rows and not found.problems:
        render.say("the backlog is empty; `harness backlog add ITEM TEXT` puts something in it")
    for line in lines(site):
        render.say(line)
    return 0


@backlog_command.command("approve")
@click.argument("items", nargs=-1)
@click.option("--digest", help="The digest of what you approve, as it was shown; needed where there is no terminal.")
@click.option("--comment", default="", help="Goes on the record.")
def approve(items: tuple[str, ...], digest: str | None, comment: str) -> int:
    """Approve ITEMS for the sprint: these and no others, as they are now. Without ITEMS, those of the last approval.

    It is a decision on the record. An item that says something else, another proposal, or a new change re-opens it.
    """
    site = here()
    entry = _sprint(site, items)
    shown = [f"subject {entry.subject}"]
    for name, item in entry.items.items():
        has = f"proposal {item['proposal'][:12]}" if item["proposal"] else "no proposal yet"
        shown.append(f"{name}: {item['text']} (change {item['change']}, {has})")
    outside = [name for name in entry.known if name not in {item["change"] for item in entry.items.values()}]
    shown += [f"not in it, though proposed or under way: {', '.join(outside)}"] if outside else []
    render.block("the sprint:", shown)
    if digest is None:
        if not sys.stdin.isatty():
            raise Refused(f"say what you approve: --digest {entry.subject}")
        if not click.confirm("approve this sprint?"):
            return 3
    elif digest != entry.subject:
        raise Stale(f"you name {digest[:12]}, but {entry.subject[:12]} is the sprint now; look at it again")
    number = _recorded(site, entry.model_copy(update={"comment": comment, "by": site.owner()}))
    render.say(f"on the record, msg #{number}; nothing was begun by it")
    return 0


def _sprint(site: Site, names: tuple[str, ...]) -> Sprint:
    """The approval as it would be recorded."""
    found, there = backlog(site), proposals(site)
    if not names:
        stands = sprint.last(site.journal("repo").read())
        if stands is None:
            raise Mistake("name the items of the sprint, as `harness backlog list` shows them")
        kept = {item.name for item in found.items}
        over = {
            name for name, item in stands[1].items.items() if item["change"] in there and there[item["change"]].over
        }
        names = tuple(name for name in stands[1].items if name in kept and name not in over)
    chosen = [found.find(name) for name in dict.fromkeys(names)]
    done = [item.name for item in chosen if item.done]
    if done:
        raise Refused(f"{done[0]} is ticked in the backlog already; take the tick away first if it is to be done again")
    items = scope(chosen, there)
    known = tuple(sorted(name for name, each in there.items() if not each.over))
    return Sprint(subject=sprint.subject(items, known), items=items, known=known, message=0)


def _recorded(site: Site, entry: Sprint) -> int:
    """Say it on the channel, then put it on the record; the message's number."""
    action = f"work on {', '.join(entry.items) or 'nothing'} in this sprint"
    before = [e.hash for e in site.journal("repo").read() if isinstance(e.event, Sprint)]
    entry = trust.approved(site.top, entry, before[-1] if before else "")
    why = "" if entry.signature else only(site)
    if why:
        raise Refused(f"not signed, and {why}: {HOW}")
    text = words(site)("authorization", action=action, subject=entry.subject)
    stands = sprint.last(site.journal("repo").read())
    number = site.channel().post(f"sprint/{stands[1].message if stands else 0}/{entry.subject}", "CEO", text)
    with lease(site.locks, "repo", wait=True):
        SqliteJournal(site.store, "repo").append(entry.model_copy(update={"message": number}))
    return number


def _there(site: Site) -> bytes:
    data = own_file(site.top, PATH)
    if data is None:
        raise Mistake(f"there is no {PATH}; `harness backlog add ITEM TEXT` writes it")
    return data


def _facts(site: Site, item: Item, inside: set[str]) -> dict[str, Any]:
    """What is said of one item."""
    change = item.change or item.name
    entries = site.journal(change).read() if change not in RESERVED else []
    state = "done" if item.done else "open"
    if entries:
        state = phase(fold(entries))
    elif own_file(site.top, f"openspec/changes/{change}/proposal.md") is not None:
        state = "proposed"
    named_so = f" as {change}" if item.change and item.change != item.name else ""
    return {
        "name": item.name,
        "kind": item.kind,
        "text": item.text,
        "notes": item.notes,
        "state": state + named_so,
        "change": item.change,
        "sprint": item.name in inside,
        "line": item.first + 1,
    }
