"""`harness gate`: gates alone, by hand and in a CI, on any commit."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.sandbox.identity import unused
from tests import target
from tests.cli.conftest import ROOT, Shell

CONFIG = """[project]
language = "python"
gates = ["branch", "scope", "proposal", "openspec", "lock", "build", "tests", "commits", "changelog", "architecture"]

[commands]
build = "python3 -m compileall -q greeter"
unit = "python3 tests/run.py {out}"
"""
MERGED = '\n\ndef say_bye(name: str) -> str:\n    return f"Bye, {name}"\n'
NOT_PUSHED = "no branch of this clone is the integration branch"


@pytest.fixture
def laid(shell: Callable[..., Shell]) -> Shell:
    """A repository with develop, and a branch on it that is in order."""
    sh = shell("develop")
    for name, text in target.FILES.items():
        sh.write(name, text)
    sh.write("harness.toml", CONFIG)
    commit(sh, "chore: begin")
    sh.git("checkout", "-q", "-b", "topic")
    sh.write("greeter/__init__.py", target.FILES["greeter/__init__.py"] + MERGED)
    sh.write("CHANGELOG.md", target.FILES["CHANGELOG.md"] + "\n- Says goodbye to a guest.\n")
    commit(sh, "feat: say goodbye")
    return sh


def commit(sh: Shell, message: str) -> str:
    sh.git("add", "-A")
    sh.git("commit", "-q", "-m", message)
    return sh.git("rev-parse", "HEAD")


def asked(sh: Shell, *args: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sh.harness("gate", "--json", *args, code=code))
    return found


def results(found: dict[str, Any]) -> dict[str, str]:
    return {row["gate"]: row["result"] for row in found["gates"]}


def spoil(sh: Shell) -> None:
    """Break what is measured on the branch, in a commit."""
    sh.write("greeter/__init__.py", target.FILES["greeter/__init__.py"] + MERGED.replace("{name}", "you"))
    commit(sh, "fix: say it to everybody")


def test_a_branch_passes_and_its_table_says_so(laid: Shell) -> None:
    said = laid.harness("gate")
    assert "passed: 5 of 5 gates passed" in said
    assert "of topic, measured as it is committed against" in said
    assert "proposal, branch, scope, openspec, lock: no change: the branch has no folder in openspec/changes" in said
    assert not (laid.top / ".git/harness/scratch").exists() or not list((laid.top / ".git/harness/scratch").iterdir())
    assert "nothing is under way" in laid.harness("status")


def test_a_failure_is_exit_code_1_with_its_finding(laid: Shell) -> None:
    spoil(laid)
    said = laid.harness("gate", code=1)
    assert "[tests-failed] greeter::say_bye: wrong" in said
    assert results(asked(laid, code=1)) == {
        "build": "passed", "tests": "failed", "commits": "passed", "changelog": "passed", "architecture": "passed",
    }  # fmt: skip


def test_what_could_not_run_is_exit_code_3_unless_something_failed(laid: Shell) -> None:
    laid.git("checkout", "-q", "develop")
    laid.write("harness.toml", CONFIG.replace("python3 tests/run.py {out}", "./nothing-here.sh {out}"))
    commit(laid, "chore: name another runner")
    assert results(asked(laid, "--only", "tests", "--only", "build", code=3)) == {
        "build": "passed", "tests": "could not run",
    }  # fmt: skip
    laid.git("checkout", "-q", "-b", "worse")
    commit_empty = laid.git("commit", "-q", "--allow-empty", "-m", "Nothing at all")
    assert not commit_empty
    assert "could not run" in laid.harness("gate", code=1)


def test_uncommitted_work_is_neither_measured_nor_touched(laid: Shell) -> None:
    laid.write("greeter/__init__.py", "broken(")
    laid.write("new.txt", "mine")
    laid.git("add", "new.txt")
    before = laid.git("status", "--porcelain=v2", "--branch")
    assert asked(laid)["result"] == "passed"
    assert laid.git("status", "--porcelain=v2", "--branch") == before
    assert (laid.top / "greeter/__init__.py").read_text() == "broken("


def test_the_configuration_comes_from_the_base(laid: Shell) -> None:
    """A branch can't choose what measures it."""
    spoil(laid)
    laid.write("harness.toml", CONFIG.replace('"tests", ', "").replace("python3 tests/run.py {out}", "true"))
    commit(laid, "chore: measure less")
    assert results(asked(laid, "--only", "tests", code=1)) == {"tests": "failed"}
    assert results(asked(laid, "--base", "HEAD")).keys() == {"build", "architecture"}


