"""Where a repository keeps OpenSpec's folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CONFIG = ("config.yaml", "config.yml")


@dataclass(frozen=True, slots=True)
class Root:
    """The directory that holds `openspec/`."""

    path: Path
    found: bool
    """False: there is none; the working directory stands for it."""

    @property
    def openspec(self) -> Path:
        return self.path / "openspec"

    @property
    def changes(self) -> Path:
        return self.openspec / "changes"

    @property
    def specs(self) -> Path:
        return self.openspec / "specs"

    @property
    def archive(self) -> Path:
        return self.changes / "archive"

    def json(self) -> dict[str, str]:
        return {"path": str(self.path), "source": "nearest" if self.found else "implicit"}


def find(start: Path) -> Root:
    """The nearest directory at or above `start` that has an OpenSpec folder, or `start` itself."""
    for path in (start, *start.parents):
        home = path / "openspec"
        if any((home / name).is_file() for name in CONFIG) or any((home / n).is_dir() for n in ("changes", "specs")):
            return Root(path, True)
    return Root(start, False)


def here(start: Path) -> Root:
    """`start` itself, wherever OpenSpec's folder is: what the old commands work on."""
    return Root(start, True)
