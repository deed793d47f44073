"""A living spec: its parts, what is wrong with its structure, and its text put together again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harness.openspec.issue import Issue
from harness.openspec.markdown import fenced
from harness.openspec.requirement import Block, block, named
from harness.openspec.script import S, normal, trim, trim_end

_REQUIREMENTS = re.compile(f"##{S}+Requirements{S}*", re.I)
_DELTA = re.compile(f"##{S}+(?:ADDED|MODIFIED|REMOVED|RENAMED){S}+Requirements{S}*", re.I)
_TOP = re.compile(f"##{S}+")
_SPACED = re.compile(f"###{S}")


@dataclass(slots=True)
class Living:
    """A spec's text in parts; `blocks` is what a change acts on."""

    before: str
    heading: str
    preamble: str
    blocks: list[Block] = field(default_factory=list)
    after: str = ""

    @property
    def text(self) -> str:
        """The parts put together, with one blank line between them and one line end at the end."""
        lead = trim_end(self.preamble)
        parts = [trim_end(self.before), self.heading, lead, *(each.raw for each in self.blocks)]
        whole = "\n\n".join(part for part in [*parts, trim(self.after)] if part)
        return trim_end(_closed_up(whole)) + "\n"


def split(text: str) -> Living:
    """The parts of a spec (LF line ends); one without `## Requirements` gets an empty section at its end."""
    lines = text.split("\n")
    code = fenced(lines)
    at = next((i for i, line in enumerate(lines) if not code[i] and _REQUIREMENTS.fullmatch(line)), None)
    if at is None:
        return Living(text, "## Requirements", "")
    end = next((i for i in range(at + 1, len(lines)) if not code[i] and _TOP.match(lines[i])), len(lines))
    starts = [(i, name) for i in range(at + 1, end) if not code[i] and (name := named(lines[i])) is not None]
    first = starts[0][0] if starts else end
    living = Living("\n".join(lines[:at]), lines[at], "\n".join(lines[at + 1 : first]), after="\n".join(lines[end:]))
    for number, (i, name) in enumerate(starts):
        stop = starts[number + 1][0] if number + 1 < len(starts) else end
        living.blocks.append(block(name, i + 1, lines[i:stop]))
    return living


def structure(text: str) -> list[Issue]:
    """What makes a spec, as it was read, unsafe to change: each an error with its line.

    A byte order mark hides the heading behind it here, as it does in OpenSpec's tool.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    code = fenced(lines)
    out: list[Issue] = []
    inside = closed = False
    seen: dict[str, int] = {}
    for i, line in enumerate(lines):
        if code[i]:
            continue
        if _TOP.match(line):
            opens = bool(_REQUIREMENTS.fullmatch(line)) and not closed
            closed, inside = closed or inside or opens, opens
            if _DELTA.fullmatch(line):
                out.append(_misplaced(i + 1, trim(line)))
        elif _SPACED.match(line) and (name := named(line)) is not None:
            if not inside:
                out.append(_outside(i + 1, trim(line)))
            elif name in seen:
                out.append(_again(i + 1, trim(line), seen[name]))
            if inside:
                seen.setdefault(name, i + 1)
    return out


def endings(text: str) -> str:
    """The line end that a file uses: CRLF where at least half of its lines have it."""
    windows = text.count("\r\n")
    return "\r\n" if windows and windows >= text.count("\n") - windows else "\n"


def lf(text: str) -> str:
    """A file's text as this module takes it."""
    return normal(text)


def _closed_up(text: str) -> str:
    """Runs of blank lines outside code made one."""
    lines = text.split("\n")
    code = fenced(lines)
    out: list[str] = []
    for i, line in enumerate(lines):
        if line == "" and not code[i] and out and out[-1] == "" and not (i and code[i - 1]):
            continue
        out.append(line)
    return "\n".join(out)


def _misplaced(line: int, heading: str) -> Issue:
    text = (
        f'Main spec contains delta header "{heading}". Delta headers are only valid inside '
        "openspec/changes/<name>/specs/<capability-path>/spec.md and truncate the parsed ## Requirements section."
    )
    return Issue("ERROR", "file", text, line)


def _outside(line: int, heading: str) -> Issue:
    text = (
        f'Requirement header "{heading}" appears outside the main ## Requirements section. Main specs only parse '
        "requirements inside that section, so this requirement is currently invisible to validate, list, and archive."
    )
    return Issue("ERROR", "file", text, line)


def _again(line: int, heading: str, first: int) -> Issue:
    text = (
        f'Requirement header "{heading}" duplicates the requirement declared on line {first}. Requirement names must '
        "be unique so spec updates cannot discard one block while updating another."
    )
    return Issue("ERROR", "file", text, line)
