"""view: a file with line numbers, or the names below a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import Mistake
from harness.ports import Result, Tool, Workspace
from harness.tools.text import LONGEST, decoded

MOST_NAMES = 500


def run(given: Mapping[str, Any], space: Workspace) -> Result:
    """Lines are numbered from 1; `view_range` is [first, last], last -1 for the end, [] for all."""
    path = str(given["path"]).strip("/")
    if path in ("", "."):
        return Result(_listed(space.names(""), ""))
    try:
        data = space.read(path)
    except Mistake as unread:
        return Result(_listed(_below(space, path, unread), path))
    lines = decoded(data, path).splitlines()
    first, last = _range(given.get("view_range") or [], len(lines))
    text = "\n".join(f"{number:6}\t{lines[number - 1]}" for number in range(first, last + 1))
    if len(text) > LONGEST:
        text = text[:LONGEST] + f"\n… cut; the file has {len(lines)} lines: ask for a part with view_range"
    return Result(text or "(empty file)")


def _below(space: Workspace, path: str, unread: Mistake) -> list[str]:
    """The names below a folder; what says why `path` can't be read, where it is none or holds nothing."""
    try:
        names = space.names(path)
    except Mistake:
        raise unread from None
    if not names:
        raise unread
    return names


def _range(asked: list[int], count: int) -> tuple[int, int]:
    if not asked:
        return 1, count
    first, last = (*asked, -1)[:2]
    last = count if last == -1 else min(last, count)
    if first < 1 or first > max(count, 1) or last < first - 1:
        raise Mistake(f"view_range {asked} does not fit: the file has {count} lines")
    return first, last


def _listed(names: list[str], path: str) -> str:
    more = f"\n… and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return "\n".join(names[:MOST_NAMES]) + more or f"{path or 'the directory'} is empty"


VIEW = Tool(
    name="view",
    description=(
        "Show a file with line numbers, or the files below a folder. Paths are relative to the repository root."
    ),
    schema={
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "A file or folder; '.' for the root"},
            "view_range": {
                "type": "array",
                "items": {"type": "integer"},
                "description": "[first, last] line, last -1 for the end; [] for the whole file",
            },
        },
        "required": ["path", "view_range"],
        "additionalProperties": False,
    },
    effect="read",
    run=run,
)
