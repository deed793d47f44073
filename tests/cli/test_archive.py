"""`harness archive` and `harness unarchive`: on evidence, in one commit, and safe to repeat."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import app
from harness.adapters import person
from harness.cli.words import words
from harness.domain.change import Change
from harness.engine.drive import drive
from harness.errors import Conflict, Refused
from harness.journal.lease import lease
from harness.shelving import archive, unarchive
from harness.workspace.git import Git
from harness.workspace.landed import Known, landed
from harness.workspace.repo import GitRepo
from tests import target
from tests.cli.conftest import Shell
from tests.cli.team import CHANGE, FOLDER
from tests.cli.test_whole import merged, places, waiting
from tests.engine import kit
from tests.engine.test_lock import course

__all__ = ["merged", "places", "waiting"]


def files(sh: Shell, below: str) -> list[str]:
    return sh.git("ls-tree", "-r", "--name-only", "develop", below).splitlines()


def test_out_of_the_archive_and_in_again(merged: Shell) -> None:
    assert not files(merged, FOLDER)
    start, spec = merged.git("rev-parse", "develop"), merged.git("show", "develop:openspec/specs/start/spec.md")
    inside = {path.partition(CHANGE)[2] for path in files(merged, "openspec/changes/archive")}
    assert "would move" in merged.harness("unarchive", CHANGE, "--dry-run")
    assert merged.git("rev-parse", "develop") == start, "a dry run changes nothing"
    said = merged.harness("unarchive", CHANGE, "--update-checkout")
    assert f"| Action | unarchive {CHANGE} |" in said and merged.git("rev-parse", "develop") in said
    assert {path.removeprefix(FOLDER) for path in files(merged, FOLDER)} == inside
    assert (merged.top / FOLDER / "proposal.md").is_file() and merged.git("status", "--porcelain") == ""
    assert "- [x] 1.1" in merged.git("show", f"develop:{FOLDER}/tasks.md")
    merged.harness("verify", CHANGE)
    assert "not in the archive" in merged.harness("unarchive", CHANGE, code=2)
    found = json.loads(merged.harness("archive", CHANGE, "--update-checkout", "--json"))
    assert found["commit"] == merged.git("rev-parse", "develop") and found["specs"] == []
    assert re.fullmatch(rf"openspec/changes/archive/\d{{4}}-\d\d-\d\d-{CHANGE}", found["target"])
    assert not files(merged, FOLDER) and merged.git("show", "develop:openspec/specs/start/spec.md") == spec
    merged.harness("verify", CHANGE)
    again = merged.harness("archive", CHANGE)
    assert "already" in again and merged.git("rev-parse", "develop") == found["commit"]
    channel = (merged.top / ".git/harness/channels/vpe-cto-approvals.md").read_text()
    assert f"| Action | archive {CHANGE} |" in channel and found["commit"] in channel


def test_every_reader_finds_the_archived_change(merged: Shell) -> None:
    assert "merged" in merged.harness("status") and CHANGE in merged.harness("show", CHANGE)
    assert "FAILED" not in merged.harness("verify", CHANGE)
    assert CHANGE not in merged.harness("openspec", "list")
    assert "1 passed, 0 failed" in merged.harness("openspec", "validate", "--archived")
    assert "0 failed" in merged.harness("openspec", "validate", "--all")
    merged.harness("transcript", CHANGE, "-o", "out.jsonl")
    assert "merged" in merged.harness("replay", "out.jsonl")
    merged.harness("forget", CHANGE, "--yes")
    assert CHANGE not in merged.harness("status"), "what is archived is no proposal that waits"


def test_what_is_not_merged_is_refused(waiting: Shell) -> None:
    before = waiting.git("rev-parse", "develop")
    assert "is not over; its merge archives it" in waiting.harness("archive", CHANGE, code=4)
    assert "is not over" in waiting.harness("unarchive", CHANGE, code=4)
    said = waiting.harness("openspec", "archive", CHANGE, "--yes", "--no-validate", code=1)
    assert "driven by the harness and not merged" in said
    data = json.loads(waiting.harness("openspec", "archive", CHANGE, "--yes", "--json", code=1))
    assert data["status"][0]["code"] == "archive_change_driven"
    waiting.harness("abandon", CHANGE, "--yes")
    assert "abandoned" in waiting.harness("openspec", "archive", CHANGE, "--yes", "--no-validate", code=1)
    assert "not merged" in waiting.harness("archive", CHANGE, code=4)
    assert (waiting.top / FOLDER).is_dir() and waiting.git("rev-parse", "develop") == before
    assert "archived as" in waiting.harness("openspec", "archive", CHANGE, "--yes", "--no-validate", "--skip-specs")


def test_a_change_without_a_run_is_openspecs_own_matter(waiting: Shell) -> None:
    waiting.write("openspec/changes/by-hand/proposal.md", "## Why\n\nBecause.\n\n## What Changes\n\n- It.\n")
    waiting.write("openspec/changes/by-hand/specs/hand/spec.md", target.DELTA)
    assert "archived as" in waiting.harness("openspec", "archive", "by-hand", "--yes")


def test_without_evidence_nothing_is_archived(merged: Shell) -> None:
    """The spec that was approved is not the one that git holds any more; nor is the merge on develop."""
    merged.harness("unarchive", CHANGE, "--update-checkout")
    merged.git("checkout", "-q", "main")
    tip = merged.git("rev-parse", "develop")
    merged.git("update-ref", "refs/heads/develop", merged.git("rev-parse", f"{tip}^1^1^1"))
    said = merged.harness("archive", CHANGE, code=4)
    assert "is not archived" in said and "develop" in said
    merged.git("update-ref", "refs/heads/develop", tip)
    merged.harness("archive", CHANGE)


class Before(GitRepo):
    """A repository as the harness merged before it folded deltas."""

    def candidate(self, change: Change, develop: str, head: str, spec: str) -> dict[str, Any]:
        found = super().candidate(change, develop, head, spec)
        tree = self._git.edit(found["tree"], dict.fromkeys(found.pop("specs")))
        return {**found, "tree": tree}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A repository with a change that was merged without its specs, and taken out of the archive."""
    top = target.make(tmp_path / "repo")
    with kit.serving(target.Team(course())), kit.at(top) as found:
        change = Change(name=target.CHANGE)
        git = Git(found.common)
        with lease(found.locks, change.run):
            world = app.build(found, change, app.live_model(), target.screen())
            drive(replace(world, repo=Before(git, top, change, person(git, top), "develop")))
        unarchive(found, change.run, words(found))
    return top


