"""harness backlog, harness new --from and the sprint's approval, as commands in a real repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.team import subject
from tests.cli.test_whole import copied, places  # noqa: F401

BACKLOG = "openspec/backlog.md"


@pytest.fixture
def sh(shell: Callable[..., Shell]) -> Shell:
    found = shell("develop")
    found.git("commit", "--allow-empty", "-qm", "chore: begin")
    return found


def test_items_come_and_go_and_nonsense_stays(sh: Shell) -> None:
    assert "the backlog is empty" in sh.harness("backlog", "list")
    sh.harness("backlog", "add", "add-login", "Let", "users log in", "--kind", "feature")
    path = sh.top / BACKLOG
    assert path.read_text() == "# Backlog\n\n- [ ] add-login (feature): Let users log in\n"
    path.write_bytes(path.read_bytes() + b"  a note\r\n- nonsense \x1b[31m\r\n")
    sh.harness("backlog", "add", "second", "Another one")
    shown = sh.harness("backlog", "list")
    assert "add-login (feature, open)" in shown and "line 6: '- nonsense" in shown and "\x1b" not in shown
    facts = json.loads(sh.harness("backlog", "list", "--json"))
    assert [item["name"] for item in facts["items"]] == ["add-login", "second"] and len(facts["problems"]) == 1
    assert "a note" in sh.harness("backlog", "drop", "add-login")
    assert path.read_bytes() == b"# Backlog\n\n- [ ] second: Another one\n- nonsense \x1b[31m\r\n"
    assert "has no item add-login" in sh.harness("backlog", "drop", "add-login", code=2)
    assert "already" in sh.harness("backlog", "add", "second", "again", code=4)
    assert "not a change name" in sh.harness("backlog", "add", "No Name", "x", code=2)


def test_a_link_in_the_backlogs_place_is_not_followed(sh: Shell, tmp_path: Path) -> None:
    other = tmp_path / "other.md"
    other.write_text("- [ ] theirs: x\n")
    (sh.top / "openspec").mkdir()
    (sh.top / BACKLOG).symlink_to(other)
    assert "no plain file" in sh.harness("backlog", "add", "mine", "x", code=2)
    assert "no plain file" in sh.harness("backlog", "list", code=2), "what can't be read is not empty"
    assert "nothing is under way" in sh.harness("status")
    assert "there is no" in sh.harness("backlog", "drop", "theirs", code=2)
    assert other.read_text() == "- [ ] theirs: x\n"


def test_many_add_at_once_and_none_is_lost(sh: Shell) -> None:
    sh.harness("backlog", "add", "first", "x")
    adding = [
        subprocess.Popen(
            [sys.executable, "-m", "harness", "backlog", "add", f"item-{n}", "x"], cwd=sh.top, env=sh.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )
        for n in range(4)
    ]  # fmt: skip
    assert [each.wait(60) for each in adding] == [0] * 4
    items = json.loads(sh.harness("backlog", "list", "--json"))["items"]
    assert sorted(item["name"] for item in items) == ["first", *(f"item-{n}" for n in range(4))]
    assert [name for name in os.listdir(sh.top / "openspec") if name.endswith(".part")] == []


def test_a_proposal_begins_with_what_the_item_says(sh: Shell) -> None:
    sh.harness("backlog", "add", "add-login", "Let users log in, often", "--kind", "fix")
    path = sh.top / BACKLOG
    path.write_text(path.read_text() + "  as {{ they }} asked\n")
    assert "marked add-login" in sh.harness("new", "do-login", "--from", "add-login")
    proposal = (sh.top / "openspec/changes/do-login/proposal.md").read_text()
    assert proposal.startswith("<!-- kind: fix -->\n# Do login\n")
    assert "Let users log in, often\n\nas {{ they }} asked\n" in proposal
    assert "(fix): Let users log in, often (as do-login)\n  as" in path.read_text()
    before = path.read_bytes()
    assert "taken up by do-login" in sh.harness("new", "another", "--from", "add-login", code=4)
    assert not (sh.top / "openspec/changes/another").exists()
    assert "is there already" in sh.harness("new", "do-login", "--from", "add-login", code=4)
    assert "has no item" in sh.harness("new", "more", "--from", "nothing", code=2)
    assert path.read_bytes() == before
    assert "add-login (fix, proposed as do-login)" in sh.harness("backlog", "list")


def test_a_sprint_is_a_decision_that_a_change_of_scope_opens_again(sh: Shell) -> None:
    sh.harness("backlog", "add", "one", "The first")
    sh.harness("backlog", "add", "two", "The second")
    assert "name the items" in sh.harness("backlog", "approve", code=2)
    shown = sh.harness("backlog", "approve", "one", "two", code=4)
    assert "one: The first (change one, no proposal yet)" in shown
    sh.write(BACKLOG, (sh.top / BACKLOG).read_text().replace("The first", "The very first"))
    assert "is the sprint now" in sh.harness("backlog", "approve", "one", "two", "--digest", subject(shown), code=4)
    shown = sh.harness("backlog", "approve", "one", "two", code=4)
    said = sh.harness("backlog", "approve", "one", "two", "--digest", subject(shown), "--comment", "go")
    assert "on the record, msg #1" in said
    channel = (sh.top / ".git/harness/channels/vpe-cto-approvals.md").read_text()
    assert "work on one, two in this sprint" in channel
    assert "sprint: one, two; approved by Ada" in sh.harness("status")
    sh.harness("new", "one", "--from", "one")
    assert "open again" not in sh.harness("status")
    sh.harness("new", "surprise")
    shown = sh.harness("status")
    assert "sprint open again: surprise was proposed after the approval, and is not in it" in shown
    assert json.loads(sh.harness("status", "--json"))["sprint"]
    again = sh.harness("backlog", "approve", code=4)
    assert "not in it, though proposed or under way: surprise" in again
    sh.harness("backlog", "approve", "--digest", subject(again))
    assert "open again" not in sh.harness("status")
    sh.write("openspec/changes/one/proposal.md", "another\n")
    assert "one has another proposal than at the approval" in sh.harness("backlog", "list")


def test_an_approval_shows_what_became_of_the_sprint(places: dict[str, Path], tmp_path: Path) -> None:  # noqa: F811
    sh = copied(places["waiting"], tmp_path)
    sh.harness("backlog", "add", "one", "The first")
    shown = sh.harness("backlog", "approve", "one", code=4)
    assert "under way: explain-start" in shown
    sh.harness("backlog", "approve", "one", "--digest", subject(shown))
    sh.harness("new", "surprise")
    assert "surprise was proposed after the approval" in sh.harness("approve", "explain-start", code=4)