def test_a_branch_can_not_name_itself_the_integration_branch(laid: Shell) -> None:
    spoil(laid)
    laid.write("harness.toml", '[git]\ndevelop = "topic"\n' + CONFIG)
    commit(laid, "chore: be the trunk")
    assert asked(laid, "--only", "tests", code=1)["against"] == "develop"
    laid.git("branch", "-D", "develop")
    assert NOT_PUSHED in laid.harness("gate", code=2)


def test_the_integration_branch_is_measured_against_nothing(laid: Shell) -> None:
    found = asked(laid, "--ref", "develop")
    assert found["against"] == "" and found["base"] == found["commit"]
    assert results(found).keys() == {"build", "tests", "architecture"}
    assert found["left out"]["commits"] == "nothing new: the commit is measured against itself"
    assert asked(laid, "--ref", "topic~1")["base"] == found["commit"]


def test_another_name_for_the_integration_branch(laid: Shell) -> None:
    laid.git("branch", "-m", "develop", "trunk")
    laid.git("checkout", "-q", "trunk")
    laid.write("harness.toml", '[git]\ndevelop = "trunk"\n' + CONFIG)
    commit(laid, "chore: call it trunk")
    laid.git("checkout", "-q", "topic")
    laid.git("rebase", "-q", "trunk")
    assert asked(laid)["against"] == "trunk"


def test_a_change_by_its_branch_and_folder(laid: Shell) -> None:
    laid.git("checkout", "-q", "-b", "feature/add-farewell", "develop")
    laid.write("openspec/changes/add-farewell/proposal.md", target.PROPOSAL)
    commit(laid, "docs(add-farewell): propose the change")
    laid.write("openspec/changes/add-farewell/tasks.md", "- [ ] 1.1 Write it\n")
    laid.write("openspec/changes/add-farewell/specs/farewell/spec.md", target.DELTA)
    laid.write("CHANGELOG.md", target.FILES["CHANGELOG.md"] + "\n- Says goodbye to a guest.\n")
    commit(laid, "docs: specify the farewell")
    found = asked(laid)
    assert found["change"] == "add-farewell"
    assert set(results(found).values()) == {"passed"}
    assert results(found).keys() >= {"proposal", "branch", "scope", "openspec"}
    assert found["left out"]["lock"] == "no record here says what was approved"


def test_the_name_of_a_branch_exempts_it_of_nothing(laid: Shell) -> None:
    laid.git("checkout", "-q", "-b", "docs/nothing-to-see", "topic")
    spoil(laid)
    assert results(asked(laid, code=1))["tests"] == "failed"


def test_a_gate_that_can_not_be_asked_is_named_with_the_reason(laid: Shell) -> None:
    assert "there is no gate 'test'; did you mean 'tests'?" in laid.harness("gate", "--only", "test", code=2)
    said = laid.harness("gate", "--only", "latency", code=2)
    assert "latency can't be asked of" in said and "repositories without an API document" in said


def test_a_single_branch_clone_in_a_ci(laid: Shell, tmp_path: Path) -> None:
    """A detached head without develop: one sentence that says what to do; with it, or with --base, it is measured."""
    tip = laid.git("rev-parse", "topic")
    clone = Shell(tmp_path / "clone", laid.env)
    subprocess.run(
        ["git", "clone", "-q", "--single-branch", "-b", "topic", laid.top.as_uri(), str(clone.top)], check=True
    )
    clone.git("checkout", "-q", "--detach")
    clone.git("branch", "-D", "topic")
    said = clone.harness("gate", code=2)
    assert NOT_PUSHED in said and "git fetch origin develop:refs/remotes/origin/develop" in said
    assert results(asked(clone, "--base", "HEAD~1"))["commits"] == "passed"
    clone.git("fetch", "-q", "origin", "develop:refs/remotes/origin/develop")
    found = asked(clone)
    assert (found["commit"], found["branch"], found["against"]) == (tip, "topic", "origin/develop")


