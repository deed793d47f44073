"""The boxes of a task list, and what is odd about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.openspec.issue import Issue
from harness.openspec.script import BLANKS, DOT, S, length, trim, trim_end

_START = re.compile(f"{S}*(?:[-*+]|[0-9]{{1,9}}[.)]){S}*\\[")
_END = re.compile("[\n\r\u2028\u2029]")
_HEADING = re.compile(r" {0,3}##(?!#)(?:[ \t]+|[ \t]*\r?\Z)")
_GROUP = re.compile(r" {0,3}##[ \t]+([0-9]+)\.(?:[ \t]|\r?\Z)")
_NUMBER = re.compile(f"([0-9]+(?:\\.[0-9]+)+[A-Za-z]*)(?={S}|\\Z)")
_ITEM = re.compile(f"{S}*(?:[-*+]|[0-9]{{1,9}}[.)]){S}+[^\\s]")
_FENCE = re.compile(f" {{0,3}}(`{{3,}}|~{{3,}})({DOT}*)")
_MATTER = re.compile(f"-{{3}}{S}*")
MARGIN = 4
"""Columns of indentation that make a line code."""


@dataclass(frozen=True, slots=True)
class Task:
    """One box."""

    line: int
    done: bool
    text: str


def parse(text: str) -> list[Task]:
    """Every box of a task file, in code too: what looks like a box is one."""
    return list(_boxes(text.removeprefix("\ufeff").split("\n")))


def _boxes(lines: list[str]) -> Iterator[Task]:
    for number, line in enumerate(lines, 1):
        found = _START.match(line)
        end = line.find("]", found.end()) if found else -1
        if found is None or end < 0:
            continue
        held, rest = line[found.end() : end], line[end + 1 :]
        mark = trim(held)
        if length(mark) > 1 or ((mark or not held) and rest[:1] in ("(", "[")):
            continue
        yield Task(number, mark in ("x", "X"), trim(_END.split(rest.lstrip(BLANKS), maxsplit=1)[0]))


def oddities(files: Sequence[tuple[str, str]]) -> Iterator[Issue]:
    """Numbers that come twice or stand in the wrong group, in (path, text) of task files with numbered groups."""
    first: dict[str, tuple[str, int]] = {}
    for path, text in files:
        lines = text.split("\n")
        group = ""
        if not any(_GROUP.match(line) for line in lines):
            continue
        for number, line in enumerate(lines, 1):
            if _HEADING.match(line):
                found = _GROUP.match(line)
                group = found[1] if found else ""
            task = next(_boxes([line]), None) if group else None
            mark = _NUMBER.match(task.text) if task else None
            if mark:
                yield from _odd(path, number, mark[1], group, first)


def _odd(path: str, number: int, name: str, group: str, first: dict[str, tuple[str, int]]) -> Iterator[Issue]:
    leading = name.split(".")[0]
    if leading.lstrip("0") != group.lstrip("0"):
        text = f'Task "{name}" is under group {group}, but its leading number points to group {leading}. '
        yield Issue("WARNING", path, f"{text}Move it to group {leading} or renumber it.", number)
    if name in first:
        where, line = first[name]
        place = f"on line {line}" if where == path else f"in {where} on line {line}"
        yield Issue("WARNING", path, f'Task ID "{name}" is duplicated; it was first declared {place}.', number)
    first.setdefault(name, (path, number))


def boxless(files: Sequence[tuple[str, str]]) -> Iterator[Issue]:
    """The first list item of each file, as a warning, where no line of any is a box."""
    if any(parse(text) for _, text in files):
        return
    words = (
        "This change counts as 0 tasks: no line in its tracked task files is a checkbox, so "
        '"openspec list" and "openspec status" report no work and "openspec archive" has nothing to flag as '
        'incomplete. Write each task as "- [ ] 1.1 Description".'
    )
    for path, text in files:
        if line := _item(text.split("\n")):
            yield Issue("WARNING", path, words, line)


def _item(lines: list[str]) -> int:
    """The line of the first list item that a reader sees; 0 where there is none."""
    fence, hidden = "", False
    for i in range(_matter(lines), len(lines)):
        line = lines[i]
        if hidden:
            hidden = "-->" not in line
        elif found := _FENCE.match(line):
            closes = fence and found[1].startswith(fence) and not trim(found[2])
            fence = "" if closes else fence or found[1]
        elif not fence and line.lstrip(BLANKS).startswith("<!--"):
            hidden = "-->" not in line[line.index("<!--") + 4 :]
        elif not fence and _ITEM.match(line) and _indent(line) < MARGIN:
            return i + 1
    return 0


def _matter(lines: list[str]) -> int:
    """How many lines of front matter there are."""
    if not _MATTER.fullmatch(trim_end(lines[0].removeprefix("\ufeff"))):
        return 0
    return next((i + 1 for i in range(1, len(lines)) if _MATTER.fullmatch(trim_end(lines[i]))), 0)


def _indent(line: str) -> int:
    column = 0
    for char in line:
        if char not in " \t":
            break
        column += 1 if char == " " else MARGIN - column % MARGIN
    return column


def ticked(data: bytes) -> bytes:
    """A task file with every empty box ticked, all else byte for byte; one that is no UTF-8 stays as it is."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    lines = text.split("\n")
    for task in parse(text):
        line = lines[task.line - 1]
        # a byte order mark, which the parser takes away, stands in front of the first line
        at = _START.match(line.removeprefix("\ufeff"))
        begin = at.end() + len(line) - len(line.removeprefix("\ufeff")) if at else 0
        end = line.index("]", begin)
        if not trim(line[begin:end]):
            lines[task.line - 1] = f"{line[:begin]}x{line[end:]}"
    return "\n".join(lines).encode()
