"""Somebody else commits to the change's branch: what was approved there is approved no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.domain.event import Authorized, Failed
from harness.errors import Parked
from harness.flow.fold import fold
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, put, said, serving, settle, waiting

BRANCH = f"feature/{target.CHANGE}"
Turns = list[list[dict[str, Any]]]


def meddle(
    top: Path, path: str, old: str, new: str, branch: str = BRANCH, message: str = "chore: meddle with it"
) -> str:
    """Somebody commits one replacement to a branch, in a working tree of their own; the commit."""
    place = top.parent / "elsewhere"
    target.git(top, "worktree", "add", "-q", "--detach", str(place), branch)
    text = (place / path).read_text() if (place / path).exists() else ""
    assert old in text
    (place / path).parent.mkdir(parents=True, exist_ok=True)
    (place / path).write_text(text.replace(old, new, 1) if old else new)
    target.git(place, "add", "-A")
    target.git(place, "commit", "-qm", message)
    commit = target.git(place, "rev-parse", "HEAD")
    target.git(top, "update-ref", f"refs/heads/{branch}", commit)
    target.git(top, "worktree", "remove", "--force", str(place))
    return commit


def course() -> dict[str, Turns]:
    """The straight course, with whatever may have to be done again."""
    usual = target.play()
    look = [target.call("view", path="README.md", view_range=[])]
    return {
        **usual,
        "design/2": [
            [target.call("create", path=f"{target.FOLDER}/design.md", file_text="# Design\n\nLouder.\n")],
            [target.delivery("docs(farewell): follow the proposal")],
        ],
        "spec-review/2": [look, [target.verdict()]],
        "implement/1": target.implement(),
        "implement/2": [
            [target.call("insert", path="CHANGELOG.md", insert_line=3, insert_text="- By name.\n")],
            [target.delivery("docs(changelog): name the name")],
        ],
        "review/1": [[target.verdict(kind="code", cite="CHANGELOG.md:3")]],
    }


def to_approval(top: Path, path: str, old: str, new: str) -> str:
    """Take the run to the moment after the spec's approval, then meddle; the meddler's commit."""
    with pytest.raises(Parked):
        go(top, Plan(("implement", later)))
    put(top, said()(waiting(top)))
    assert settle(top)
    return meddle(top, path, old, new)


def test_one_byte_of_the_approved_spec_reopens_its_review_and_approval(repo: Path) -> None:
    with serving(target.Team(course())):
        commit = to_approval(repo, f"{target.FOLDER}/specs/farewell/spec.md", "SHALL", "SHALl")
        approved = fold(kit.journal(repo)).artifacts["lock"]
        ceo = Plan(("moved by somebody else", later))
        with pytest.raises(Parked, match="moved by somebody else"):
            go(repo, ceo)
        assert waiting(repo).detail["about"]["found"] == commit
        with pytest.raises(Parked, match="implement"):
            go(repo, Plan(("implement", later)))
    entries = kit.journal(repo)
    assert kit.passage(entries)[-2:] == [
        ("implement", "return", "spec-review"),
        ("spec-review", "pass", "spec-approval"),
    ]
    assert fold(entries).artifacts["lock"] != approved
    assert [act.action for act in kit.of(entries, Failed)] == [act.action for act in kit.of(entries, Authorized)]
    assert waiting(repo).detail["about"]["lock"] == fold(entries).artifacts["lock"]


def test_a_changed_proposal_reopens_the_design(repo: Path) -> None:
    with serving(target.Team(course())):
        to_approval(repo, f"{target.FOLDER}/proposal.md", "goodbye", "farewell")
        with pytest.raises(Parked, match="implement"):
            go(repo, Plan(("moved", said()), ("implement", later)))
    assert kit.passage(kit.journal(repo))[-3:] == [
        ("implement", "return", "design"),
        ("design", "pass", "spec-review"),
        ("spec-review", "pass", "spec-approval"),
    ]


def test_whoever_adopts_a_commit_is_told_what_the_gate_will_refuse(repo: Path) -> None:
    with serving(target.Team(course())):
        to_approval(repo, "README.md", "greeter", "greeters")
        meddle(repo, "README.md", "greeters", "greeting", message="Fixed the name (#3)")
        with pytest.raises(Parked):
            go(repo, Plan(("moved", later)))
    (told,) = waiting(repo).detail["about"]["what the gate on commits refuses"][:1]
    assert "'Fixed the name (#3)' is not conventional" in told


def test_a_ticked_task_does_not(repo: Path) -> None:
    with serving(target.Team(course())):
        to_approval(repo, f"{target.FOLDER}/tasks.md", "- [ ]", "- [x]")
        assert go(repo).state.finished == "merged"
    entries = kit.journal(repo)
    stages = [stage for stage, _, _ in kit.passage(entries)]
    assert stages.count("spec-review") == 1 and stages.count("spec-approval") == 1
    assert "- [x]" in target.git(repo, "show", f"develop:{target.archived(repo)}/tasks.md")


def test_a_branch_that_is_gone_can_only_be_abandoned(repo: Path) -> None:
    with serving(target.Team(course())):
        to_approval(repo, "README.md", "greeter", "greeters")
        target.git(repo, "update-ref", "-d", f"refs/heads/{BRANCH}")
        with pytest.raises(Parked):
            go(repo, Plan(("moved", later)))
        assert waiting(repo).detail["verbs"] == ["abandon"]
        put(repo, said("abandon")(waiting(repo)))
        assert go(repo).state.finished == "abandoned"
