"""bash: a command in the sandbox, and what became of the files that it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.ports import Result, Tool, Workspace
from harness.tools.text import LONGEST

SECONDS = 300.0


def run(given: Mapping[str, Any], space: Workspace) -> Result:
    """The exit code comes first; what was not kept is named with the reason."""
    ran = space.run(str(given["command"]), SECONDS)
    outcome = ran.outcome
    parts = [f"exit {outcome.code}" + (f", ended at the limit: {outcome.limit}" if outcome.limit else "")]
    output = outcome.output
    if len(output) > LONGEST:
        output = output[: LONGEST // 2] + "\n… cut …\n" + output[-LONGEST // 2 :]
    parts += [output.rstrip()] if output.strip() else []
    parts += [f"network: {row}" for row in ran.reached]
    parts += [ran.note] if ran.note else []
    parts += ["not kept, and put back:", *ran.refused] if ran.refused else []
    return Result("\n".join(parts), code=outcome.code)


BASH = Tool(
    name="bash",
    description=(
        "Run a shell command in a sandbox at the repository root: no network, no git history, "
        f"{SECONDS:.0f} seconds, nothing runs on afterwards. Files that you may not write are put back."
    ),
    schema={
        "type": "object",
        "properties": {"command": {"type": "string"}},
        "required": ["command"],
        "additionalProperties": False,
    },
    effect="write",
    run=run,
)
