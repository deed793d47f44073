"""One whole run of the usual course, shared by everything that only looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.domain.event import Asked, Entry
from tests import target
from tests.engine import kit


@dataclass(frozen=True)
class Played:
    """What a run left."""

    top: Path
    entries: list[Entry]
    requests: list[dict[str, Any]]
    asked: list[Asked]
    before: dict[str, str]
    """The user's checkout before the run."""


def checkout(top: Path) -> dict[str, str]:
    """What belongs to the user: the index, the files, the branch."""
    return {
        "index": (top / ".git" / "index").read_bytes().hex(),
        "status": target.git(top, "status", "--porcelain"),
        "branch": target.git(top, "symbolic-ref", "HEAD"),
        "main": target.git(top, "rev-parse", "main"),
        "dirty": (top / "README.md").read_text(),
    }


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The usual course: a gate fails once, and the CTO returns the implementation once. main is checked out, dirty."""
    top = target.make(tmp_path_factory.mktemp("course") / "repo")
    (top / "README.md").write_text("the user is writing here\n")
    (top / "notes.txt").write_text("untracked\n")
    target.git(top, "add", "notes.txt")
    (top / "notes.txt").write_text("changed after it was staged\n")
    before, ceo = checkout(top), target.Yes()
    with kit.serving(target.Team()) as endpoint:
        kit.go(top, ceo)
        yield Played(top, kit.journal(top), endpoint.requests, ceo.asked, before)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A fresh target repository."""
    return target.make(tmp_path / "repo")
