"""A test's title as its source has it, and as reports say it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Title:
    """What a title looks like in a report: placeholders such as `%s` and `$name` stand for anything.

    It is matched without backtracking: titles and reports are both of the repository's making.
    """

    parts: tuple[str, ...]

    def within(self, text: str) -> bool:
        """Whether `text` holds the title."""
        return self._after(text, 0, self.parts) >= 0

    def whole(self, text: str) -> bool:
        """Whether `text` is the title, and nothing else."""
        first, last = self.parts[0], self.parts[-1]
        if len(self.parts) == 1:
            return text == first
        end = len(text) - len(last)
        if not (text.startswith(first) and text.endswith(last) and end >= len(first)):
            return False
        return 0 <= self._after(text, len(first), self.parts[1:-1]) <= end

    def _after(self, text: str, at: int, parts: tuple[str, ...]) -> int:
        """Where the last of `parts` ends, each looked for behind the one before; -1 where one is missing."""
        for part in parts:
            found = text.find(part, at)
            if found < 0:
                return -1
            at = found + len(part)
        return at


def titled(text: str) -> Title:
    """A title as it is written in a test's source."""
    return Title(tuple(re.split(r"%[sdifjo#p%]|\$\{[^}]*\}|\$[\w.]+", text)))
