"""One finding about a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["ERROR", "WARNING", "INFO"]


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong, where, and how much it matters."""

    level: Level
    path: str
    message: str
    line: int = 0
    """1-based; 0 where the finding is about the whole."""

    def json(self) -> dict[str, Any]:
        """As the command line prints it."""
        where = {"level": self.level, "path": self.path}
        return {**where, **({"line": self.line} if self.line else {}), "message": self.message}
