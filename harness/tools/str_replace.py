"""str_replace: one exact text for another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import Mistake
from harness.ports import Result, Tool, Workspace
from harness.tools.text import around, load, save


def run(given: Mapping[str, Any], space: Workspace) -> Result:
    """The old text must stand exactly once."""
    path, old, new = str(given["path"]), str(given["old_str"]), str(given["new_str"])
    text, end = load(space, path)
    count = text.count(old) if old else 0
    if count != 1:
        problem = "is empty" if not old else "does not occur" if count == 0 else f"occurs {count} times"
        raise Mistake(f"old_str {problem} in {path}; it must occur exactly once, white space included")
    at = text.index(old)
    changed = text[:at] + new + text[at + len(old) :]
    save(space, path, changed, end)
    return Result(f"changed {path}:\n{around(changed, text[:at].count(chr(10)) + 1, new.count(chr(10)) + 1)}")


STR_REPLACE = Tool(
    name="str_replace",
    description=(
        "Replace one exact text in a file. old_str must occur exactly once; take enough lines to make it unique."
    ),
    schema={
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "old_str": {"type": "string"},
            "new_str": {"type": "string"},
        },
        "required": ["path", "old_str", "new_str"],
        "additionalProperties": False,
    },
    effect="write",
    run=run,
)
