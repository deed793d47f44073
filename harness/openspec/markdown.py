"""Markdown as OpenSpec's tool reads it: code fences, and headings as a tree."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.openspec.script import DOT, S, trim

_FENCE = re.compile(f"{S}*(`{{3,}}|~{{3,}})({DOT}*)")
_HEADING = re.compile(f"(#{{1,6}}){S}+({DOT}+)")
_END = re.compile(f"(#{{1,6}}){S}")
"""What ends a section in front of it; a heading needs a title besides."""


@dataclass(slots=True)
class Section:
    """A heading and what is below it, up to the next heading of its level or above."""

    level: int
    title: str
    line: int
    """1-based."""
    content: str = ""
    children: list[Section] = field(default_factory=list)


def fenced(lines: list[str]) -> list[bool]:
    """For each line, whether it is a fence or code between fences; a fence that is not closed goes on to the end."""
    out: list[bool] = []
    mark = ""
    for line in lines:
        found = _FENCE.fullmatch(line)
        if mark:
            out.append(True)
            if found and found[1][0] == mark[0] and len(found[1]) >= len(mark) and not trim(found[2]):
                mark = ""
        else:
            mark = found[1] if found else ""
            out.append(bool(found))
    return out


def headings(lines: list[str], code: list[bool]) -> Iterator[tuple[int, int, str]]:
    """(index, level, title) of every heading outside code."""
    for index, line in enumerate(lines):
        if not code[index] and (found := _HEADING.fullmatch(line)):
            yield index, len(found[1]), trim(found[2])


def sections(text: str) -> list[Section]:
    """The headings of `text` (LF line ends) as trees."""
    lines = text.split("\n")
    code = fenced(lines)
    ends = [(i, len(found[1])) for i, line in enumerate(lines) if not code[i] and (found := _END.match(line))]
    roots: list[Section] = []
    open_: list[Section] = []
    for index, level, title in headings(lines, code):
        below = range(bisect_right(ends, (index, 6)), len(ends))
        end = next((ends[at][0] for at in below if ends[at][1] <= level), len(lines))
        section = Section(level, title, index + 1, trim("\n".join(lines[index + 1 : end])))
        while open_ and open_[-1].level >= level:
            open_.pop()
        (open_[-1].children if open_ else roots).append(section)
        open_.append(section)
    return roots


def find(roots: list[Section], title: str) -> Section | None:
    """The first section of that title at any depth, without regard to case."""
    for root in roots:
        if root.title.lower() == title.lower():
            return root
        if (found := find(root.children, title)) is not None:
            return found
    return None
