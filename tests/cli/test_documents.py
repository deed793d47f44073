"""What `harness status` says of documents that are there, but not done."""

from __future__ import annotations

import os
from pathlib import Path

from harness.cli.documents import draft, lacks
from harness.domain.change import Change
from harness.flow.fold import State
from tests import target
from tests.engine import kit

LISTED = f"{target.PROPOSAL}\n## Capabilities\n\n### New Capabilities\n- `farewell`: how to leave\n- `wave`: a hand\n"


def test_a_change_under_way_lacks_what_its_branch_does_not_say(tmp_path: Path) -> None:
    top = target.make(tmp_path / "repo")
    (top / target.FOLDER / "proposal.md").write_text(LISTED)
    (top / target.FOLDER / "specs/farewell").mkdir(parents=True)
    (top / target.FOLDER / "specs/farewell/spec.md").write_text(target.DELTA)
    (top / target.FOLDER / "tasks.md").write_text("Some words.\n")
    target.git(top, "add", "-A")
    target.git(top, "commit", "-qm", "docs: specify")
    state = State(change=Change(name=target.CHANGE), head=target.git(top, "rev-parse", "HEAD"))
    with kit.at(top) as found:
        wave, tasks = lacks(found, state)
        assert "lists the capability wave" in wave and "has no task" in tasks
        assert lacks(found, State(change=state.change, head=state.head, finished="merged")) == []
        assert lacks(found, State(change=state.change, head=state.head, purpose="review")) == []


def test_a_proposal_that_was_not_run_waits_for_its_author(tmp_path: Path) -> None:
    top = target.make(tmp_path / "repo")
    path = top / target.FOLDER / "proposal.md"
    with kit.at(top) as found:
        whole = draft(found, target.CHANGE)
        assert whole["lacks"] == [] and whole["what"] == f"harness run {target.CHANGE}"
        assert whole["since"] == path.stat().st_mtime
        path.write_text("## Why\n\n<!-- nothing yet -->\n\n## What Changes\n\n- It.\n")
        assert "says nothing" in draft(found, target.CHANGE)["what"]
        path.unlink()
        os.symlink("/etc/passwd", path)
        assert draft(found, target.CHANGE)["lacks"] == ["there is no proposal.md"], "a link is not read"
