"""A requirement in a document: its heading line, its name and its whole text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from harness.openspec.markdown import fenced, headings
from harness.openspec.script import DOT, S, trim, trim_end

HEADING = re.compile(f"###{S}*Requirement:{S}*({DOT}*)", re.I)
"""A requirement's heading, with a name or without."""
TOP = re.compile(f"##{S}+({DOT}+)")
"""A heading of a document's own sections."""
_OTHER = re.compile(f"###{S}+({DOT}+)")
_SCENARIO = re.compile(f"####{S}+({DOT}+)")
_TITLE = re.compile(f"Scenario:{S}*", re.I)
_HASHES = re.compile(f"{S}+#+{S}*\\Z")
_MUST = re.compile(r"\b(?:SHALL|MUST)\b", re.A)


@dataclass(frozen=True, slots=True)
class Block:
    """One requirement as written."""

    name: str
    line: int
    """1-based, in the file that it stands in."""
    lines: tuple[str, ...]
    """Its heading and what follows it, without blank lines at the end."""

    @property
    def raw(self) -> str:
        return "\n".join(self.lines)

    @property
    def text(self) -> str:
        """The requirement's own words: what is in front of its first heading, code and blank lines left out."""
        body = list(self.lines[1:])
        code = fenced(body)
        first = next((index for index, _, _ in headings(body, code)), len(body))
        return "\n".join(trim(body[i]) for i in range(first) if not code[i] and trim(body[i]))

    @property
    def scenarios(self) -> list[str]:
        """The names of its level-4 headings."""
        body = list(self.lines[1:])
        code = fenced(body)
        found = (_SCENARIO.fullmatch(line) for i, line in enumerate(body) if not code[i])
        return [trim(_TITLE.sub("", trim(match[1]), count=1)) for match in found if match]

    @property
    def tested(self) -> tuple[bool, bool]:
        """(whether a scenario has steps, whether there is a scenario at all)."""
        body = list(self.lines[1:])
        code = fenced(body)
        starts = [i for i, line in enumerate(body) if not code[i] and _SCENARIO.fullmatch(line)]
        bounds = [*starts, len(body)]
        steps = any(trim("\n".join(body[a + 1 : b])) for a, b in pairwise(bounds))
        return steps, bool(starts)


def named(line: str) -> str | None:
    """The name in a requirement's heading, '' where it has none, None where the line is no such heading."""
    found = HEADING.fullmatch(line)
    return None if found is None else unhashed(found[1])


def unhashed(name: str) -> str:
    """A heading's text without blanks around it and without closing hashes."""
    return trim(_HASHES.sub("", name))


def other(line: str) -> str | None:
    """The title of a level-3 heading that is no requirement's."""
    found = _OTHER.fullmatch(line)
    return None if found is None or HEADING.fullmatch(line) else trim(found[1])


def binding(text: str) -> bool:
    """Whether the text says SHALL or MUST."""
    return bool(_MUST.search(text))


def near(name: str) -> str:
    """A name as near-misses are found: without regard to case and to the width of space."""
    return re.sub(f"{S}+", " ", trim(name)).lower()


def block(name: str, line: int, lines: list[str]) -> Block:
    """A block without blank lines at its end."""
    while lines and not trim(lines[-1]):
        lines = lines[:-1]
    return Block(name, line, (*lines[:-1], trim_end(lines[-1])) if len(lines) > 1 else tuple(lines))