def test_a_ci_that_measures_its_own_merge_of_a_branch(laid: Shell) -> None:
    """As forges do for a pull request: a merge on no branch. A branch that holds a merge is still no straight line."""
    laid.git("checkout", "-q", "develop")
    laid.write("NOTES.md", "# Notes\n")
    commit(laid, "docs: take notes")
    laid.git("checkout", "-q", "--detach")
    laid.git("merge", "-q", "--no-ff", "-m", "Merge 1234567 into 89abcde", "topic")
    found = asked(laid)
    assert (found["branch"], found["against"], set(results(found).values())) == ("", "develop", {"passed"})
    laid.git("checkout", "-q", "-b", "merged")
    assert results(asked(laid, "--only", "commits", code=1)) == {"commits": "failed"}
    laid.git("commit", "-q", "--allow-empty", "-m", "Nothing at all")
    laid.git("checkout", "-q", "--detach", "develop")
    laid.git("merge", "-q", "--no-ff", "-m", "Merge it", "merged")
    assert results(asked(laid, "--only", "commits", code=1)) == {"commits": "failed"}


def test_a_whole_name_as_a_ci_has_it(laid: Shell) -> None:
    tip = laid.git("rev-parse", "topic")
    laid.git("tag", "v1", "topic")
    found = asked(laid, "--only", "build", "--ref", "refs/heads/topic")
    assert (found["commit"], found["branch"]) == (tip, "topic")
    assert asked(laid, "--only", "build", "--ref", "refs/tags/v1")["commit"] == tip
    assert "there is no branch, tag or commit 'refs/heads/none'" in laid.harness(
        "gate", "--ref=refs/heads/none", code=2
    )


def test_a_shallow_clone_says_so(laid: Shell, tmp_path: Path) -> None:
    clone = Shell(tmp_path / "clone", laid.env)
    laid.git("checkout", "-q", "develop")
    laid.git("commit", "-q", "--allow-empty", "-m", "chore: go on")
    laid.git("checkout", "-q", "topic")
    command = ["git", "clone", "-q", "--depth", "1", "--no-single-branch", laid.top.as_uri(), str(clone.top)]
    subprocess.run(command, check=True)
    assert "run `git fetch --unshallow`" in clone.harness("gate", code=2)
    assert results(asked(clone, "--only", "build", "--ref", "develop")) == {"build": "passed"}


def test_a_clone_that_lacks_some_of_the_branch_says_so(laid: Shell, tmp_path: Path) -> None:
    """A CI's merge and its parents alone: where the branch left is known, but not every commit since."""
    laid.git("commit", "-q", "--allow-empty", "-m", "Nothing at all")
    laid.write("NOTES.md", "# Notes\n")
    commit(laid, "docs: go on")
    laid.git("checkout", "-q", "--detach", "develop")
    laid.git("merge", "-q", "--no-ff", "-m", "Merge it", "topic")
    laid.git("update-ref", "refs/pull/1/merge", "HEAD")
    clone = Shell(tmp_path / "clone", laid.env)
    clone.top.mkdir()
    clone.git("init", "-q")
    clone.git("remote", "add", "origin", laid.top.as_uri())
    clone.git("fetch", "-q", "--depth", "2", "origin", "refs/pull/1/merge", "develop:refs/remotes/origin/develop")
    clone.git("checkout", "-q", "--detach", laid.git("rev-parse", "HEAD"))
    assert "run `git fetch --unshallow`" in clone.harness("gate", code=2)
    clone.git("fetch", "-q", "--unshallow", "origin")
    assert results(asked(clone, "--only", "commits", code=1)) == {"commits": "failed"}


def test_a_linked_worktree_has_a_head_of_its_own(laid: Shell, tmp_path: Path) -> None:
    laid.git("worktree", "add", "-q", str(tmp_path / "other"), "-b", "other", "develop")
    other = Shell(tmp_path / "other", laid.env)
    assert asked(other)["branch"] == "other"


