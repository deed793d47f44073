"""Deltas folded into the living specs of a tree, and folders moved by a commit of records, on a real repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.domain.change import Change
from harness.domain.moving import Moving
from harness.errors import Parked
from harness.workspace.archiving import landing, moves, shelf, shelved, unrecorded
from harness.workspace.folding import folded
from harness.workspace.git import Git
from harness.workspace.repo import GitRepo
from tests import target

CHANGE = Change(name="add-farewell")
DELTA = f"{CHANGE.folder}/specs/farewell/spec.md"
SPEC = "openspec/specs/farewell/spec.md"
AT = 1_700_000_000
DAY = "2023-11-14"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return target.make(tmp_path / "repo")


def commit(top: Path, files: dict[str, str | bytes | None], links: dict[str, str] | None = None) -> str:
    """Somebody's commit on develop; None takes a file away."""
    target.git(top, "checkout", "-qf", "develop")
    for path, data in files.items():
        place = top / path
        if data is None:
            place.unlink()
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data if isinstance(data, bytes) else data.encode())
    for path, to in (links or {}).items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(to, top / path)
    target.git(top, "add", "-A")
    target.git(top, "commit", "-qm", "chore: lay")
    target.git(top, "checkout", "-q", "--detach")
    return target.git(top, "rev-parse", "develop")


def store(top: Path) -> Git:
    return Git(top / ".git")


def repo(top: Path) -> GitRepo:
    return GitRepo(store(top), top, CHANGE, ("Cleo", "cleo@owner.invalid"), "develop")


def fold(top: Path, files: dict[str, str | bytes | None], links: dict[str, str] | None = None) -> list[str]:
    """Why it can't be folded; then the tree is untouched."""
    tree = target.git(top, "rev-parse", f"{commit(top, files, links)}^{{tree}}")
    done = folded(store(top), tree, CHANGE)
    assert done.tree == tree
    return list(done.problems)


BROKEN = target.DELTA.split("#### Scenario")[0]
MODIFIED = target.DELTA.replace("ADDED", "MODIFIED")


@pytest.mark.parametrize(
    ("files", "links", "why"),
    [
        ({DELTA: BROKEN}, {}, "would not be valid"),
        ({DELTA: "# half a del"}, {}, "Delta parsing found no operations"),
        ({DELTA: ""}, {}, "Delta parsing found no operations"),
        ({DELTA: b"\xff\xfe"}, {}, "not UTF-8"),
        ({DELTA: MODIFIED}, {}, "target spec does not exist"),
        ({DELTA: target.DELTA, SPEC: b"\xff"}, {}, "not UTF-8"),
        ({DELTA: target.DELTA, SPEC: target.DELTA}, {}, "structurally invalid"),
        ({}, {DELTA: "/etc/passwd"}, "is a link; write the file itself"),
        ({DELTA: target.DELTA}, {SPEC: "/etc/passwd"}, "is a link, so no delta"),
        ({DELTA: target.DELTA}, {"openspec/specs/farewell": "/tmp"}, "is no folder"),
        ({DELTA: target.DELTA, "openspec/specs": "a file"}, {}, "is no folder"),
    ],
)
def test_what_can_not_be_folded_is_said_and_changes_nothing(
    top: Path, files: dict[str, str | bytes | None], links: dict[str, str], why: str
) -> None:
    (problem,) = fold(top, files, links)
    assert why in problem and "\n" not in problem


def test_all_or_none(top: Path) -> None:
    other = f"{CHANGE.folder}/specs/other/spec.md"
    (problem,) = fold(top, {DELTA: target.DELTA, other: MODIFIED})
    assert problem.startswith("other:")


def test_a_byte_order_mark_and_carriage_returns(top: Path) -> None:
    head = commit(top, {DELTA: "\ufeff" + target.DELTA.replace("\n", "\r\n")})
    done = folded(store(top), target.git(top, "rev-parse", f"{head}^{{tree}}"), CHANGE)
    assert done.paths == (SPEC,)
    text = store(top).read(done.tree, SPEC) or b""
    assert b"### Requirement: Farewell\n" in text and b"\r" not in text and not text.startswith(b"\xef")


def test_folding_twice_is_folding_once(top: Path) -> None:
    head = commit(top, {DELTA: target.DELTA})
    once = folded(store(top), target.git(top, "rev-parse", f"{head}^{{tree}}"), CHANGE)
    assert folded(store(top), once.tree, CHANGE).tree == once.tree


def test_a_capability_is_retired_only_where_the_change_says_so(top: Path) -> None:
    living = "# F\n\n## Purpose\nTo take leave of people who go, in words that they understand.\n\n" + (
        target.DELTA.replace("## ADDED Requirements", "## Requirements")
    )
    gone = "## REMOVED Requirements\n\n### Requirement: Farewell\n**Reason**: nobody leaves\n"
    (problem,) = fold(top, {SPEC: living, DELTA: gone})
    assert "retire_capabilities: true" in problem
    head = commit(top, {f"{CHANGE.folder}/.openspec.yaml": "schema: spec-driven\nretire_capabilities: true\n"})
    done = folded(store(top), target.git(top, "rev-parse", f"{head}^{{tree}}"), CHANGE)
    assert done.paths == (SPEC,) and SPEC not in store(top).paths(done.tree)


# ---------------------------------------------------------------- the archive


