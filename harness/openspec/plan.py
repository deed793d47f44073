"""What one delta file asks for: requirements to add, to change, to drop and to rename."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from harness.openspec.markdown import fenced
from harness.openspec.requirement import TOP, Block, block, named, other, unhashed
from harness.openspec.script import S, normal, rest, trim, trim_end

KINDS = ("ADDED", "MODIFIED", "REMOVED", "RENAMED")
_KIND = re.compile("(ADDED|MODIFIED|REMOVED|RENAMED) Requirements", re.I | re.A)
_PURPOSE = re.compile(f"##{S}+(?ai:Purpose){S}*")
_UNDER = re.compile(f"##{S}")
_BULLET = re.compile(f"{S}*[-*+]{S}*`?###{S}*Requirement:(.*)", re.S)
_MOVE = re.compile(f"{S}*(?:[-*+]{S}*)?(FROM|TO):{S}*`?###{S}*Requirement:(.*)", re.S)
_NAMELESS = re.compile("requirement:?", re.I | re.A)
_COMMENT = re.compile("<!--.*?(?:--!?>|\\Z)", re.S)
_VISIBLE = re.compile("[^\n]")
_TOLD = {"nameless": 0, "heading": 0, "from": 1, "to": 1, "stray": 2}
"""In which order notes are told."""


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
    bullets: list[Block] = field(default_factory=list)
    """Of what is removed, what is named in a list."""
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """(from, to)."""
    sections: list[str] = field(default_factory=list)
    """The delta sections that are there, as KINDS orders them."""
    titles: dict[str, str] = field(default_factory=dict)
    """How the heading of each section is written."""
    notes: list[Note] = field(default_factory=list)
    """In the order in which they are told."""

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
            _aside(plan, lines, code, span, f"## {title}" if start >= 0 else "")
            continue
        word = kind[1].upper()
        plan.titles.setdefault(word, title)
        if word == "RENAMED":
            _renames(plan, lines, code, span)
        else:
            _blocks(plan, word, lines, code, span)
    plan.sections = sorted(plan.titles, key=KINDS.index)
    plan.removed = _removed(plan)
    plan.notes.sort(key=lambda note: (_TOLD[note.kind], note.line))
    return plan


def _aside(plan: Plan, lines: list[str], code: list[bool], span: range, heading: str) -> None:
    for i in span:
        name = None if code[i] else named(lines[i])
        if name is not None:
            plan.notes.append(Note("stray", i + 1, name, heading))


def _blocks(plan: Plan, kind: str, lines: list[str], code: list[bool], span: range) -> None:
    """The requirements of one section; a heading that is no requirement's belongs to the one before it."""
    into = {"ADDED": plan.added, "MODIFIED": plan.modified, "REMOVED": plan.removed}[kind]
    ends = [i for i in span if not code[i] and (named(lines[i]) is not None or _UNDER.match(lines[i]))]
    for i, end in pairwise([*ends, span.stop]):
        if (name := named(lines[i])) is not None:
            into.append(block(name, i + 1, lines[i:end]))
    for i in span:
        if code[i]:
            continue
        if kind != "REMOVED" and (title := other(lines[i])) is not None:
            word = "nameless" if _NAMELESS.fullmatch(title) else "heading"
            plan.notes.append(Note(word, i + 1, title, plan.titles[kind]))
        elif kind == "REMOVED" and (found := _BULLET.fullmatch(lines[i])) and (name := _ticked(found[1])) is not None:
            plan.bullets.append(Block(name, i + 1, (f"### Requirement: {name}",)))


def _removed(plan: Plan) -> list[Block]:
    """What is removed, in the file's order, first as a heading where a name stands as a bullet, too."""
    headed = list(plan.removed)
    out = []
    for each in sorted([*plan.removed, *plan.bullets], key=lambda each: each.line):
        bare = Block(each.name, each.line, (f"### Requirement: {each.name}",))
        whole = next((block for block in headed if block.name == each.name), bare)
        headed = [block for block in headed if block is not whole]
        out.append(whole)
    return out


def _ticked(text: str) -> str | None:
    """A name that may have a backtick behind it; None where there is no name."""
    name = rest(text)
    if name is None:
        return None
    bare = trim_end(name)
    return unhashed(bare[:-1] if bare.endswith("`") and len(bare) > 1 else name)


def _renames(plan: Plan, lines: list[str], code: list[bool], span: range) -> None:
    left: tuple[int, str] | None = None
    for i in span:
        found = None if code[i] else _MOVE.fullmatch(lines[i])
        name = _ticked(found[2]) if found else None
        if found is None or name is None:
            continue
        if found[1] == "FROM":
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


def purpose(text: str) -> str:
    """What stands under `## Purpose` in a delta or a living spec; '' where that is only code and comments."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    bare = _COMMENT.sub(lambda found: _VISIBLE.sub(" ", found[0]), "\n".join(lines)).split("\n")
    code = fenced(bare)
    start = next((i for i, line in enumerate(bare) if not code[i] and _PURPOSE.fullmatch(line)), None)
    if start is None:
        return ""
    end = next((i for i in range(start + 1, len(bare)) if not code[i] and _UNDER.match(bare[i])), len(bare))
    seen = trim("\n".join(bare[i] for i in range(start + 1, end) if not code[i]))
    return trim("\n".join(lines[start + 1 : end])) if seen else ""
