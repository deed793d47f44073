"""The sandbox of this machine, and a tree to run in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.ports import Command, Limits, Outcome, Sandbox
from harness.sandbox.probe import open_sandbox

Run = Callable[..., Outcome]
_LIMITS = Limits(wall=20)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    found = open_sandbox(tmp_path_factory.mktemp("cache"))
    assert found.level == 3, found.why
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / "tree"
    made.mkdir()
    return made


@pytest.fixture
def run(sandbox: Sandbox, tree: Path) -> Run:
    def go(shell: str, limits: Limits = _LIMITS, **env: str) -> Outcome:
        return sandbox.run(Command(shell, tree, env=env, limits=limits))

    return go
