"""search: lines that hold a text, with their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.domain.permission import matches
from harness.errors import Mistake
from harness.ports import Result, Tool, Workspace

MOST = 200
LARGEST = 1_000_000
"""Bytes of a file that is searched."""


def run(given: Mapping[str, Any], space: Workspace) -> Result:
    """Plain text, not a pattern, so that no input makes it slow; `glob` narrows the files."""
    text, glob = str(given["text"]), str(given["glob"] or "**")
    if not text:
        raise Mistake("text is empty; give the text to look for")
    fold = text.casefold()
    found: list[str] = []
    for name in space.names(""):
        if not matches(name, (glob,)):
            continue
        found += _lines(name, fold, space)
        if len(found) > MOST:
            return Result("\n".join(found[:MOST]) + f"\n… more than {MOST} lines; narrow it with a glob")
    return Result("\n".join(found) or f"nothing holds {text!r}")


def _lines(name: str, fold: str, space: Workspace) -> list[str]:
    try:
        data = space.read(name)
    except Mistake:
        return []
    if len(data) > LARGEST or b"\0" in data[:8192]:
        return []
    lines = data.decode("utf-8", errors="replace").splitlines()
    return [f"{name}:{n}: {line.strip()[:300]}" for n, line in enumerate(lines, 1) if fold in line.casefold()]


SEARCH = Tool(
    name="search",
    description="Find the lines that hold a text (case does not matter), as path:line: text.",
    schema={
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "Plain text, not a pattern"},
            "glob": {"type": "string", "description": "Only these files, such as app/**/*.py; '' for all"},
        },
        "required": ["text", "glob"],
        "additionalProperties": False,
    },
    effect="read",
    run=run,
)