SPEC = "openspec/specs/farewell/spec.md"


def test_a_change_that_was_merged_before_is_folded_by_its_archiving(old: Path) -> None:
    with kit.at(old) as found:
        done = archive(found, target.CHANGE, words(found), dry=True)
        assert done.specs == (SPEC,) and not done.commit
        done = archive(found, target.CHANGE, words(found))
        assert done.specs == (SPEC,) and SPEC in done.paths and done.target == target.archived(old)
        assert "### Requirement: Farewell" in target.git(old, "show", f"develop:{SPEC}")
        kinds = [
            row.kind
            for row in landed(
                Git(found.common),
                "",
                "develop",
                Known(lambda run, chain: True, lambda run, commit: 7, lambda commit: False),
            )
        ]
    assert kinds[-4:] == ["change", "record", "record", "record"], "a release finds each commit accounted for"


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        (SPEC, target.DELTA.replace("ADDED ", "").replace("by", "BY"), "develop changed farewell: Farewell since"),
        ("openspec/specs/farewell", "", "openspec/specs/farewell is no folder"),
    ],
)
def test_a_delta_that_does_not_fit_any_more_is_not_forced(old: Path, path: str, text: str, told: str) -> None:
    place = old.parent / "elsewhere"
    target.git(old, "worktree", "add", "-q", "--detach", str(place), "develop")
    (place / path).parent.mkdir(parents=True)
    (place / path).write_text(f"# Farewell\n\n## Purpose\nBye.\n\n{text}")
    target.git(place, "add", "-A")
    target.git(place, "commit", "-qm", "docs: write it otherwise")
    tip = target.git(place, "rev-parse", "HEAD")
    target.git(old, "update-ref", "refs/heads/develop", tip)
    with kit.at(old) as found, pytest.raises(Refused, match=told):
        archive(found, target.CHANGE, words(found))
    assert target.git(old, "rev-parse", "develop") == tip


def test_a_kill_before_the_confirmation_leaves_it_to_the_next_call(old: Path) -> None:
    def killed(name: str, **facts: Any) -> str:
        raise KeyboardInterrupt

    with kit.at(old) as found:
        with pytest.raises(KeyboardInterrupt):
            archive(found, target.CHANGE, killed)
        commit = target.git(old, "rev-parse", "develop")
        assert not any(commit in message.text for message in kit.messages(old))
        for _ in range(2):
            assert archive(found, target.CHANGE, words(found)).commit == ""
    assert target.git(old, "rev-parse", "develop") == commit
    assert [commit in message.text for message in kit.messages(old)].count(True) == 1


def test_it_waits_for_no_dead_process_and_refuses_beside_a_live_one(old: Path) -> None:
    with kit.at(old) as found:
        with lease(found.locks, target.CHANGE), pytest.raises(Conflict):
            archive(found, target.CHANGE, words(found))
        (found.locks / f"{target.CHANGE}.lock").write_text("999999")
        first = archive(found, target.CHANGE, words(found))
        assert archive(found, target.CHANGE, words(found)).commit == "", "a second call finds it done"
    assert target.git(old, "rev-parse", "develop") == first.commit