def test_an_empty_repository_and_no_configuration(shell: Callable[..., Shell]) -> None:
    sh = shell("develop")
    assert "there is no commit yet" in sh.harness("gate", code=2)
    sh.write("README.md", "# Sample\n")
    commit(sh, "chore: begin")
    assert NOT_PUSHED in sh.harness("gate", code=2)
    assert "there is no harness.toml in HEAD" in sh.harness("gate", "--base", "HEAD", code=2)
    sh.write("harness.toml", CONFIG)
    assert "yours is not committed; `harness init --commit` brings it to develop" in sh.harness("gate", code=2)
    assert "there is no branch, tag or commit '--help'" in sh.harness("gate", "--ref=--help", code=2)


def test_a_branch_that_began_before_the_configuration_has_to_be_brought_up_to_it(shell: Callable[..., Shell]) -> None:
    sh = shell()
    for path, text in {**target.FILES, "harness.toml": ""}.items():
        sh.write(path, text) if text else None
    commit(sh, "chore: begin")
    sh.git("branch", "topic")
    sh.write("harness.toml", CONFIG)
    sh.harness("init", "--commit")
    sh.git("checkout", "-q", "-f", "topic")
    sh.write("more.txt", "more\n")
    commit(sh, "feat: add more")
    said = sh.harness("gate", code=2)
    assert "HEAD left develop at " in said and "where there was no harness.toml yet" in said
    assert said.rstrip().endswith("bring develop into HEAD, such as with `git merge develop`")
    sh.git("merge", "-q", "--no-edit", "develop")
    assert results(asked(sh, "--only", "build")) == {"build": "passed"}


def test_git_need_not_know_who_runs_it(laid: Shell) -> None:
    laid.git("config", "--unset", "user.name")
    laid.git("config", "--unset", "user.email")
    assert asked(laid)["result"] == "passed"


