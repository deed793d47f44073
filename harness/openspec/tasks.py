"""The boxes of a task list, and what is odd about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.openspec.issue import Issue
from harness.openspec.markdown import fenced
from harness.openspec.script import DOT, S, length, normal, trim

_START = re.compile(f"{S}*(?:[-*+]|[0-9]+[.)]){S}*\\[")
_END = re.compile("[\n\r\u2028\u2029]")
_GROUP = re.compile(f"##{S}+([0-9]+)[.]{S}*{DOT}*")
_NUMBER = re.compile(f"([0-9]+(?:\\.[0-9]+)+)(?={S}|\\Z)")
_ITEM = re.compile(f"{S}*(?:[-*+]|[0-9]+[.)]){S}+[^\\s]{DOT}*")


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
        mark, rest = trim(line[found.end() : end]), line[end + 1 :]
        if length(mark) > 1 or (mark and rest[:1] in ("(", "[")):
            continue
        yield Task(number, mark in ("x", "X"), trim(_END.split(rest, maxsplit=1)[0]))


def oddities(path: str, text: str) -> list[Issue]:
    """Numbers that come twice or stand in the wrong group."""
    out: list[Issue] = []
    group = ""
    first: dict[str, int] = {}
    lines = normal(text).split("\n")
    boxes = {task.line: task for task in _boxes(lines)}
    for number, line in enumerate(lines, 1):
        if line.startswith("##") and not line.startswith("###"):
            found = _GROUP.match(line)
            group = found[1] if found else ""
            continue
        task = boxes.get(number)
        mark = _NUMBER.match(task.text) if task else None
        if mark is None:
            continue
        name = mark[1]
        if name in first:
            text_ = f'Task ID "{name}" is duplicated; it was first declared on line {first[name]}.'
            out.append(Issue("WARNING", path, text_, number))
        first.setdefault(name, number)
        leading = name.split(".")[0]
        if group and leading != group:
            text_ = f'Task "{name}" is under group {group}, but its leading number points to group {leading}. '
            out.append(Issue("WARNING", path, f"{text_}Move it to group {leading} or renumber it.", number))
    return out


def boxless(path: str, text: str) -> Issue | None:
    """The first list item of a file, as a warning: for a change of which no line is a box."""
    lines = normal(text).split("\n")
    code = fenced(lines)
    for number, line in enumerate(lines, 1):
        if not code[number - 1] and _ITEM.fullmatch(line):
            words = (
                "This change counts as 0 tasks: no line in its tracked task files is a checkbox, so "
                '"openspec list" and "openspec status" report no work and "openspec archive" has nothing to flag as '
                'incomplete. Write each task as "- [ ] 1.1 Description".'
            )
            return Issue("WARNING", path, words, number)
    return None


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
