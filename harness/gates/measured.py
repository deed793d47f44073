"""What a coverage report says, whichever tool it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

METRICS = ("statements", "branches", "functions", "lines")


class Missing(ValueError):
    """The report lacks what is needed; the message says what."""


@dataclass(slots=True)
class File:
    """One source file."""

    path: str
    lines: tuple[int, ...] = ()
    """Not covered."""
    functions: tuple[str, ...] = ()
    """Never entered."""
    branches: int = 0
    """Not taken."""
    percent: float = 100.0
    """Of its lines."""
    hit: tuple[int, ...] | None = None
    """Lines that were run; None where the report does not say."""
    excluded: tuple[int, ...] = ()
    """Lines that were left out of the figures."""
    entered: Mapping[tuple[str, int], bool] = field(default_factory=dict)
    """(function's qualified name, its first line or 0) -> whether it was entered."""

    @property
    def name(self) -> str:
        """Its path in the repository."""
        return self.path.removeprefix("/repo/").removeprefix("./")


@dataclass(slots=True)
class Covered:
    """A whole report: per metric (covered, all)."""

    totals: dict[str, tuple[int, int]]
    files: list[File] = field(default_factory=list)
    excluded: int = 0
    """Lines that a directive left out."""

    def percent(self, metric: str) -> float:
        """0 to 100; a metric with nothing to cover is 100."""
        covered, total = self.totals[metric]
        return 100.0 * covered / total if total else 100.0


def count(value: Any) -> int:
    """`value` as a number of things; ValueError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value
