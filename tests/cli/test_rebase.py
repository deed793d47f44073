"""`harness rebase-spec`: develop's words and the change's own, merged for review, before a run and during one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import Parked
from harness.flow.fold import fold
from harness.journal.lease import lease
from tests import target
from tests.cli.conftest import Shell
from tests.cli.test_accept import typed
from tests.engine import kit
from tests.engine.kit import Plan, go, later, serving, waiting
from tests.engine.test_base import BOTH, LIVING, OTHERS, OWN, SPEC, approve_spec, course, first_lands
from tests.engine.test_lock import meddle

DELTA = f"{target.FOLDER}/specs/greeting/spec.md"


@pytest.fixture
def sh(shell: Callable[..., Shell], tmp_path: Path) -> Shell:
    """A repository whose living spec has the requirement that both changes touch."""
    env = shell("develop").env
    return Shell(target.make(tmp_path / "repo", {**target.FILES, SPEC: LIVING}), env)


def subject(text: str) -> str:
    found = re.search(r"subject ([0-9a-f]{64})", text)
    assert found, text
    return found[1]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_before_the_run_the_working_tree_is_merged(sh: Shell, end: str, mark: str) -> None:
    (sh.top / DELTA).parent.mkdir(parents=True)
    (sh.top / DELTA).write_bytes((mark + OWN.replace("\n", end)).encode())
    assert "--since compares with an older one" in sh.harness("rebase-spec", target.CHANGE)
    first_lands(sh.top)
    told = sh.harness("rebase-spec", target.CHANGE, code=4)
    assert "greeting: Greeting: this change modifies it, and develop changed it." in told
    assert f"+The library SHALL {OTHERS}." in told and "+#### Scenario: A guest leaves" in told
    assert "say what you take over: --digest" in told
    assert (sh.top / DELTA).read_bytes() == (mark + OWN.replace("\n", end)).encode()
    sh.harness("rebase-spec", target.CHANGE, "--digest", "0" * 64, code=4)
    assert f"wrote {DELTA}" in sh.harness("rebase-spec", target.CHANGE, "--digest", subject(told))
    assert (sh.top / DELTA).read_bytes() == (mark + BOTH.replace("\n", end)).encode()


def test_at_a_terminal_it_asks(sh: Shell) -> None:
    sh.write(DELTA, OWN)
    first_lands(sh.top)
    assert "write this?" in typed(sh, ["rebase-spec", target.CHANGE], {}, "n\n")
    assert (sh.top / DELTA).read_text() == OWN
    assert f"wrote {DELTA}" in typed(sh, ["rebase-spec", target.CHANGE], {}, "y\n")
    assert (sh.top / DELTA).read_text() == BOTH


@pytest.mark.parametrize(
    ("delta", "old", "new", "told"),
    [
        (OWN.replace("by name", "aloud"), "by name", "in song", "both changed the same lines"),
        (OWN, "Requirement: Greeting", "Requirement: Welcome", "has no requirement of that name any more"),
        (
            target.DELTA,
            "## Requirements",
            "## Requirements\n\n### Requirement: Farewell\nIt MUST wave.",
            "too: make it",
        ),
    ],
)
def test_a_conflict_is_named_and_nothing_is_written(sh: Shell, delta: str, old: str, new: str, told: str) -> None:
    (sh.top / DELTA).parent.mkdir(parents=True)
    (sh.top / DELTA).write_text(delta)
    meddle(sh.top, SPEC, old, new, "develop")
    said = sh.harness("rebase-spec", target.CHANGE, "--digest", "0" * 64, code=4)
    assert told in said and "nothing was written" in said
    assert (sh.top / DELTA).read_text() == delta


def test_bad_input_is_one_sentence(sh: Shell) -> None:
    assert "has no delta of add-farewell" in sh.harness("rebase-spec", target.CHANGE, code=2)
    (sh.top / DELTA).parent.mkdir(parents=True)
    (sh.top / DELTA).write_text("## MODIFIED Requirements\n\n### Requirement:")
    assert "nothing that the deltas touch" in sh.harness("rebase-spec", target.CHANGE)
    assert "is no commit here" in sh.harness("rebase-spec", target.CHANGE, "--since", "nowhere", code=2)
    first_lands(sh.top)
    (sh.top / DELTA).write_bytes(OWN.encode() + b"\xff\n")
    assert "is not UTF-8" in sh.harness("rebase-spec", target.CHANGE, code=2)
    elsewhere = sh.top.parent / "elsewhere"
    (sh.top / target.FOLDER).rename(elsewhere)
    (sh.top / target.FOLDER).symlink_to(elsewhere)
    assert "has no delta of add-farewell" in sh.harness("rebase-spec", target.CHANGE, code=2)


def test_during_a_run_the_branch_gets_a_commit_that_is_adopted_reviewed_and_approved(sh: Shell) -> None:
    turns = course()
    with serving(target.Team({**turns, "spec-review/2": [[target.verdict()]]})) as endpoint:
        approve_spec(sh.top)
        first_lands(sh.top)
        told = sh.harness("rebase-spec", target.CHANGE, code=4)
        with kit.at(sh.top) as found, lease(found.locks, target.CHANGE):
            held = sh.harness("rebase-spec", target.CHANGE, "--digest", subject(told), code=4)
            assert "is being driven already" in held
        said = sh.harness("rebase-spec", target.CHANGE, "--digest", subject(told))
        assert "asks you to adopt it" in said
        tip = target.git(sh.top, "rev-parse", "feature/add-farewell")
        assert target.git(sh.top, "show", f"{tip}:{DELTA}") == BOTH.rstrip("\n")
        assert "which the run does not know" in sh.harness("rebase-spec", target.CHANGE, code=4)
        with pytest.raises(Parked, match="moved by somebody else"):
            go(sh.top, Plan(("moved by somebody else", later)))
        about = waiting(sh.top).detail["about"]
        assert about["spec written against"] == target.git(sh.top, "rev-parse", "develop")
        with pytest.raises(Parked, match="implement"):
            go(sh.top, Plan(("moved", kit.said()), ("implement", later)))
        assert kit.passage(kit.journal(sh.top))[-2:] == [
            ("implement", "return", "spec-review"),
            ("spec-review", "pass", "spec-approval"),
        ]
        brief = str(endpoint.requests[-1]["messages"][0]["content"][0]["text"])
        assert f"+The library SHALL {OTHERS}." in brief
        assert "develop changed it" in waiting(sh.top).detail["about"]["changed on develop"]["greeting: Greeting"]
        assert go(sh.top).state.finished == "merged"
    assert fold(kit.journal(sh.top)).artifacts["spec_moved"] == {}
    assert "is over: merged" in sh.harness("rebase-spec", target.CHANGE, code=4)
