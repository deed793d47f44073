"""A stage of many turns: the repository for it, and a model that looks at one file until it asks the CEO."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import shipped
from tests import target
from tests.benchmarks.watched import Watched

TURNS = 200
ROLE = "roles/architect.toml"
TEXT = "\n".join(f"def step_{n}(value: int) -> int:  # step {n} of many" for n in range(35))
"""A file of about 1.7 kB; as the tool shows it, 2 kB."""
BUDGET = "\n[budget]\nchange = 10000.0\n"


def repository(top: Path, turns: int = 400) -> Path:
    """The target repository, with an architect who may take `turns` turns."""
    lines = (shipped.folder("roles") / "architect.toml").read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("turns", "budget"))]
    role = "\n".join([*kept, f"turns = {turns}", "budget = 10000.0", ""])
    files = {**target.FILES, "steps.py": TEXT, ROLE: role, "harness.toml": target.CONFIG + BUDGET}
    return target.make(top, files)


def looks(number: int) -> list[dict[str, Any]]:
    """An answer that looks at the file."""
    say = {"type": "text", "text": "I look at the file to see what it says before I go on."}
    given = {"path": "steps.py", "view_range": []}
    return [say, {"type": "tool_use", "id": f"toolu_{number:05}", "name": "view", "input": given}]


def asks() -> list[dict[str, Any]]:
    """An answer that only the CEO can go on from: the run parks."""
    return [{"type": "tool_use", "id": "toolu_last", "name": "ask_ceo", "input": {"question": "Shall I go on?"}}]


@dataclass
class Script:
    """Looks at the file until turn `turns` is answered, then asks; notes what the driver had used at each request."""

    turns: int = TURNS
    driver: Callable[[], Watched] | None = None
    cpu: list[float] = field(default_factory=list)
    peak: float = 0.0
    last: float = 0.0
    """When the last answer was given, on the monotonic clock."""

    def __call__(self, request: dict[str, Any], number: int) -> list[dict[str, Any]]:
        if self.driver:
            self.cpu.append(self.driver().cpu())
            self.peak = self.driver().peak()
        turn = sum(message["role"] == "assistant" for message in request["messages"])
        self.last = time.monotonic()
        return looks(turn) if turn < self.turns else asks()
