"""What lies on branches that no change of the team's own is on: contributions to review, and releases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.workspace.contribution import contribution
from harness.workspace.git import Git, Person
from harness.workspace.landed import Known
from harness.workspace.release import Releases


class GitOutside:
    """Implements `world.Outside` on one repository."""

    def __init__(self, git: Git, top: Path, develop: str, person: Person, known: Known) -> None:
        self._git, self._develop = git, develop
        self._releases = Releases(git, top, develop, person, known)

    def contribution(self, asked: str, base: str, spec: str) -> dict[str, Any]:
        return contribution(self._git, asked, self._develop, base, spec)

    def contents(self, base: str, asked: str, at: float) -> dict[str, Any]:
        return self._releases.contents(base, asked, at)

    def release(self, contents: Mapping[str, Any], message: str, date: int, *, checkout: bool) -> dict[str, Any]:
        return self._releases.release(contents, message, date, checkout=checkout)
