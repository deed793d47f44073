"""At the merge the deltas become part of the living specs; afterwards the change's folder goes to the archive."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.domain.event import Answered, Left
from harness.errors import Parked
from harness.flow.fold import fold
from harness.openspec.spec import check
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, put, said, serving, settle, waiting
from tests.engine.test_lock import course, meddle

SPEC = "openspec/specs/farewell/spec.md"
LIVING = """# Farewell

## Purpose
The library takes leave of people in a way that they do not find rude at all.

## Requirements

### Requirement: Farewell
The library SHALL wave.

#### Scenario: A guest leaves
- **WHEN** a guest leaves
- **THEN** the library waves
"""


def show(top: Path, path: str, at: str = "develop") -> str:
    return target.git(top, "show", f"{at}:{path}")


def names(top: Path, at: str = "develop") -> list[str]:
    return target.git(top, "ls-tree", "-r", "--name-only", at).splitlines()


def at_approval(top: Path) -> None:
    with pytest.raises(Parked):
        go(top, Plan(("merge", later)))


def merged(top: Path, turns: Any = None) -> str:
    with serving(target.Team(turns or course())):
        assert go(top).state.finished == "merged"
    return target.git(top, "rev-list", "--merges", "-n1", "develop")


def test_the_merge_has_the_spec_and_the_archive_has_the_rest(repo: Path) -> None:
    commit = merged(repo)
    spec = show(repo, SPEC, commit)
    assert not [issue for issue in check(spec) if issue.level == "ERROR"]
    assert "### Requirement: Farewell" in spec and "ADDED" not in spec
    found = fold(kit.journal(repo)).artifacts
    assert target.git(repo, "rev-parse", f"{commit}^{{tree}}") == found["candidate"]["tree"]
    assert found["candidate"]["specs"] == [SPEC]
    place = target.archived(repo)
    assert found["archived"] == place and not [name for name in names(repo) if name.startswith(target.FOLDER)]
    assert show(repo, f"{place}/specs/farewell/spec.md") == target.DELTA.strip()
    assert show(repo, f"{place}/tasks.md") == "- [x] 1.1 Write the function"
    assert show(repo, f"{target.FOLDER}/tasks.md", commit) == "- [ ] 1.1 Write the function", "not before it is merged"
    backlog = show(repo, "openspec/backlog.md")
    assert "- [x] add-farewell (feature)" in backlog and "- [ ] something-else" in backlog


def test_a_repository_with_the_workflows_own_archive_keeps_it(repo: Path) -> None:
    meddle(repo, "openspec/archive/older/proposal.md", "", "# Older\n", "develop")
    merged(repo)
    assert target.archived(repo) == f"openspec/archive/{target.CHANGE}"
    assert show(repo, "openspec/archive/older/proposal.md") == "# Older"


def test_the_delta_is_folded_into_the_spec_as_it_is_now(repo: Path) -> None:
    """develop gets the capability meanwhile, with CRLF line ends, which it keeps."""
    with serving(target.Team(course())):
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        other = LIVING.replace("Requirement: Farewell", "Requirement: Wave").replace("\n", "\r\n")
        meddle(repo, SPEC, "", other, "develop")
        assert go(repo).state.finished == "merged"
    spec = subprocess.run(["git", "-C", str(repo), "show", f"develop:{SPEC}"], capture_output=True, check=True).stdout
    assert b"### Requirement: Wave\r\n" in spec and b"### Requirement: Farewell\r\n" in spec
    assert spec.count(b"\n") == spec.count(b"\r\n")


def test_a_delta_that_does_not_fit_any_more_goes_back_to_the_architect(repo: Path) -> None:
    """Who is told what the spec is now, and whose gate then measures against that."""
    usual = course()
    look = [target.call("view", path="README.md", view_range=[])]
    turns = {
        **usual,
        "design/2": [
            [target.call("create", path=f"{target.FOLDER}/design.md", file_text="# Design\n\nOnce more.\n")],
            [target.delivery("docs(farewell): leave the delta as it was")],
            [
                target.call(
                    "create", path=f"{target.FOLDER}/specs/farewell/spec.md",
                    file_text=target.DELTA.replace("ADDED", "MODIFIED"),
                )
            ],
            [target.delivery("docs(farewell): change the wave into words")],
        ],
        "implement/2": [
            [target.call("insert", path="CHANGELOG.md", insert_line=3, insert_text="- By name.\n")],
            [target.delivery("docs(changelog): name the name")],
        ],
        "qa/1": [look, [target.signoff()]],
    }  # fmt: skip
    with serving(target.Team(turns)) as endpoint:
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        moved = meddle(repo, SPEC, "", LIVING, "develop")
        assert go(repo).state.finished == "merged"
        asked = [str(request["messages"]) for request in endpoint.requests]
    (back,) = [e for e in kit.of(kit.journal(repo), Left) if e.stage == "integrate" and e.outcome == "return"]
    assert back.to == "design" and back.artifact["spec_base"] == moved
    moved_, apart, living = back.artifact["corrections"]
    assert "develop has it too by now" in moved_ and "ADDED failed" in apart and "already exists" in apart
    assert living.startswith(f"{SPEC} on develop is now")
    assert any("The library SHALL wave." in text and f"{SPEC} on develop is now" in text for text in asked)
    results = [e.answer["result"] for e in kit.of(kit.journal(repo), Answered) if e.key.endswith("gate/openspec")]
    assert results == ["passed", "failed", "passed"]
    spec = show(repo, SPEC)
    assert "say goodbye to a person by name" in spec and "SHALL wave" not in spec


def test_a_folder_of_the_same_name_in_the_archive_is_left_alone(repo: Path) -> None:
    """It is said before anything is spent; then the merge stands, and the record waits until somebody renames it."""
    meddle(repo, f"openspec/archive/{target.CHANGE}/proposal.md", "", "# Another one\n", "develop")
    with serving(target.Team(course())):
        with pytest.raises(Parked, match="go on anyway"):
            go(repo, Plan(("go on anyway", later)))
        unable = waiting(repo).detail["about"]["unable"]
        assert f"openspec/archive/{target.CHANGE} is there already" in unable["archive"]
        put(repo, said()(waiting(repo)))
        with pytest.raises(Parked, match=f"openspec/archive/{target.CHANGE} is there already"):
            go(repo)
        assert show(repo, f"{target.FOLDER}/proposal.md") == target.PROPOSAL.strip(), "nothing was moved"
        place = repo.parent / "elsewhere"
        target.git(repo, "worktree", "add", "-q", "--detach", str(place), "develop")
        target.git(place, "mv", f"openspec/archive/{target.CHANGE}", "openspec/archive/first-farewell")
        target.git(place, "commit", "-qm", "chore: rename")
        target.git(repo, "update-ref", "refs/heads/develop", target.git(place, "rev-parse", "HEAD"))
        assert go(repo).state.finished == "merged"
    assert show(repo, "openspec/archive/first-farewell/proposal.md") == "# Another one"
    assert show(repo, f"openspec/archive/{target.CHANGE}/proposal.md") == target.PROPOSAL.strip()


def archive(top: Path, name: str, *, also: str = "") -> str:
    """Somebody moves a change's folder to the archive on develop, and appends a line to the file `also`."""
    place = top.parent / "elsewhere"
    target.git(top, "worktree", "add", "-q", "--detach", str(place), "develop")
    (place / "openspec/changes/archive").mkdir(parents=True, exist_ok=True)
    target.git(place, "mv", f"openspec/changes/{name}", f"openspec/changes/archive/2026-01-01-{name}")
    if also:
        (place / also).write_text((place / also).read_text() + "\nMore.\n")
    target.git(place, "commit", "-qam", "docs: archive it")
    commit = target.git(place, "rev-parse", "HEAD")
    target.git(top, "update-ref", "refs/heads/develop", commit)
    target.git(top, "worktree", "remove", "--force", str(place))
    return commit