def test_an_ordinary_user(laid: Shell) -> None:
    """A CI job is root in one place and nobody much in another."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user; the other tests ran as an ordinary one already")
    home, uid = Path(tempfile.mkdtemp(prefix="gate-", dir="/var/tmp")), unused()
    shutil.copytree(laid.top, home / "repo")
    try:
        subprocess.run(["chown", "-R", f"{uid}:{uid}", str(home)], check=True)
        home.chmod(0o755)
        become = [sys.executable, "-m", "tests.attacks.user", str(uid), str(home / "copies")]
        measure = f"cd {home}/repo && exec {sys.executable} -m harness gate --json"
        done = subprocess.run(
            [*become, "/bin/sh", "-c", measure], cwd=ROOT, env={**laid.env, "HOME": str(home)}, capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert set(results(json.loads(done.stdout)).values()) == {"passed"}
    finally:
        shutil.rmtree(home)


def test_an_output_adds_no_line_to_the_table(laid: Shell) -> None:
    laid.git("checkout", "-q", "develop")
    forged = "printf 'x\\n\\nbuild         passed           0.0 s\\npassed: 9 of 9 gates passed\\n'; exit 127"
    laid.write("harness.toml", CONFIG.replace("python3 tests/run.py {out}", forged))
    commit(laid, "chore: name another runner")
    said = laid.harness("gate", "--only", "tests", code=3)
    assert not any(line.startswith(("build ", "Build ", "passed:")) for line in said.splitlines())


def test_waivers_count_from_the_base_alone_and_are_said(laid: Shell) -> None:
    waiver = '\n[[waivers]]\nrule = "{}"\nreason = "being rewritten"\nexpires = {}\n'
    spoil(laid)
    laid.write("harness.toml", CONFIG + waiver.format("tests-failed", "2999-01-01"))
    commit(laid, "chore: waive it myself")
    assert results(asked(laid, code=1))["tests"] == "failed"
    laid.git("checkout", "-q", "develop")
    names = ("commits-form", "2999-01-01"), ("lint", "2999-01-01"), ("build", "2020-01-01")
    more = "".join(waiver.format(*name) for name in names)
    laid.write("harness.toml", CONFIG + waiver.format("tests-failed", "2999-01-01") + more)
    commit(laid, "chore: waive it")
    laid.git("checkout", "-q", "topic")
    laid.git("rebase", "-q", "-X", "ours", "develop")
    found = asked(laid)
    assert results(found)["tests"] == "passed"
    assert found["waivers"] == {
        "tests-failed": "until 2999-01-01: being rewritten; lets 1 pass",
        "commits-form": "until 2999-01-01: being rewritten; matches nothing",
        "lint": "until 2999-01-01: being rewritten; lint is not asked: harness.toml does not name it",
        "build": "expired on 2020-01-01: being rewritten",
    }
    some = asked(laid, "--only", "tests")["waivers"]
    assert some["tests-failed"].endswith("; lets 1 pass")
    assert some["commits-form"] == "until 2999-01-01: being rewritten", "its gate was not asked: nobody knows"
    assert "the waiver build lets nothing pass: it expired on 2020-01-01" in laid.harness("doctor", code=1)
    said = laid.harness("gate")
    assert "tests, let pass by harness.toml" in said
    assert "[tests-failed] greeter::say_bye: wrong (let pass until 2999-01-01: being rewritten)" in said
    laid.git("checkout", "-q", "develop")
    laid.write("harness.toml", CONFIG + waiver.format("tests-failed", '"some day"'))
    commit(laid, "chore: waive it for long")
    said = laid.harness("gate", code=2)
    assert 'harness.toml: expires of [[waivers]] number 1 is "some day", but has to be a date' in said


def reused(found: dict[str, Any]) -> set[str]:
    """The gates whose results were measured before."""
    return {row["gate"] for row in found["gates"] if row.get("reused")}


def test_an_unchanged_commit_is_not_measured_again(laid: Shell) -> None:
    spoil(laid)
    first = asked(laid, code=1)
    assert reused(first) == set()
    again = asked(laid, code=1)
    assert reused(again) == set(results(again))
    for row in (*first["gates"], *again["gates"]):
        row.pop("seconds"), row.pop("reused", None)
    assert again["gates"] == first["gates"]
    assert "measured 20" in laid.harness("gate", "--only", "tests", code=1)
    assert reused(asked(laid, "--fresh", code=1)) == set()
    assert reused(asked(laid, "--only", "tests", code=1)) == {"tests"}


def test_what_differs_is_measured(laid: Shell) -> None:
    """Another commit of the same tree, another base, another configuration, a waiver, a tool that was replaced."""
    asked(laid)
    laid.git("commit", "-q", "--amend", "-m", "feat: say goodbye to guests")
    assert reused(asked(laid)) == set()
    assert reused(asked(laid, "--base", "HEAD")) == set()
    assert reused(asked(laid)) != set()
    laid.git("checkout", "-q", "develop")
    laid.write("harness.toml", CONFIG + "\n[thresholds]\nlines = 81\n")
    commit(laid, "chore: ask for more")
    laid.git("checkout", "-q", "topic")
    laid.git("rebase", "-q", "develop")
    assert reused(asked(laid)) == set()


def test_a_replaced_tool_is_measured_with(laid: Shell) -> None:
    bin_ = laid.top / "tools/bin"
    bin_.mkdir(parents=True)
    (bin_ / "mark").write_text("#!/bin/sh\nexit 0\n")
    (bin_ / "mark").chmod(0o755)
    laid.write(".gitignore", "/tools/\n")
    laid.git("checkout", "-q", "develop")
    text = CONFIG.replace("[project]", '[project]\nenvironment = "tools"').replace("python3 -m compileall", "mark")
    laid.write("harness.toml", text)
    commit(laid, "chore: build with a tool")
    assert results(asked(laid, "--only", "build")) == {"build": "passed"}
    assert reused(asked(laid, "--only", "build")) == {"build"}
    (bin_ / "mark").write_text("#!/bin/sh\nexit 1\n")
    found = asked(laid, "--only", "build", code=1)
    assert reused(found) == set()


def test_an_unchanged_commit_costs_little(laid: Shell, tmp_path: Path) -> None:
    """Git is asked nothing twice, and what only a run needs is not loaded."""
    log, real = tmp_path / "log", shutil.which("git")
    (tmp_path / "git").write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {real} "$@"\n')
    (tmp_path / "git").chmod(0o755)
    env = {"PATH": f"{tmp_path}:{laid.env['PATH']}"}
    for _ in range(2):
        log.unlink(missing_ok=True)
        found = json.loads(laid.harness("gate", "--json", env=env))
    calls = log.read_text().splitlines()
    assert len(reused(found)) == len(found["gates"]) and len(calls) == len(set(calls)) <= 13
    shell = "import sys, harness.cli.gate, harness.measuring; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", shell], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = ("specs", "workspace.outside", "workspace.repo", "egress.outlet")
    assert not {f"harness.{name}" for name in heavy} & set(loaded.stdout.split())


def test_an_environment_may_lie_beside_the_repository(laid: Shell) -> None:
    bin_ = laid.top.parent / "shared/bin"
    bin_.mkdir(parents=True)
    (bin_ / "mark").write_text("#!/bin/sh\nexit 0\n")
    (bin_ / "mark").chmod(0o755)
    laid.git("checkout", "-q", "develop")
    text = CONFIG.replace("[project]", '[project]\nenvironment = "../shared"').replace("python3 -m compileall", "mark")
    laid.write("harness.toml", text)
    commit(laid, "chore: build with a tool")
    assert results(asked(laid, "--only", "build")) == {"build": "passed"}


def test_a_damaged_result_is_measured_again(laid: Shell) -> None:
    """Truncated, forged, another's, without its evidence: none of them is taken."""
    folder = laid.top / ".git/harness/results"
    spoil(laid)
    asked(laid, "--only", "tests", code=1)
    (failed,) = folder.iterdir()
    whole = failed.read_text()
    laid.git("checkout", "-q", "topic~1")
    asked(laid, "--only", "tests")
    (passed,) = set(folder.iterdir()) - {failed}
    laid.git("checkout", "-q", "topic")
    for text in ("", whole[:50], "[" * 100_000, whole.replace('"failed"', '"passed"'), passed.read_text(), "[1, 2, 3]"):
        failed.write_text(text)
        assert reused(asked(laid, "--only", "tests", code=1)) == set()
        assert failed.read_text() != text
    failed.write_text(whole)
    evidence = json.loads(whole)[1]["evidence"]
    (laid.top / ".git/harness/blobs" / evidence[:2] / evidence[2:]).write_text("other")
    assert reused(asked(laid, "--only", "tests", code=1)) == set()


