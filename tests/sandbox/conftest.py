"""The sandboxes of this machine, and a tree to run in."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.ports import Command, Level, Limits, Outcome, Sandbox
from harness.sandbox import landlock
from harness.sandbox.place import place, private
from harness.sandbox.probe import open_sandbox
from harness.sandbox.tree import remove

Run = Callable[..., Outcome]
_LIMITS = Limits(wall=20)
LEVELS = [3, pytest.param(2, marks=pytest.mark.skipif(landlock.version() < 3, reason="no Landlock in this kernel"))]


@pytest.fixture(scope="session", params=LEVELS, ids=lambda level: f"level {level}")
def sandbox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The sandbox of each level that confines."""
    return opened(request.param, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def namespaces(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The sandbox of level 3, for what needs a network or mounts of its own."""
    return opened(3, tmp_path_factory.mktemp("cache"))


def opened(level: Level, cache: Path) -> Sandbox:
    found = open_sandbox(cache, highest=level)
    assert found.level == level, found.why
    return found


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """An empty directory that root's commands can get to without mounts."""
    home = private(tmp_path)
    made = home / secrets.token_hex(4) if home.is_relative_to(place()) else home / "room"
    made.mkdir(parents=True, mode=0o755)
    yield made
    # The test runner's own clean-up is recursive.
    remove(made)
    if home != tmp_path:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def tree(room: Path) -> Path:
    made = room / "tree"
    made.mkdir()
    return made


@pytest.fixture
def run(sandbox: Sandbox, tree: Path) -> Run:
    def go(shell: str, limits: Limits = _LIMITS, **env: str) -> Outcome:
        return sandbox.run(Command(shell, tree, env=env, limits=limits))

    return go
