"""harness show"""

from __future__ import annotations

from typing import Any

import click

from harness.cli import plain, render
from harness.cli.options import CHANGE, JSON, here
from harness.domain.change import Change
from harness.domain.event import Answered, Asked, Drifted, Entry, RunStarted, Tried
from harness.flow import quality, record


@click.command("show")
@CHANGE
@JSON
@click.option("--qa", is_flag=True, help="The QA report as it stands: what was measured, and the checklist.")
@click.option("--all", "every", is_flag=True, help="Every entry: model calls, tool calls and notes, too.")
def show_command(change: str, as_json: bool, qa: bool, every: bool) -> int:
    """The timeline of CHANGE, each line with the number of its entry."""
    site = here()
    entries = site.entries(change)
    if qa:
        report = quality.facts(record.latest(entries), entries, quality.excluded(entries))
        if as_json:
            render.out(report)
        else:
            from harness.cli.words import words

            render.say(words(site)("qa-report", change=_change(entries, change), **report))
        return 0
    if as_json:
        render.out([_facts(entry, every) for entry in entries if every or milestone(entry)])
        return 0
    for entry in entries:
        text = _line(entry) if every else plain.line(entry) if milestone(entry) else ""
        if text:
            render.say(text)
    return 0


def _change(entries: list[Entry], name: str) -> Change:
    """The change that a record is about."""
    first = entries[0].event if entries else None
    if isinstance(first, RunStarted):
        return Change(name=first.change, kind=first.kind, fork=first.fork)
    return Change(name=name)


def milestone(entry: Entry) -> bool:
    """Whether an entry belongs on the short timeline: steps, gates, decisions and acts; no calls and no tries."""
    event = entry.event
    if isinstance(event, Answered | Asked):
        return event.kind in ("gate", "human") and bool(plain.sentence(entry))
    return not isinstance(event, Tried | Drifted) and bool(plain.sentence(entry))


def _line(entry: Entry) -> str:
    return plain.line(entry) or f"{entry.seq:5}         {entry.event.type} {getattr(entry.event, 'key', '')}".rstrip()


def _facts(entry: Entry, every: bool) -> dict[str, Any]:
    facts = {"seq": entry.seq, "at": entry.at, "type": entry.event.type, "text": plain.sentence(entry).strip()}
    return {**facts, "hash": entry.hash, "event": entry.event.model_dump(mode="json")} if every else facts
