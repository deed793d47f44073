"""A YAML error in the words of OpenSpec's tool, which has another parser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

WIDTH = 80
"""Characters that are shown of a line."""
_OPEN = {"flow sequence": ("sequence", "]"), "flow mapping": ("map", "}")}
_VALUE = re.compile(r".*: +(?=\S)")
_RESERVED = re.compile(r"found character '(.)' that cannot start any token")
_ESCAPE = re.compile(r"found unknown escape character '(.)'")
_ALIAS = re.compile(r"found undefined alias '(.*)'")
_COMPACT = "Nested mappings are not allowed in compact mappings"
_LONG_KEY = "Implicit keys need to be on a single line"
_NO_VALUE = "Implicit map keys need to be followed by map values"


@dataclass(frozen=True, slots=True)
class _Found:
    """What is wrong, where (from 0), and how many characters it takes."""

    words: str
    line: int
    column: int
    width: int = 1


def told(text: str, error: Exception) -> str:
    """What is wrong, with its place and the line that it is in; the parser's words where no others are known."""
    if alias := _ALIAS.fullmatch(_problem(error)):
        return f"Unresolved alias (the anchor must be set before the alias): {alias[1]}"
    found = _found(text, error)
    lines = text.split("\n")
    line = lines[found.line].rstrip("\r") if found.line < len(lines) else ""
    above = lines[found.line - 1] if found.line and not line[: found.column].strip(" ") else None
    shown = [_clipped(each) for each in (above, line) if each is not None]
    where = f"{found.words} at line {found.line + 1}, column {found.column + 1}:\n\n"
    return where + "\n".join([*shown, " " * found.column + "^" * found.width + "\n"])


def _clipped(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"


def _problem(error: Exception) -> str:
    return str(getattr(error, "problem", "") or error)


def _place(mark: Any) -> tuple[int, int]:
    return (mark.line, mark.column) if mark else (0, 0)


def _found(text: str, error: Exception) -> _Found:
    problem, context = _problem(error), str(getattr(error, "context", "") or "")
    line, column = _place(getattr(error, "problem_mark", None))
    lines = text.split("\n")
    end = len(lines) - 1, len(lines[-1])
    if "expected a single document" in context:
        words = "Source contains multiple documents; please use YAML.parseAllDocuments()"
        return _Found(words, line, column, 3 if lines[line].strip() == "---" else 1)
    unclosed = "flow sequence" if text.count("[") > text.count("]") else "flow mapping"
    for kind, (noun, mark) in _OPEN.items():
        if kind in context or (context.endswith("flow node") and kind == unclosed):
            if text[0] in "[{":
                return _Found(f"Flow {noun} must end with a {mark}", *end)
            words = f"Flow {noun} in block collection must be sufficiently indented and end with a {mark}"
            begun, _ = _place(getattr(error, "context_mark", None))
            rest = (i for i in range(begun + 1, len(lines)) if lines[i][:1].strip())
            return _Found(words, *next(((i, 0) for i in rest), end))
    if "mapping values are not allowed" in problem:
        return _nested(lines, line, column)
    if "could not find expected ':'" in problem:
        return _valueless(lines, *_place(getattr(error, "context_mark", None)))
    if "found unexpected end of stream" in problem and "quoted scalar" in context:
        begun, at = _place(getattr(error, "context_mark", None))
        if not re.search(": +$", lines[begun][:at]):
            return _Found(_LONG_KEY, begun, at)
        return _Found(f"Missing closing {lines[begun][at]}quote", *end)
    return _character(problem, line, column)


def _nested(lines: list[str], line: int, column: int) -> _Found:
    """A second colon: the place is where the words in front of it began, maybe some lines above."""
    prefix = lines[line][:column]
    while True:
        if found := _VALUE.match(prefix):
            return _Found(_COMPACT, line, found.end())
        if not line or not lines[line - 1].strip():
            return _Found(_LONG_KEY, line, len(prefix) - len(prefix.lstrip()))
        line -= 1
        prefix = lines[line].rstrip()


def _valueless(lines: list[str], line: int, column: int) -> _Found:
    words = lines[line][column:].rstrip()
    below = next((each for each in lines[line + 1 :] if each.strip()), "")
    if ":" in below and words[:1] not in ("'", '"'):
        return _Found(_LONG_KEY, line, column)
    quoted = re.match(r"'[^']*'|\"[^\"]*\"", words)
    return _Found(_NO_VALUE, line, column, len(quoted[0] if quoted else words))


def _character(problem: str, line: int, column: int) -> _Found:
    """A character that may not stand where it does."""
    if found := _ESCAPE.fullmatch(problem):
        return _Found(f"Invalid escape sequence \\{found[1]}", line, column - 1)
    if "sequence entries are not allowed here" in problem:
        return _Found("Unexpected block-seq-ind on same line with key", line, column)
    if r"found character '\t' that cannot start any token" in problem:
        return _Found("Tabs are not allowed as indentation", line, column)
    if found := _RESERVED.fullmatch(problem):
        kind = "directive indicator" if found[1] == "%" else "reserved"
        return _Found(f"Plain value cannot start with {kind} character {found[1]}", line, column)
    return _Found(problem, line, column)
