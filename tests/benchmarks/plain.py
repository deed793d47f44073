"""A loop as the SDK's documentation has it: the whole history as the SDK's own values, sent anew every turn.

`python -m tests.benchmarks.plain URL FILE FOLDER`: FILE holds the request's members that do not change, as JSON, and
the first message; FOLDER is what the tool looks into. It ends at the first call of another tool than `view`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import anthropic


def view(folder: Path, path: str) -> str:
    """The file with line numbers."""
    return "\n".join(f"{n:6}\t{line}" for n, line in enumerate((folder / path).read_text().splitlines(), 1))


def main(url: str, given: dict[str, Any], folder: Path) -> None:
    """Go on until the model calls another tool."""
    client = anthropic.Anthropic(api_key="any", base_url=url)
    messages: list[Any] = given.pop("messages")
    while True:
        with client.messages.stream(messages=messages, **given) as stream:
            message = stream.get_final_message()
        messages.append({"role": "assistant", "content": message.content})
        results = []
        for block in message.content:
            if block.type == "tool_use":
                if block.name != "view":
                    return
                text = view(folder, str(block.input["path"]))
                results.append({"type": "tool_result", "tool_use_id": block.id, "content": text})
        messages.append({"role": "user", "content": results})


if __name__ == "__main__":
    main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), Path(sys.argv[3]))
