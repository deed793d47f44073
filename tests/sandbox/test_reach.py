"""Where decisions are left and recorded, no command gets to, at whatever level it is confined."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from harness.journal.sqlite import Inbox, Store
from harness.ports import Command, Limits, Sandbox
from tests import target
from tests.engine.test_reach import FORGED, payload


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with a journal, which the user who runs the tests may write."""
    top = target.make(tmp_path / "repo")
    Store(top / ".git" / "harness" / "journal.db").close()
    return top


def inbox(top: Path) -> list[dict[str, object]]:
    store = Store(top / ".git" / "harness" / "journal.db")
    found = [item for _, item in Inbox(store, target.CHANGE).items()]
    store.close()
    return found


def test_no_command_leaves_a_decision(sandbox: Sandbox, tree: Path, repo: Path) -> None:
    done = sandbox.run(Command(payload(repo), tree, limits=Limits(wall=30)))
    assert done.code == 0 and "tried " in done.output and "REACHED" not in done.output
    assert inbox(repo) == []


def test_a_plain_process_does(tree: Path, repo: Path) -> None:
    """The same command where nothing confines it."""
    done = subprocess.run(["sh", "-c", payload(repo)], cwd=tree, capture_output=True, text=True, timeout=60, check=True)
    assert "REACHED" in done.stdout and FORGED in inbox(repo)
