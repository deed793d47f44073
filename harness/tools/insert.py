"""insert: lines behind a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import Mistake
from harness.ports import Result, Tool, Workspace
from harness.tools.text import around, load, save


def run(given: Mapping[str, Any], space: Workspace) -> Result:
    """`insert_line` 0 puts the text at the beginning."""
    path, line, new = str(given["path"]), int(given["insert_line"]), str(given["insert_text"])
    text, end = load(space, path)
    lines = text.splitlines(keepends=True)
    if not 0 <= line <= len(lines):
        raise Mistake(f"insert_line {line} does not fit: {path} has {len(lines)} lines")
    if line and not lines[line - 1].endswith("\n"):
        lines[line - 1] += "\n"
    changed = "".join([*lines[:line], new if new.endswith("\n") else new + "\n", *lines[line:]])
    save(space, path, changed, end)
    return Result(f"changed {path}:\n{around(changed, line + 1, new.count(chr(10)) + 1)}")


INSERT = Tool(
    name="insert",
    description="Insert text behind a line of a file; 0 inserts at the beginning.",
    schema={
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "insert_line": {"type": "integer"},
            "insert_text": {"type": "string"},
        },
        "required": ["path", "insert_line", "insert_text"],
        "additionalProperties": False,
    },
    effect="write",
    run=run,
)
