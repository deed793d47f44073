"""Other ways that a change can take: abandoned, adopted, merged after develop moved, forked."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.domain.decision import Decision
from harness.errors import Parked
from harness.flow.fold import fold
from harness.verify.source import case
from harness.verify.table import verify
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, put, said, serving, waiting
from tests.engine.test_decisions import short
from tests.engine.test_lock import course, meddle
from tests.verify.conftest import failing, unsure


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A target repository of a user who does not sign."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return target.make(tmp_path / "repo")


def test_an_abandoned_change_has_nothing_on_develop(repo: Path) -> None:
    with serving(target.Team(short())):
        with pytest.raises(Parked):
            go(repo, Plan(("merge", later)))
        put(repo, Decision(subject="abandon", verb="abandon", by="cleo"))
        assert go(repo).state.finished == "abandoned"
    assert failing(repo) == {} and list(unsure(repo)) == ["signatures"]
    names = {check.name for check in verify(case(repo, target.CHANGE, None))}
    assert "merge" not in names and {"path", "commits", "lock"} <= names


def test_a_branch_that_was_adopted_and_a_develop_that_moved(repo: Path) -> None:
    """Somebody's commit on the branch, with the CEO's word; another change's minutes before the merge."""
    with serving(target.Team(course())):
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        put(repo, said()(waiting(repo)))
        meddle(repo, f"{target.FOLDER}/tasks.md", "- [ ]", "- [x]")
        with pytest.raises(Parked):
            go(repo, Plan(("merge", later)))
        meddle(repo, "TBC/minutes/TBC-MIN-001-2026-01-01.md", "", "# Minutes\n", "develop")
        assert go(repo).state.finished == "merged"
    assert failing(repo) == {} and list(unsure(repo)) == ["signatures"]
    state = fold(kit.journal(repo))
    first = target.git(repo, "show", "-s", "--format=%P", state.artifacts["merged"]).split()[0]
    assert first != state.artifacts["candidate"]["develop"], "the merge stands on a later commit than was approved"


def test_replaced_objects_deceive_nobody(repo: Path) -> None:
    """What is checked is what the ids name, whatever `git replace` shows in their place."""
    with serving(target.Team(short())):
        assert go(repo).state.finished == "merged"
    head = fold(kit.journal(repo)).artifacts["candidate"]["head"]
    old = target.git(repo, "show", "-s", "--format=%P", head)
    fake = target.git(repo, "commit-tree", f"{head}^{{tree}}", "-p", old, "-m", "feat: smuggle")
    target.git(repo, "replace", head, fake)
    assert target.git(repo, "log", "--format=%s", "develop").count("smuggle") == 1, "plain git is deceived"
    assert failing(repo) == {}
