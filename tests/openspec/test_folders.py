"""Folders as people and programs leave them: links, locks, other tools' names, failures half-way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.changes.archive import LOCK
from harness.changes.create import WIDTH, create
from harness.changes.root import find
from harness.changes.yaml import Unparsable, load
from harness.cli.openspec.listing import ago
from harness.openspec.difference import diff
from harness.openspec.requirement import Block
from harness.openspec.script import by_locale, length
from tests.openspec.recorded import answer, tree

STEPS = "#### Scenario: S\n- **WHEN** a\n- **THEN** b\n"
DELTA = f"## ADDED Requirements\n\n### Requirement: New\nIt SHALL.\n\n{STEPS}"
PURPOSE = "Lets people do the thing this capability exists for, in a way that can be tested."


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with one change in order."""
    root = tmp_path / "repo"
    write(root / "openspec/changes/chg/proposal.md", f"## Why\n{PURPOSE}\n\n## What Changes\n- It\n")
    write(root / "openspec/changes/chg/tasks.md", "- [x] 1.1 Do it\n")
    write(root / "openspec/changes/chg/specs/cap/spec.md", DELTA)
    write(root / "openspec/config.yaml", "schema: spec-driven\n")
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def ask(root: Path, *args: str) -> dict[str, Any]:
    return answer([*args, "--json"], root, root)


def test_a_capability_that_leads_out_of_the_repository_is_not_written(repo: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside / "spec.md", f"# cap\n\n## Purpose\n{PURPOSE}\n\n## Requirements\n\n")
    (repo / "openspec/specs").mkdir()
    (repo / "openspec/specs/cap").symlink_to(outside)
    before = tree(outside), tree(repo / "openspec/changes/chg")
    got = ask(repo, "archive", "chg", "--yes")
    assert got["rc"] == 1
    assert got["json"]["status"][0]["message"].startswith("Path is outside the allowed directory: ")
    assert (tree(outside), tree(repo / "openspec/changes/chg")) == before