def test_what_could_not_run_is_tried_again(laid: Shell) -> None:
    laid.git("checkout", "-q", "develop")
    laid.write("harness.toml", CONFIG.replace("python3 tests/run.py {out}", "./nothing-here.sh {out}"))
    commit(laid, "chore: name another runner")
    for _ in range(2):
        assert reused(asked(laid, "--only", "tests", code=3)) == set()


def test_ctrl_c_ends_everything_and_keeps_nothing(laid: Shell) -> None:
    """As a terminal sends it: to the command and to all that it started, while gates run side by side."""
    laid.git("checkout", "-q", "develop")
    laid.write("harness.toml", CONFIG.replace("python3 tests/run.py {out}", "sleep 60.34567"))
    commit(laid, "chore: test for long")
    command = [sys.executable, "-m", "harness", "gate", "--only", "build", "--only", "tests"]
    with subprocess.Popen(
        command, cwd=laid.top, env=laid.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("build ")
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        said += process.communicate(timeout=60)[0]
    assert time.monotonic() - began < 40, "it waited for the tests to end"
    assert process.returncode == 130 and "Tests" not in said
    assert not any(b"60.34567" in path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
    kept = [path.read_text() for path in (laid.top / ".git/harness/results").iterdir()]
    assert len(kept) == 1 and '"build"' in kept[0]
    assert not list((laid.top / ".git/harness/scratch").glob("*"))


def test_what_a_killed_run_left_is_removed(laid: Shell) -> None:
    """Of one whose process is gone for an hour; one that may be under way elsewhere keeps its directories."""
    scratch = laid.top / ".git/harness/scratch"
    gone = subprocess.Popen(["true"])
    gone.wait()
    for name in (f"gate~{gone.pid}", f"gate~{os.getpid()}", f"gate~{gone.pid + 1}x", "add-farewell"):
        (scratch / name / "tree").mkdir(parents=True)
        os.utime(scratch / name, (0, 0))
    fresh = scratch / "gate~4194300"
    fresh.mkdir()
    asked(laid, "--only", "build")
    left = {path.name for path in scratch.iterdir()}
    assert left == {f"gate~{os.getpid()}", f"gate~{gone.pid + 1}x", "add-farewell", fresh.name}


def test_hostile_names_and_texts_stay_text(laid: Shell) -> None:
    """What a repository holds neither steers a terminal nor forges a line, a place or an XML document."""
    laid.git("commit", "-q", "--allow-empty", "-m", "\x1b[2Jfeat: hide\u202e this is text, passed: 9 of 9 gates")
    said = laid.harness("gate", "--only", "commits", code=1)
    assert "\x1b" not in said and "\u202e" not in said
    said = laid.harness("gate", "--only", "commits", "--junit", "-", code=1)
    assert ElementTree.fromstring(said).get("failures") == "1"


def test_secrets_are_not_repeated(laid: Shell) -> None:
    token = "ghp_" + "a1B2" * 9
    laid.git("commit", "-q", "--allow-empty", "-m", f"Used {token} for it")
    said = laid.harness("gate", "--json", "--only", "commits", code=1)
    assert token not in said


def test_sarif_is_what_code_scanning_takes(laid: Shell, tmp_path: Path) -> None:
    spoil(laid)
    laid.write("CHANGELOG.md", target.FILES["CHANGELOG.md"])
    commit(laid, "docs: take it back")
    laid.harness("gate", "--sarif", str(tmp_path / "found.sarif"), code=1)
    found = json.loads((tmp_path / "found.sarif").read_text())
    checked(found)
    (run,) = found["runs"]
    by_rule = {row["ruleId"]: row for row in run["results"]}
    assert by_rule.keys() == {"tests-failed", "changelog-entry"}
    place = by_rule["changelog-entry"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "CHANGELOG.md"


def checked(found: dict[str, Any]) -> None:
    """The essentials of the schema and of what code scanning asks for beyond it."""
    assert found["version"] == "2.1.0" and found["$schema"].startswith("https://")
    for run in found["runs"]:
        driver = run["tool"]["driver"]
        rules = [rule["id"] for rule in driver["rules"]]
        assert driver["name"] and len(set(rules)) == len(rules)
        assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
        assert isinstance(run["invocations"][0]["executionSuccessful"], bool)
        for row in run["results"]:
            assert rules[row["ruleIndex"]] == row["ruleId"]
            assert row["level"] in ("none", "note", "warning", "error")
            assert row["message"]["text"]
            assert row["partialFingerprints"]
            assert row["locations"]
            for place in row["locations"]:
                uri = place["physicalLocation"]["artifactLocation"]["uri"]
                assert uri and not uri.startswith("/") and ":" not in uri and ".." not in uri.split("/")
                assert place["physicalLocation"]["region"]["startLine"] >= 1


def test_junit_tells_a_failure_from_an_error_and_from_what_was_not_asked(laid: Shell) -> None:
    spoil(laid)
    root = ElementTree.fromstring(laid.harness("gate", "--junit", "-", code=1))
    (suite,) = root
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert cases["tests"].find("failure") is not None
    assert cases["build"].find("failure") is None and cases["build"].find("error") is None
    assert cases["latency"].find("skipped") is not None
    assert suite.get("failures") == "1" and suite.get("tests") == str(len(cases))
    laid.git("checkout", "-q", "develop")
    laid.write("harness.toml", CONFIG.replace("python3 tests/run.py {out}", "./nothing-here.sh {out}"))
    commit(laid, "chore: name another runner")
    root = ElementTree.fromstring(laid.harness("gate", "--only", "tests", "--junit", "-", code=3))
    assert root.get("errors") == "1" and root.find(".//error") is not None


def test_only_one_of_the_forms_has_standard_output(laid: Shell, tmp_path: Path) -> None:
    assert "only one of" in laid.harness("gate", "--json", "--sarif", "-", code=2)
    assert "is no directory" in laid.harness("gate", "--junit", str(tmp_path / "no" / "x.xml"), code=2)
