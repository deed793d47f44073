"""Whether a spec that loses its last requirement may be deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.openspec.living import lf, split
from harness.openspec.markdown import fenced
from harness.openspec.requirement import other
from harness.openspec.script import S, trim

SHOWN = 3
"""Lines that are quoted."""
_TITLE = re.compile(f"#{S}")
_SECTION = re.compile(f"##{S}+")
_PURPOSE = re.compile(f"##{S}+Purpose{S}*", re.I)


def loose(text: str) -> list[str]:
    """The lines of a spec that belong neither to its title, nor to its purpose, nor to a requirement."""
    living = split(lf(text))
    out = list(_before(living.before.split("\n")))
    out += [trim(line) for line in living.preamble.split("\n") if trim(line)]
    for block in living.blocks:
        code = fenced(list(block.lines))
        first = next((i for i, line in enumerate(block.lines) if not code[i] and other(line) is not None), None)
        if first is not None:
            out += [trim(line) for line in block.lines[first:] if trim(line)]
    return out + [trim(line) for line in living.after.split("\n") if trim(line)]


def _before(lines: list[str]) -> Iterator[str]:
    code = fenced(lines)
    titled = purpose = False
    for i, line in enumerate(lines):
        if not code[i] and _SECTION.match(line):
            purpose = bool(_PURPOSE.fullmatch(line))
            if purpose:
                continue
        elif not code[i] and not titled and not purpose and _TITLE.match(line):
            titled = True
            continue
        if trim(line) and not purpose:
            yield trim(line)


def why_not(text: str, capability: str) -> str:
    """Why a spec that was declared to be retired is kept, or ''."""
    lines = loose(text)
    if not lines:
        return ""
    quoted = ", ".join(f'"{line}"' for line in lines[:SHOWN])
    more = f", and {len(lines) - SHOWN} more line(s)" if len(lines) > SHOWN else ""
    return (
        f"'{capability}' declares retire_capabilities, but the spec holds content the merge cannot safely account for "
        f"and deleting the file would take with it: {quoted}{more}. Move it into `## Purpose` or a canonical "
        "requirement, or delete the spec by hand."
    )


UNDECLARED = (
    "This change removes the last requirement '{}' has. To retire the capability and delete its spec, add "
    "`retire_capabilities: true` to the change's .openspec.yaml (alongside its `schema:`, which that file requires), "
    "then rerun."
)