def test_an_archive_that_leads_out_of_the_repository_is_not_used(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (repo / "openspec/changes/archive").symlink_to(tmp_path / "outside")
    assert ask(repo, "archive", "chg", "--yes")["rc"] == 1
    assert list((tmp_path / "outside").iterdir()) == []
    assert ask(repo, "new", "change", "two")["rc"] == 0, "making a change needs no archive that leads elsewhere"


def test_a_failure_half_way_leaves_all_as_it_was(repo: Path) -> None:
    """The second capability's folder is a file: the first one's new spec is taken back."""
    write(repo / "openspec/changes/chg/specs/zed/spec.md", DELTA)
    write(repo / "openspec/specs/zed", "in the way")
    before = tree(repo)
    got = ask(repo, "archive", "chg", "--yes")
    assert got["rc"] == 1
    after = tree(repo)
    assert after.pop("openspec/changes/archive/") is None
    assert after == before


def test_the_lock_is_gone_after_success_and_after_failure(repo: Path) -> None:
    write(repo / "openspec/changes/chg/specs/cap/spec.md", DELTA.replace("ADDED", "MODIFIED"))
    assert ask(repo, "archive", "chg", "--yes")["rc"] == 1
    assert not (repo / "openspec/changes/archive" / LOCK).exists()
    write(repo / "openspec/changes/chg/specs/cap/spec.md", DELTA)
    assert ask(repo, "archive", "chg", "--yes")["rc"] == 0
    assert not list(repo.rglob(LOCK))


def test_names_of_other_tools_are_no_changes(repo: Path) -> None:
    for name in (".git", ".obsidian", "archive"):
        (repo / "openspec/changes" / name).mkdir()
    write(repo / "openspec/changes/notes.md", "x")
    got = ask(repo, "status", "--all")["json"]["changes"]
    assert [change["changeName"] for change in got] == ["chg"]
    assert ask(repo, "status", "--change", ".git")["rc"] == 1


def test_two_changes_with_one_capability_come_one_after_the_other(repo: Path) -> None:
    write(repo / "openspec/changes/two/proposal.md", "x")
    write(repo / "openspec/changes/two/specs/cap/spec.md", DELTA.replace("SHALL", "MUST"))
    assert ask(repo, "archive", "chg", "--yes")["rc"] == 0
    (item,) = ask(repo, "validate", "two")["json"]["items"]
    assert (item["valid"], item["issues"][0]["level"]) == (True, "INFO")
    assert "already exists" in item["issues"][0]["message"]
    assert ask(repo, "archive", "two", "--yes")["rc"] == 1


def test_bytes_that_are_no_text_are_told_not_thrown(repo: Path) -> None:
    (repo / "openspec/changes/chg/specs/cap/spec.md").write_bytes(b"\xff\xfe## ADDED Requirements\n\x00")
    (repo / "openspec/changes/chg/.openspec.yaml").write_bytes(b"\xff: [\x00")
    for args in (("validate", "chg"), ("show", "chg"), ("status", "--change", "chg"), ("list",)):
        got = ask(repo, *args)
        assert got["rc"] in (0, 1)
        assert "json" in got


def test_a_document_can_not_drive_the_terminal(repo: Path) -> None:
    write(repo / "openspec/changes/chg/proposal.md", "## Why\n\x1b]0;title\x07\x1b[2J\rfake\n\n## What Changes\n- x\n")
    said = answer(["show", "chg"], repo, repo)["text"]
    assert not {"\x1b", "\x07", "\r"} & set(said)


def test_the_command_itself(repo: Path) -> None:
    """In a process of its own: JSON on standard output alone, the exit code, and a closed pipe."""
    command = [sys.executable, "-m", "harness", "openspec"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([*command, "validate", "chg", "--json"], cwd=repo, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["items"][0]["valid"] is True
    done = subprocess.run([*command, "list", "--bogus"], cwd=repo, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "error: unknown option '--bogus'\n")
    done = subprocess.run([*command, "init"], cwd=repo, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert "OpenSpec's own tool" in done.stderr
    done = subprocess.run([*command, "archive", "chg"], cwd=repo, env=env, capture_output=True, text=True, input="y\n")
    assert (done.returncode, (repo / "openspec/specs/cap/spec.md").is_file()) == (0, True)


def said_no(repo: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "openspec", "archive", "chg"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, cwd=repo, env=env, capture_output=True, text=True, input="n\n")


def test_who_does_not_want_open_tasks_archives_nothing(repo: Path) -> None:
    (repo / "openspec/changes/chg/tasks.md").write_text("- [ ] 1.1 Do it\n")
    before = tree(repo)
    done = said_no(repo)
    assert done.stdout.endswith("Archive cancelled.\n")
    assert (done.returncode, tree(repo)) == (0, before)


def test_who_does_not_want_the_specs_archives_without_them(repo: Path) -> None:
    done = said_no(repo)
    assert (done.returncode, (repo / "openspec/specs/cap/spec.md").exists()) == (0, False)
    assert "Skipping spec updates. Proceeding with archive." in done.stdout
    assert not (repo / "openspec/changes/chg").exists()


@pytest.mark.parametrize("args", [["--help"], ["list", "-h"], ["new", "--help"], ["help", "archive"]])
def test_help_names_what_there_is(args: list[str], repo: Path) -> None:
    got = answer(args, repo, repo)
    assert got["rc"] == 0
    assert got["text"].startswith("Usage: harness openspec")
    assert all(len(line) <= 80 for line in got["text"].splitlines())


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["new", "x", "-h"], 0),
        (["spec", "--json", "--help"], 0),
        (["nope", "-h"], 0),
        (["list", "--bogus", "-h"], 0),
        (["help", "nope"], 1),
        (["schema", "help", "nope"], 1),
        (["--", "list"], 0),
        (["list", "--", "-V"], 1),
    ],
)
def test_help_is_found_behind_words_that_are_wrong(args: list[str], code: int, repo: Path) -> None:
    assert answer(args, repo, repo)["rc"] == code


def test_a_context_that_is_too_large_is_left_out(repo: Path) -> None:
    def context(size: int) -> int:
        write(repo / "openspec/config.yaml", f"context: {'x' * size}\n")
        got = answer(["instructions", "archive", "--change", "chg", "--json"], repo, repo)
        return len(got["json"].get("context", ""))

    assert (context(50 * 1024), context(50 * 1024 + 1)) == (50 * 1024, 0)


@pytest.mark.parametrize("mark", ["\r", "\x85", "\u2028"])
def test_what_ends_no_line_in_yaml_stays_in_its_line(mark: str) -> None:
    assert load(f"a: one{mark}two\n") == {"a": f"one{mark}two"}


def test_long_differences_are_found_as_well() -> None:
    before, after = (Block("A", 1, tuple(f"{word} {i}" for i in range(1000))) for word in ("old", "new"))
    assert diff(before, after).count("\n-old") == diff(before, after).count("\n+new") == 1000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: yes\nb: 0o17\nc: 017\nd: 1_000\n", {"a": "yes", "b": 15, "c": 17, "d": "1_000"}),
        ("a: [1, two, 3.5]\n", {"a": [1, "two", 3.5]}),
        ("a: 2026-01-02\nb: 12:30\n", {"a": "2026-01-02", "b": "12:30"}),
        ("a: on\n<<: x\n", {"a": "on", "<<": "x"}),
        ("", None),
        ("a:\n  - b: ~\n", {"a": [{"b": None}]}),
    ],
)
def test_yaml_is_that_of_1_2(text: str, value: Any) -> None:
    assert load(text) == value


@pytest.mark.parametrize(
    "text", ["a: [", "a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "a: !!python/object:x.Y {}\n", "a: &x [*x"]
)
def test_what_is_no_yaml_is_refused(text: str) -> None:
    with pytest.raises(Unparsable):
        load(text)


@pytest.mark.parametrize(
    "goal", ["G: 'q'", "yes", "# x", "a\nb: c\n", "12", "true", "x" * 70 + " " + "y" * 70, '"', "-a"]
)
def test_a_goal_is_read_back_as_it_was_given(goal: str, tmp_path: Path) -> None:
    create(find(tmp_path), "chg", "", goal, "", "2026-01-02")
    written = (tmp_path / "openspec/changes/chg/.openspec.yaml").read_text()
    assert load(written) == {"schema": "spec-driven", "created": "2026-01-02", "goal": goal}
    assert max(len(line) for line in written.splitlines()) <= WIDTH


def test_names_are_ordered_as_people_do() -> None:
    names = ["B", "b", "a10", "a2", "ä", "a-b", "a_b", "a", "Z", "1"]
    assert sorted(names, key=by_locale) == ["1", "a", "ä", "a_b", "a-b", "a10", "a2", "b", "B", "Z"]


def test_lengths_are_those_of_utf_16() -> None:
    assert (length("a"), length("😀")) == (1, 2)


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "just now"), (65, "1m ago"), (7300, "2h ago"), (90_000, "1d ago"), (40 * 86_400, "/")]
)
def test_how_long_ago(seconds: float, text: str) -> None:
    assert text in ago(1_700_000_000 - seconds, 1_700_000_000)
