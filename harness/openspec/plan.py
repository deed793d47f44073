"""What one delta file asks for: requirements to add, to change, to drop and to rename."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from harness.openspec.markdown import fenced
from harness.openspec.requirement import TOP, Block, block, named, other, unhashed
from harness.openspec.script import DOT, S, normal, trim

KINDS = ("ADDED", "MODIFIED", "REMOVED", "RENAMED")
_KIND = re.compile("(ADDED|MODIFIED|REMOVED|RENAMED) Requirements", re.I)
_BULLET = re.compile(f"{S}*[-*+]{S}*`?{S}*###{S}*Requirement:{S}*({DOT}+?)`?{S}*", re.I)
_MOVE = re.compile(f"{S}*(?:[-*+]{S}*)?(FROM|TO):{S}*`?{S}*###{S}*Requirement:{S}*({DOT}+?)`?{S}*", re.I)


@dataclass(frozen=True, slots=True)
class Note:
    """Something at a line that is not taken up: what kind of thing, its name, and the section's heading."""

    kind: str
    """'nameless', 'heading', 'stray', 'from' or 'to'."""
    line: int
    name: str
    where: str


@dataclass(slots=True)
class Plan:
    """A delta file, read."""

    added: list[Block] = field(default_factory=list)
    modified: list[Block] = field(default_factory=list)
    removed: list[Block] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """(from, to)."""
    sections: list[str] = field(default_factory=list)
    """The delta sections that are there, as KINDS orders them."""
    notes: list[Note] = field(default_factory=list)
    purpose: str | None = None
    """What stands under `## Purpose`; None where there is no such section."""

    @property
    def size(self) -> int:
        return len(self.added) + len(self.modified) + len(self.removed) + len(self.renamed)

    @property
    def first(self) -> list[tuple[str, list[Block]]]:
        """The kinds that are made of blocks."""
        return [("ADDED", self.added), ("MODIFIED", self.modified), ("REMOVED", self.removed)]


def read(text: str) -> Plan:
    """The plan in a delta file's text, line ends and byte order mark as they come."""
    lines = normal(text).split("\n")
    code = fenced(lines)
    plan = Plan()
    tops = [(i, trim(found[1])) for i, line in enumerate(lines) if not code[i] and (found := TOP.fullmatch(line))]
    bounds = [(-1, ""), *tops, (len(lines), "")]
    for (start, title), (end, _) in pairwise(bounds):
        kind = _KIND.fullmatch(title)
        span = range(start + 1, end)
        if kind is None:
            _aside(plan, lines, code, span, lines[start] if start >= 0 else "")
            if title.lower() == "purpose" and plan.purpose is None:
                plan.purpose = trim("\n".join(lines[i] for i in span))
            continue
        word = kind[1].upper()
        if word not in plan.sections:
            plan.sections.append(word)
        if word == "RENAMED":
            _renames(plan, lines, code, span)
        else:
            _blocks(plan, word, lines, code, span)
    plan.sections.sort(key=KINDS.index)
    return plan


def _aside(plan: Plan, lines: list[str], code: list[bool], span: range, heading: str) -> None:
    for i in span:
        name = None if code[i] else named(lines[i])
        if name:
            plan.notes.append(Note("stray", i + 1, name, trim(heading)))


def _blocks(plan: Plan, kind: str, lines: list[str], code: list[bool], span: range) -> None:
    """The requirements of one section; a heading without a name ends the one before it and begins none."""
    into = {"ADDED": plan.added, "MODIFIED": plan.modified, "REMOVED": plan.removed}[kind]
    starts = [(i, name) for i in span if not code[i] and (name := named(lines[i])) is not None]
    for number, (i, name) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else span.stop
        if name:
            into.append(block(name, i + 1, lines[i:end]))
    for i in span:
        if code[i]:
            continue
        if named(lines[i]) == "":
            plan.notes.append(Note("nameless", i + 1, "", kind))
        elif kind != "REMOVED" and (title := other(lines[i])) is not None:
            plan.notes.append(Note("heading", i + 1, title, kind))
        elif kind == "REMOVED" and (found := _BULLET.fullmatch(lines[i])):
            name = unhashed(found[1])
            into.append(Block(name, i + 1, (f"### Requirement: {name}",)))


def _renames(plan: Plan, lines: list[str], code: list[bool], span: range) -> None:
    left: tuple[int, str] | None = None
    for i in span:
        found = None if code[i] else _MOVE.fullmatch(lines[i])
        if found is None:
            continue
        name = unhashed(found[2])
        if found[1].upper() == "FROM":
            if left:
                plan.notes.append(Note("from", left[0], left[1], "RENAMED"))
            left = i + 1, name
        elif left:
            plan.renamed.append((left[1], name))
            left = None
        else:
            plan.notes.append(Note("to", i + 1, name, "RENAMED"))
    if left:
        plan.notes.append(Note("from", left[0], left[1], "RENAMED"))
