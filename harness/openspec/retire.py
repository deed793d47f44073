"""Whether a spec that loses its last requirement may be deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.openspec.living import lf, split
from harness.openspec.markdown import fenced
from harness.openspec.requirement import Block, foreign
from harness.openspec.script import S, trim

SHOWN = 3
"""Lines that are quoted."""
LONGEST = 200
"""Characters of such a line."""
_SECTION = re.compile(f" {{0,3}}##{S}(.*)", re.S)
_TITLE = re.compile(f" {{0,3}}#{S}")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|\Z)")
_HTML = re.compile(f"{S}*<h[1-6]\\b", re.I | re.A)
_HTML_HEADING = re.compile(r" {0,3}<h[1-6]\b", re.I | re.A)
_UNDERLINE = re.compile(f" {{0,3}}(?:=+|-+){S}*")
_SCENARIO = re.compile(f" {{0,3}}####{S}+(?ai:Scenario):")
_ITEM = re.compile(f"{S}*(?:[-*+]|[0-9]{{1,9}}[.)]){S}+")
_OPENS = re.compile(r" {0,3}(?:>|(?:[-*_][ \t]*){3,}\Z|(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t]|\Z)|[<|])")
"""What begins something of its own below a list item, and does not go on with its words."""
_MARKUP = re.compile(f"{S}*[|<]")


def loose(text: str) -> list[str]:
    """The lines of a spec that belong neither to its title, nor to its purpose, nor to a requirement."""
    living = split(lf(text))
    out = list(_before(living.before.split("\n")))
    for part in (living.preamble, living.after):
        out += [trim(line) for line in part.split("\n") if trim(line)]
    for block in living.blocks:
        if tail := foreign(block):
            out.append(trim(tail.partition("\n")[0]))
        out += _Reader().read(block)
    return list(dict.fromkeys(out))


def _before(lines: list[str]) -> Iterator[str]:
    """What stands in front of the requirements besides the title and the purpose."""
    code = fenced(lines)
    titled = purpose = False
    above = ""
    for i, line in enumerate(lines):
        last, above = above, line if trim(line) else ""
        if not above:
            continue
        if code[i]:
            if not purpose:
                yield trim(line)
        elif (found := _SECTION.fullmatch(line)) and trim(found[1]):
            purpose = trim(found[1]).lower() == "purpose"
            if not purpose:
                yield trim(line)
        elif purpose and last and _UNDERLINE.fullmatch(line):
            purpose = False
            yield trim(last)
        elif _HTML_HEADING.match(line):
            purpose = False
            yield trim(line)
        elif _TITLE.match(line):
            if titled or purpose:
                purpose = False
                yield trim(line)
            titled = True
        elif not purpose:
            yield trim(line)


@dataclass(slots=True)
class _Reader:
    """Reads one requirement and gives what is neither its words nor a scenario's steps."""

    tested: bool = False
    """Whether a scenario has begun."""
    steps: bool = False
    """Whether the lines are a scenario's steps: no blank line was behind them."""
    begun: bool = False
    """Whether one of those steps was there."""
    column: int | None = None
    """Where the words of the list item begin that the line above belongs to."""
    open: bool = False
    """Whether a line without indentation would go on with that item's words."""

    def read(self, block: Block) -> Iterator[str]:
        lines = list(block.lines)
        code = fenced(lines)
        for i, line in enumerate(lines[1:], 1):
            if not trim(line):
                self.steps = self.steps and not self.begun
                self._close()
                continue
            inside = self.column is not None and _width(line[: len(line) - len(line.lstrip(" \t"))]) >= self.column
            bare = _indented(line, self.column or 0) if inside else line
            if code[i]:
                self.column, self.open = self.column if inside else None, False
            elif i > 1 and _UNDERLINE.fullmatch(bare) and trim(lines[i - 1]):
                self._close()
                yield trim(lines[i - 1])
            elif self._goes_on(bare, inside):
                self.open = not _OPENS.match(bare)
            elif not self._own(line):
                yield trim(line)

    def _close(self) -> None:
        self.column, self.open = None, False

    def _goes_on(self, bare: str, inside: bool) -> bool:
        """Whether a line belongs to the list item above it."""
        lazy = self.open and self.steps and not _OPENS.match(bare)
        return (inside or lazy) and not (_HEADING.match(bare) or _HTML.match(bare))

    def _own(self, line: str) -> bool:
        """Whether a line that begins something belongs to the requirement."""
        item = _ITEM.match(line)
        self.column, self.open = _width(item[0]) if item else None, bool(item)
        if _SCENARIO.match(line):
            self.tested = self.steps = True
            self.begun = False
            return True
        if item and self.steps:
            self.begun = True
            return True
        return not self.tested and (bool(item) or not _MARKUP.match(line))


def _width(text: str) -> int:
    """How many columns a text takes, tabs going on to the next multiple of four."""
    column = 0
    for char in text:
        column += 4 - column % 4 if char == "\t" else 1
    return column


def _indented(line: str, columns: int) -> str:
    """A line without that much of its indentation."""
    at = 0
    while at < len(line) and line[at] in " \t" and _width(line[:at]) < columns:
        at += 1
    return line[at:]


def kept(capability: str, lines: list[str]) -> str:
    """Why a spec that was declared to be retired is kept."""
    return (
        f"'{capability}' declares retire_capabilities, but the spec holds content the merge cannot safely account for "
        f"and deleting the file would take with it: {_quoted(lines)}. Move it into `## Purpose` or a canonical "
        "requirement, or delete the spec by hand."
    )


def emptied(capability: str, lines: list[str]) -> str:
    """Why a spec that loses its last requirement, and holds more, can't be written."""
    return (
        f"This change removes the last requirement '{capability}' has, so the rebuilt spec has none left and cannot be "
        "written. Retiring the capability is what archive does instead, and it is refused while the spec holds content "
        f"the merge cannot safely account for and deleting the file would take with it: {_quoted(lines)}. Move it into "
        "`## Purpose` or a canonical requirement, or delete the spec by hand, then rerun."
    )


def _quoted(lines: list[str]) -> str:
    clean = [re.sub("[\x00-\x1f\x7f]", "?", line) for line in lines[:SHOWN]]
    quoted = ", ".join(f'"{line[:LONGEST]}{"…" if len(line) > LONGEST else ""}"' for line in clean)
    return f"{quoted}, and {len(lines) - SHOWN} more line(s)" if len(lines) > SHOWN else quoted


UNDECLARED = (
    "This change removes the last requirement '{}' has. To retire the capability and delete its spec, add "
    "`retire_capabilities: true` to the change's .openspec.yaml (alongside its `schema:`, which that file requires), "
    "then rerun."
)
