"""create: a new file, or a whole new content for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.ports import Result, Tool, Workspace


def run(given: Mapping[str, Any], space: Workspace) -> Result:
    """Write the file as given."""
    path, text = str(given["path"]), str(given["file_text"])
    space.write(path, text.encode())
    return Result(f"wrote {path}, {len(text.splitlines())} lines")


CREATE = Tool(
    name="create",
    description="Create a file with the given content, or replace its whole content.",
    schema={
        "type": "object",
        "properties": {"path": {"type": "string"}, "file_text": {"type": "string"}},
        "required": ["path", "file_text"],
        "additionalProperties": False,
    },
    effect="write",
    run=run,
)
