"""No sandbox: nothing that runs code is possible here."""

from __future__ import annotations

from harness.errors import Mistake
from harness.ports import Command, Inside, Level, Outcome, Process


class NoSandbox:
    """Level 0. Refuses every command with the sentence that says how to get a sandbox."""

    level: Level
    why: str
    network: bool

    def __init__(self, why: str) -> None:
        self.level = 0
        self.why = why
        self.network = False

    def inside(self, command: Command) -> Inside:
        """Nowhere: no command runs."""
        return Inside()

    def run(self, command: Command) -> Outcome:
        """Mistake, always."""
        raise self._mistake()

    def start(self, command: Command) -> Process:
        """Mistake, always."""
        raise self._mistake()

    def forward(self, *, listen: str, to: str) -> str:
        """Mistake, always."""
        raise self._mistake()

    def _mistake(self) -> Mistake:
        return Mistake(f"Commands can't run here: {self.why}")
