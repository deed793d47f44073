"""The committed list of what can't be shown on some machines, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("cannot.txt")
_LEVELS = {"without": 0, "2": 2, "3": 3}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: attack, kind of user, column, reason; `*` stands for all."""

    attack: str
    kind: str
    level: str
    reason: str

    def names(self, attack: str, kind: str, level: int) -> bool:
        return (
            self.attack == attack and self.kind in ("*", kind) and (self.level == "*" or _LEVELS[self.level] == level)
        )


@dataclass(frozen=True, slots=True)
class Cannot:
    """The list."""

    rows: tuple[Row, ...]

    def names(self, attack: str, kind: str, level: int) -> bool:
        """Whether the list allows that this could not run."""
        return any(row.names(attack, kind, level) for row in self.rows)


def read(file: Path = FILE) -> Cannot:
    """The list in `file`; ValueError for a line without a reason or with an unknown word."""
    rows = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(maxsplit=3)
        if len(parts) < 4 or parts[1] not in ("root", "user", "*") or parts[2] not in (*_LEVELS, "*"):
            raise ValueError(f"{file.name}: {line!r} is not ATTACK KIND COLUMN REASON")
        rows.append(Row(*parts))
    return Cannot(tuple(rows))
