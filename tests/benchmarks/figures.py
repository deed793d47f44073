"""Figures beside their targets, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. Smaller is better, always."""

    name: str
    value: float
    unit: str = ""
    most: float | None = None
    """The target; None where the figure is only reported."""
    note: str = ""
    """What it was measured against."""

    @property
    def verdict(self) -> str:
        """Whether the target is met; '' where there is none."""
        if self.most is None:
            return ""
        return "met" if self.value <= self.most else "NOT MET"


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print a table."""
    print(f"\n{title}")
    print(f"  {'figure':58} {'value':>10} {'target':>10}  verdict  note")
    for row in figures:
        target = "" if row.most is None else f"<= {row.most:g}"
        value = f"{row.value:.3f}".rstrip("0").rstrip(".") + f" {row.unit}"
        print(f"  {row.name:58} {value.strip():>10} {target:>10}  {row.verdict:7}  {row.note}".rstrip(), flush=True)