@pytest.mark.parametrize("also", ["", "openspec/backlog.md", "README.md"])
def test_what_another_change_archives_makes_nothing_stale(repo: Path, also: str) -> None:
    """But for a file that this change touches, too, as the backlog: then the tree is made, and gated, anew."""
    meddle(repo, "openspec/changes/other/proposal.md", "", "# Other\n", "develop")
    look = [target.call("view", path="README.md", view_range=[])]
    more = {**course(), "qa/2": [look, [target.signoff()]]}
    more["review/2"] = [look, [target.verdict(kind="code", cite="CHANGELOG.md:3")]]
    with serving(target.Team(more)):
        at_approval(repo)
        moved = archive(repo, "other", also=also)
        put(repo, said()(waiting(repo)))
        assert settle(repo)
        if also:
            with pytest.raises(Parked, match="merge"):
                go(repo, Plan(("merge", later)))
            assert target.git(repo, "rev-parse", "develop") == moved
        assert go(repo).state.finished == "merged"
    assert [left.outcome for left in kit.of(kit.journal(repo), Left) if left.stage == "merge"] == (
        ["return", "pass"] if also else ["pass"]
    )
    assert "openspec/changes/archive/2026-01-01-other/proposal.md" in names(repo)
    assert "- [x] add-farewell" in show(repo, "openspec/backlog.md")
    if also:
        assert "More." in show(repo, also)


def test_two_changes_with_one_capability_both_land(repo: Path) -> None:
    """The second is folded on what the first left."""
    first = target.DELTA.replace("Requirement: Farewell", "Requirement: Wave")
    meddle(repo, SPEC, "", LIVING.replace("Requirement: Farewell", "Requirement: Nod"), "develop")
    meddle(repo, "openspec/changes/other/specs/farewell/spec.md", "", first, "develop")
    merged(repo)
    spec = show(repo, SPEC)
    assert re.findall(r"### Requirement: (\w+)", spec) == ["Nod", "Farewell"], "an open change lands by its own merge"
    assert show(repo, "openspec/changes/other/specs/farewell/spec.md") == first.strip()
