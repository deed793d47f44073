"""What became of each gate on each package: a table, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Word = Literal["passed", "caught", "false alarm", "missed", "could not run"]
WRONG: tuple[Word, ...] = ("false alarm", "missed", "could not run")
FEWEST = 2
"""Packages that each gate is tried on."""


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery as judged."""

    gate: str
    package: str
    name: str
    word: Word
    fault: str
    seconds: float


def word(honest: bool, result: str, fault: str) -> Word:
    """What became of a delivery. A finding of another rule is no catch."""
    if result == "could not run":
        return "could not run"
    if honest:
        return "false alarm" if fault else "passed"
    return "missed" if fault else "caught"


def table(rows: Sequence[Row], gates: Sequence[str]) -> list[str]:
    """A line for each gate and package, then what is wrong."""
    lines = [f"{'gate':<14}{'package':<28}{'honest':<15}{'violation':<15}{'seconds':>8}"]
    for gate in gates:
        for package in dict.fromkeys(row.package for row in rows if row.gate == gate):
            own = [row for row in rows if (row.gate, row.package) == (gate, package)]
            honest, wrong = ([row.word for row in own if (row.name == "honest") is kind] for kind in (True, False))
            cells = (", ".join(dict.fromkeys(words)) for words in (honest, wrong))
            lines.append(f"{gate:<14}{package:<28}{'{:<15}{:<15}'.format(*cells)}{sum(r.seconds for r in own):>8.1f}")
    return [*lines, *(f"{row.word}: {row.gate} on {row.package}, {row.name}: {row.fault}" for row in rows if row.fault)]


def few(rows: Sequence[Row], gates: Sequence[str]) -> list[str]:
    """Gates that were tried on fewer packages than each has to be, honestly and with a violation."""
    out = []
    for gate in gates:
        for words in (("passed",), ("caught",)):
            found = {row.package for row in rows if row.gate == gate and row.word in words}
            if len(found) < FEWEST:
                out.append(f"{gate} {words[0]} on {len(found)} of at least {FEWEST} packages")
    return out
