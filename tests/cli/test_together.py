"""Open changes beside one another on the command line: overlap, what waits for what, and what archiving refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import Parked
from tests import target
from tests.cli.conftest import Shell
from tests.engine.kit import Plan, go, later, serving
from tests.engine.test_base import LIVING, OWN, SPEC, course
from tests.engine.test_lock import meddle

ADDS = """## ADDED Requirements

### Requirement: Welcome
The library SHALL welcome a person by name, and SHALL do so aloud.

#### Scenario: A guest arrives
- **WHEN** a guest arrives
- **THEN** the library says welcome
"""
BUILDS = """## MODIFIED Requirements

### Requirement: Welcome
The library SHALL welcome a person by name, and SHALL do so in song.

#### Scenario: A guest arrives
- **WHEN** a guest arrives
- **THEN** the library sings welcome
"""


@pytest.fixture
def sh(shell: Callable[..., Shell], tmp_path: Path) -> Shell:
    env = shell("develop").env
    return Shell(target.make(tmp_path / "repo", {**target.FILES, SPEC: LIVING}), env)


def draft(sh: Shell, name: str, delta: str, on: str = "") -> None:
    """A change in the working tree."""
    folder = f"openspec/changes/{name}"
    sh.write(f"{folder}/proposal.md", target.PROPOSAL)
    sh.write(f"{folder}/specs/greeting/spec.md", delta)
    sh.write(f"{folder}/tasks.md", "- [ ] 1.1 Write it\n")
    sh.write(f"{folder}/.openspec.yaml", f"schema: spec-driven\n{f'depends_on: {on}' if on else ''}\n")


def item(sh: Shell, name: str, code: int = 0) -> dict[str, object]:
    """What `validate --harness` says of one change."""
    found = json.loads(sh.harness("openspec", "validate", name, "--harness", "--json", code=code))
    row: dict[str, object] = found["items"][0]
    return row


def test_waiting_is_a_state_of_its_own(sh: Shell) -> None:
    draft(sh, "add-welcome", ADDS)
    draft(sh, "sing-welcome", BUILDS, "[add-welcome]")
    plain = json.loads(sh.harness("openspec", "validate", "sing-welcome", "--json"))["items"][0]
    assert plain["valid"] and "waits" not in plain
    row = item(sh, "sing-welcome", code=3)
    assert row["valid"] is False and row["waits"].startswith("waits for change add-welcome, which is not merged yet")  # type: ignore[attr-defined]
    assert [issue["level"] for issue in row["issues"]] == ["WARNING"]  # type: ignore[attr-defined, index]
    (sh.top / target.FOLDER / "proposal.md").unlink()
    (sh.top / target.FOLDER).rmdir()
    said = sh.harness("openspec", "validate", "--changes", "--harness", code=3)
    assert "Totals: 1 passed, 0 failed, 1 waiting (2 items)" in said
    assert "… change/sing-welcome waits for change add-welcome" in said and "✓ change/add-welcome" in said
    assert "it waits for change add-welcome" in sh.harness("status")
    assert "waits for change add-welcome" in sh.harness("status", "sing-welcome")
    draft(sh, "sing-welcome", BUILDS)
    row = item(sh, "sing-welcome", code=1)
    assert "waits" not in row and "Archive would refuse this delta" in str(row["issues"])
    assert sh.harness("openspec", "validate", "sing-welcome", "--json")


def test_done_is_what_the_documents_say(sh: Shell) -> None:
    """Not that they are there: an empty list of tasks, and a list of capabilities that is not that of the deltas."""
    draft(sh, "greet-louder", OWN)
    assert item(sh, "greet-louder")["valid"] is True
    sh.write("openspec/changes/greet-louder/tasks.md", "# Tasks\n")
    sh.write("openspec/changes/greet-louder/proposal.md", f"{target.PROPOSAL}\n## Capabilities\n\n- `silence`: less\n")
    told = str(item(sh, "greet-louder", code=1)["issues"])
    assert (
        "tasks.md has no task" in told and "lists the capability silence, but there is no specs/silence/spec.md" in told
    )
    assert "proposal.md does not list the capability greeting" in told
    assert json.loads(sh.harness("openspec", "validate", "greet-louder", "--json"))["items"][0]["valid"] is True


def test_it_is_valid_once_the_other_has_landed(sh: Shell) -> None:
    draft(sh, "sing-welcome", BUILDS, "[add-welcome]")
    assert "add-welcome, which is not known here" in str(item(sh, "sing-welcome", code=1)["waits"])
    meddle(sh.top, "openspec/changes/archive/2026-01-01-add-welcome/proposal.md", "", "# Welcome\n", "develop")
    sh.write(SPEC, LIVING + "\n" + ADDS.partition("\n\n")[2])
    assert item(sh, "sing-welcome")["valid"] is True


@pytest.mark.parametrize(
    ("on", "told"),
    [("add-welcome", "has to be a list"), ("[a-b]", ""), ("[sing-welcome]", "itself"), ("[[]]", "has to be a list")],
)
def test_a_depends_on_that_can_t_be_meant_is_an_error_for_the_harness_alone(sh: Shell, on: str, told: str) -> None:
    draft(sh, "sing-welcome", OWN, on)
    assert json.loads(sh.harness("openspec", "validate", "sing-welcome", "--json"))["items"][0]["valid"] is True
    row = item(sh, "sing-welcome", code=1 if told else 3)
    assert told in str(row["issues"])


def test_a_loop_is_named(sh: Shell) -> None:
    draft(sh, "add-welcome", ADDS, "[sing-welcome]")
    draft(sh, "sing-welcome", OWN, "[add-welcome]")
    assert "sing-welcome → add-welcome → sing-welcome" in str(item(sh, "sing-welcome", code=1)["issues"])
    assert "leads in a loop" in sh.harness("run", "sing-welcome", code=2)


def test_status_says_what_a_proposal_waits_for(sh: Shell) -> None:
    draft(sh, "sing-welcome", BUILDS, "[add-welcome]")
    for args in (("status",), ("status", "sing-welcome")):
        assert "it waits for change add-welcome, which is not known here" in sh.harness(*args)
    facts = json.loads(sh.harness("status", "sing-welcome", "--json"))
    assert (facts["waits_for"], facts["depends"]) == ("you", {"add-welcome": "is not known here"})


def test_overlap_is_named(sh: Shell) -> None:
    draft(sh, "greet-louder", OWN)
    draft(sh, "greet-softer", f"\ufeff{OWN}".replace("\n", "\r\n"))
    line = "greet-softer (in the working tree) touches the same: greeting: Greeting (MODIFIED here, MODIFIED there)"
    assert line in str(item(sh, "greet-louder")["issues"])
    assert "touches the same" not in sh.harness("openspec", "validate", "greet-louder")
    said = sh.harness("new", "greet-me")
    assert "also open: greet-louder (in the working tree) touches greeting: Greeting (MODIFIED)" in said
    sh.write("openspec/changes/greet-you/specs/greeting/spec.md", OWN)
    assert line in sh.harness("new", "greet-you")


def test_a_change_that_is_driven_is_read_from_its_branch(sh: Shell) -> None:
    with serving(target.Team(course())), pytest.raises(Parked):
        go(sh.top, Plan(("implement", later)))
    assert "must have at least one delta" in str(json.loads(
        sh.harness("openspec", "validate", target.CHANGE, "--json", code=1)
    ))  # fmt: skip
    draft(sh, "greet-louder", OWN)
    row = item(sh, target.CHANGE)
    assert row["valid"] is True and "its deltas are those of feature/add-farewell" in str(row["issues"])
    assert "greet-louder (in the working tree) touches the same: greeting: Greeting" in str(row["issues"])
    sh.write(SPEC, LIVING.replace("Requirement: Greeting", "Requirement: Welcome"))
    assert "Archive would refuse this delta" in str(item(sh, target.CHANGE, code=1)["issues"])


def test_the_harness_s_rules_need_a_repository(sh: Shell, tmp_path: Path) -> None:
    bare = Shell(tmp_path / "bare", sh.env)
    draft(bare, "add-welcome", ADDS)
    assert "--harness can't be used here" in bare.harness("openspec", "validate", "add-welcome", "--harness", code=1)


def test_archiving_does_not_overwrite_what_came_after_the_approval(sh: Shell) -> None:
    with serving(target.Team(course())):
        assert go(sh.top).state.finished == "merged"
    sh.git("checkout", "-q", "-f", f"feature/{target.CHANGE}")
    (sh.top / SPEC).write_text(LIVING.replace("by name", "by name and in their own language"))
    before = sh.git("status", "--porcelain")
    said = sh.harness("openspec", "archive", target.CHANGE, "--yes", code=1)
    assert "The living spec changed since the spec of 'add-farewell' was approved: greeting: Greeting." in said
    assert "+#### Scenario: A guest leaves" in said and "in their own language" in said
    told = json.loads(sh.harness("openspec", "archive", target.CHANGE, "--yes", "--no-validate", "--json", code=1))
    assert told["status"][0]["code"] == "archive_base_moved" and sh.git("status", "--porcelain") == before
    sh.git("checkout", "-q", "-f", f"feature/{target.CHANGE}")
    assert "archived as" in sh.harness("openspec", "archive", target.CHANGE, "--yes")


def test_a_change_whose_folder_is_a_link_is_none(sh: Shell, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "proposal.md").write_text(target.PROPOSAL)
    place = sh.top / "openspec/changes/linked"
    place.symlink_to(other)
    for args in (("run", "linked"), ("new", "linked")):
        assert "openspec/changes/linked is a link, which is not followed" in sh.harness(*args, code=2)
    assert "linked" not in sh.harness("status") and "linked" not in sh.harness("backlog", "list")
    place.unlink()
    place.mkdir()
    (place / "proposal.md").symlink_to(other / "proposal.md")
    assert "openspec/changes/linked/proposal.md is a link" in sh.harness("run", "linked", code=2)
    assert (other / "proposal.md").read_text() == target.PROPOSAL


def test_names_that_are_taken_are_said_to_be(sh: Shell) -> None:
    for name in ("archive", "repo", "review", "release"):
        assert f"{name} is a name that the harness or OpenSpec uses itself" in sh.harness("new", name, code=2)
