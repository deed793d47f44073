"""A requirement in a document: its heading line, its name and its whole text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.openspec.markdown import fenced
from harness.openspec.script import DOT, S, rest, trim, trim_end

TOP = re.compile(f"##{S}+({DOT}+)")
"""A heading of a document's own sections."""
_NAMED = re.compile(f"###{S}*(?ai:Requirement):(.*)", re.S)
_OTHER = re.compile(f"###{S}(.*)", re.S)
_HEADER = re.compile(f"#{{1,6}}{S}")
_SCENARIO = re.compile(f"####{S}+")
_ENDS = re.compile(f"#{{1,4}}{S}")
"""What a scenario's steps end in front of."""
_TITLE = re.compile(f"(?ai:Scenario):{S}*")
_FACT = re.compile(r"\*\*[^*]+\*\*:")
"""A line such as `**ID**: R-1`, which is about the requirement."""
_FOREIGN = re.compile(r" {0,3}#{1,3}(?:[ \t]|\Z)")
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
        """The requirement's own words."""
        return body(list(self.lines[1:]))

    @property
    def scenarios(self) -> list[str]:
        """The names of its level-4 headings."""
        code = fenced(list(self.lines))
        return [_scenario(line) for i, line in enumerate(self.lines) if not code[i] and _SCENARIO.match(line)]

    @property
    def tested(self) -> tuple[bool, bool]:
        """(whether a scenario has steps, whether one has none)."""
        lines = list(self.lines[1:])
        code = fenced(lines)
        full = []
        for i, line in enumerate(lines):
            if code[i] or not _SCENARIO.match(line):
                continue
            end = next((j for j in range(i + 1, len(lines)) if not code[j] and _ENDS.match(lines[j])), len(lines))
            full.append(bool(trim("\n".join(lines[i + 1 : end]))))
        return any(full), not all(full)


def body(lines: list[str]) -> str:
    """What stands in front of the first heading, without code, blank lines and facts; the facts where all is facts."""
    code = fenced(lines)
    words: list[str] = []
    facts: list[str] = []
    for i, line in enumerate(lines):
        if code[i]:
            continue
        if _HEADER.match(line):
            break
        if text := trim(line):
            (facts if _FACT.match(text) else words).append(text)
    return "\n".join(words or facts)


def _scenario(line: str) -> str:
    return trim(_TITLE.sub("", _open(_SCENARIO.sub("", line, count=1)), count=1))


def named(line: str) -> str | None:
    """The name in a requirement's heading, '' where it is blank, None where the line is no such heading."""
    found = _NAMED.fullmatch(line)
    name = rest(found[1]) if found else None
    return None if name is None else unhashed(name)


def unhashed(name: str) -> str:
    """A heading's text without closing hashes and without blanks around it."""
    return trim(_open(name))


def _open(text: str) -> str:
    """A heading's text without the hashes that close it: those behind a space or a tab."""
    end = text.rstrip(" \t")
    bare = end.rstrip("#")
    return bare.rstrip(" \t") if bare != end and bare[-1:] in (" ", "\t") and bare else text


def other(line: str) -> str | None:
    """The title of a level-3 heading that is no requirement's."""
    found = _OTHER.fullmatch(line)
    title = rest(found[1]) if found and named(line) is None else None
    return None if title is None else trim(title)


def foreign(block: Block) -> str:
    """What stands in a requirement from a heading on that has no place in it; '' where there is no such heading."""
    code = fenced(list(block.lines))
    for i, line in enumerate(block.lines):
        if i and not code[i] and _FOREIGN.match(line):
            return "\n".join(block.lines[i:])
    return ""


def binding(text: str) -> bool:
    """Whether the text says SHALL or MUST."""
    return bool(_MUST.search(text))


def near(name: str) -> str:
    """A name as near-misses are found: without regard to case and to the width of space."""
    return re.sub(f"{S}+", " ", unhashed(name).lower())


def block(name: str, line: int, lines: list[str]) -> Block:
    """A block without blanks at its end."""
    while len(lines) > 1 and not trim(lines[-1]):
        lines = lines[:-1]
    return Block(name, line, (*lines[:-1], trim_end(lines[-1])))
