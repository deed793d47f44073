"""copy: a file under another name, so that a long document is edited and not typed again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import Mistake
from harness.ports import Result, Tool, Workspace


def run(given: Mapping[str, Any], space: Workspace) -> Result:
    """Bytes as they are; Mistake where the new path is taken, since what lies there may be work."""
    source, path = str(given["source"]), str(given["path"])
    data = space.read(source)
    if path in space.names(""):
        raise Mistake(f"{path} is there already, and was left as it is: edit it, or name another path")
    space.write(path, data)
    return Result(f"copied {source} to {path}, {len(data.splitlines())} lines")


COPY = Tool(
    name="copy",
    description=(
        "Copy a file to a path where there is none yet, so that it can be edited there. The source stays as it is."
    ),
    schema={
        "type": "object",
        "properties": {
            "source": {"type": "string", "description": "The file to copy"},
            "path": {"type": "string", "description": "The new file"},
        },
        "required": ["source", "path"],
        "additionalProperties": False,
    },
    effect="write",
    run=run,
)
