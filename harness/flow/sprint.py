"""The sprint: what the CEO approved to be worked on, and what has changed its scope since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.domain.digest import digest
from harness.domain.event import Entry, Sprint
from harness.flow.backlog import Backlog, Item


@dataclass(frozen=True, slots=True)
class Proposal:
    """The proposal of one change, as it is now."""

    digest: str
    """SHA-256 of its text; '' where there is none."""
    again: float
    """When it was last made anew after the run had begun; 0 where it never was."""
    over: bool
    """Whether the change is merged or abandoned."""


def scope(items: Sequence[Item], proposals: Mapping[str, Proposal]) -> dict[str, dict[str, str]]:
    """name -> what is approved of each item; `proposals` by the change's name."""
    found = {}
    for item in items:
        change = item.change or item.name
        known = proposals.get(change)
        text = "\n".join(filter(None, (item.text, item.notes)))
        found[item.name] = {"text": text, "change": change, "proposal": known.digest if known else ""}
    return found


def subject(items: Mapping[str, Mapping[str, str]], known: Sequence[str]) -> str:
    """Digest of what the CEO decides on."""
    return digest({"sprint": {name: dict(item) for name, item in items.items()}, "known": sorted(known)})


def last(entries: Sequence[Entry]) -> tuple[float, Sprint] | None:
    """(when, the approval) that stands; None where no sprint was approved yet."""
    return next(((e.at, e.event) for e in reversed(entries) if isinstance(e.event, Sprint)), None)


def reopened(sprint: Sprint, at: float, backlog: Backlog, proposals: Mapping[str, Proposal]) -> list[str]:
    """What has changed the scope since the approval, one sentence each; empty where it stands.

    An approved item's first proposal is what was approved to be written; another one after it is not.
    """
    now = {item.name: item for item in backlog.items}
    found = []
    for name, was in sprint.items.items():
        change = was["change"]
        proposal = proposals.get(change)
        if proposal and proposal.over:
            continue
        item = now.get(name)
        if item is None:
            found.append(f"{name} is in the backlog no more")
        elif scope([item], {})[name]["text"] != was["text"]:
            found.append(f"{name} says something else in the backlog than what was approved")
        if proposal and (proposal.again > at or (was["proposal"] and proposal.digest != was["proposal"])):
            found.append(f"{change} has another proposal than at the approval")
    changes = {now[name].change or name if name in now else was["change"] for name, was in sprint.items.items()}
    inside = {*sprint.known, *changes, *(was["change"] for was in sprint.items.values())}
    return found + [
        f"{name} was proposed after the approval, and is not in it"
        for name, proposal in sorted(proposals.items())
        if name not in inside and not proposal.over
    ]