def lay(top: Path) -> str:
    """A change's folder with everything that git can hold in one."""
    files: dict[str, str | bytes | None] = {
        DELTA: target.DELTA, f"{CHANGE.folder}/proposal.md": target.PROPOSAL, f"{CHANGE.folder}/raw": b"\xff\0",
        f"{CHANGE.folder}/tasks.md": "\ufeff- [ ] one\r\n* [ ]two\r\n  3. [x] three\r\n- [-] dropped\r\n",
    }  # fmt: skip
    (top / CHANGE.folder).mkdir(parents=True, exist_ok=True)
    (top / CHANGE.folder / "run.sh").write_text("#!/bin/sh\n")
    (top / CHANGE.folder / "run.sh").chmod(0o755)
    return commit(top, files, {f"{CHANGE.folder}/link": "proposal.md"})


def move(top: Path, place: str, message: str = "docs: archive") -> str:
    moving = Moving(CHANGE.folder, place)
    return str(repo(top).record("develop", {}, message, AT, checkout=False, moving=moving)["commit"])


def test_the_folder_goes_as_it_is_with_its_boxes_ticked(top: Path) -> None:
    before = lay(top)
    place = shelf(store(top), before, CHANGE, AT)
    assert place == f"openspec/changes/archive/{DAY}-add-farewell"
    after = move(top, place)
    old, new = store(top).paths(before), store(top).paths(after)
    inside = {path: row for path, row in old.items() if path.startswith(CHANGE.folder)}
    assert {path.replace(CHANGE.folder, place): row for path, row in inside.items() if "tasks" not in path} == {
        path: row for path, row in new.items() if path.startswith(place) and "tasks" not in path
    }
    assert store(top).read(after, f"{place}/tasks.md") == (
        "\ufeff- [x] one\r\n* [x]two\r\n  3. [x] three\r\n- [-] dropped\r\n".encode()
    )
    assert moves(store(top), before, after) == {CHANGE.folder: place} and not unrecorded(store(top), before, after)
    assert shelved(store(top), after, CHANGE) == place
    assert move(top, place) == after, "done once"


def test_a_folder_that_is_there_is_never_written_into(top: Path) -> None:
    lay(top)
    place = f"openspec/changes/archive/{DAY}-add-farewell"
    tip = commit(top, {f"{place}/x": "somebody's"})
    for act in (lambda: shelf(store(top), tip, CHANGE, AT), lambda: move(top, place)):
        with pytest.raises(Parked, match="is there already"):
            act()
    assert target.git(top, "rev-parse", "develop") == tip


@pytest.mark.parametrize("name", ["openspec/changes/archive", f"openspec/changes/archive/{DAY}-add-farewell"])
def test_an_archive_that_is_a_link_is_not_followed(top: Path, name: str) -> None:
    lay(top)
    tip = commit(top, {}, {name: "/tmp"})
    with pytest.raises(Parked, match="is no folder"):
        shelf(store(top), tip, CHANGE, AT)


def test_a_change_whose_name_has_a_date_keeps_it_and_a_fork_has_a_place_of_its_own(top: Path) -> None:
    tip = lay(top)
    assert shelf(store(top), tip, Change(name="2026-01-02-x"), AT) == "openspec/changes/archive/2026-01-02-x"
    assert shelf(store(top), tip, Change(name="x", fork=2), AT) == f"openspec/changes/archive/{DAY}-x-fork-2"


@pytest.mark.parametrize("edit", ["a file more", "a word changed", "a box changed back", "one file left"])
def test_a_move_with_something_else_in_it_is_no_record(top: Path, edit: str) -> None:
    before = lay(top)
    place = f"openspec/changes/archive/{DAY}-add-farewell"
    move(top, place)
    files: dict[str, str | bytes | None] = {
        "a file more": {"README.md": "other\n"},
        "a word changed": {f"{place}/proposal.md": "# Other\n"},
        "a box changed back": {f"{place}/tasks.md": "- [ ] another task\n"},
        "one file left": {f"{CHANGE.folder}/raw": "here\n"},
    }[edit]  # type: ignore[assignment]
    after = commit(top, files)
    assert unrecorded(store(top), before, after)


def test_taking_a_change_out_brings_nothing_else(top: Path) -> None:
    lay(top)
    place = f"openspec/changes/archive/{DAY}-add-farewell"
    before = move(top, place)
    moving = Moving(place, CHANGE.folder)
    after = str(repo(top).record("develop", {}, "docs: take it out", AT, checkout=False, moving=moving)["commit"])
    assert moves(store(top), before, after) == {place: CHANGE.folder} and not unrecorded(store(top), before, after)
    assert shelved(store(top), after, CHANGE) == ""
    after = commit(top, {f"{CHANGE.folder}/specs/other/spec.md": target.DELTA})
    assert unrecorded(store(top), before, after)


def test_specs_that_a_commit_folds_itself_are_accounted_for(top: Path) -> None:
    """A change that was merged before its merge folded anything."""
    before = lay(top)
    tree = folded(store(top), target.git(top, "rev-parse", f"{before}^{{tree}}"), CHANGE).tree
    text = store(top).read(tree, SPEC) or b""
    after = commit(top, {SPEC: text})
    assert landing(store(top), before, after) == set(), "without the folder's move it is anybody's edit"
    after = move(top, f"openspec/changes/archive/{DAY}-add-farewell")
    assert unrecorded(store(top), before, after) == [SPEC] and landing(store(top), before, after) == {SPEC}
    after = commit(top, {SPEC: text + b"\nMore.\n"})
    assert landing(store(top), before, after) == set()
