"""The commands that a repository's own files suggest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

MOST = 1 << 20
"""Bytes that are read of a manifest."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Values for harness.toml; '' where nothing was found. `{out}` is the report directory of the harness."""

    name: str = ""
    language: str = ""
    environment: str = ""
    build: str = ""
    lint: str = ""
    unit: str = ""
    integration: str = ""
    start: str = ""
    notes: tuple[str, ...] = ()
    """What the user has to add, one sentence each."""

    def noting(self, note: str) -> Toolchain:
        """The same with one more note."""
        return replace(self, notes=(*self.notes, note))


def text(path: Path) -> str:
    """The start of a file; '' where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""
