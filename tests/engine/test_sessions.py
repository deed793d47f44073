"""What is said when a session ends, and what a driver that was killed leaves behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness import app
from harness.cli.progress import progress, waited
from harness.domain.event import Driver
from harness.errors import Mistake, Parked, Stopped
from tests import target
from tests.engine import kit
from tests.engine.kit import Plan, go, later, put, said, serving, settle, waiting

ROOT = Path(__file__).parents[2]


def course() -> dict[str, list[list[dict[str, Any]]]]:
    """The usual course, in which nothing is wrong."""
    good = {**target.play(), "implement/1": target.implement()}
    return {**good, "review/1": [[target.verdict(kind="code", cite="CHANGELOG.md:3")]]}


def summary(top: Path, number: int) -> str:
    """The summary that was posted for a session."""
    key = f"{target.CHANGE}/session/{number}"
    return next(message.text for message in kit.messages(top, summaries=True) if message.key == key)


def status(top: Path) -> tuple[str, str]:
    """(whom the run waits for, what `harness status` says of that)"""
    with kit.at(top) as found:
        facts, _ = progress(found, target.CHANGE)
    return facts["waits_for"], f"waits for {waited(facts)}"


def ended(top: Path) -> str:
    """The summary's line about how the last session ended: the sentence and its entry."""
    entries = kit.journal(top)
    last = next(e for e in reversed(entries) if isinstance(e.event, Driver))
    assert isinstance(last.event, Driver)
    return f"- {last.event.how} (entry {last.seq})"


def test_a_decision_between_sessions_leaves_the_summary_that_was_posted_true(repo: Path) -> None:
    with serving(target.Team(course())):
        with pytest.raises(Parked):
            go(repo, Plan(("implement", later)))
        posted = summary(repo, 1)
        put(repo, said()(waiting(repo)))
        assert settle(repo)
        assert status(repo)[0] == "driver", "what the CEO was asked is answered"
        assert go(repo).state.finished == "merged"
    committed = target.git(repo, "show", f"develop:{target.archived(repo)}/record/sessions.md")
    assert "implement add-farewell as specified (entry" in posted
    assert committed.startswith(posted.strip())


def test_a_checked_out_develop_is_for_somebody_to_put_right(repo: Path) -> None:
    target.git(repo, "checkout", "-q", "develop")
    with serving(target.Team(course())):
        with pytest.raises(Parked, match="develop is checked out in"):
            go(repo)
        required = summary(repo, 1).partition("### Requires CEO Action Next Session\n")[2]
        assert required.splitlines()[0] == ended(repo)
        who, what = status(repo)
        assert who == "you" and what.startswith("waits for you: develop is checked out in") and ", since 20" in what
        target.git(repo, "checkout", "-q", "main")
        assert go(repo).state.finished == "merged"
    assert status(repo)[0] == ""
    assert summary(repo, 2).partition("### Requires CEO Action Next Session\n")[2].strip() == "- nothing"


def test_a_proposal_that_has_to_be_edited_is_for_somebody_to_put_right(repo: Path) -> None:
    with serving(target.Team(course())):
        with pytest.raises(Mistake, match="unchanged since it was sent back"):
            go(repo, Plan(("implement", said("return", to="proposal", comment="say how loud"))))
        assert ended(repo) in summary(repo, 1)
        assert status(repo)[1].startswith(f"waits for you: {target.FOLDER}/proposal.md is unchanged")


def test_a_run_that_was_stopped_waits_for_a_driver(repo: Path) -> None:
    put(repo, {"verb": "stop"})
    with serving(target.Team(course())), pytest.raises(Stopped):
        go(repo)
    assert status(repo)[0] == "driver" and f"harness run {target.CHANGE}" in status(repo)[1]


def test_work_that_is_under_way_is_no_session_with_nothing_pending(repo: Path) -> None:
    """The short form is for a session that leaves nothing behind; a step that was begun is left behind."""
    turns = course()
    with serving(target.Team({**turns, "design/1": [[target.call("ask_ceo", question="Which words?")]]})):
        with pytest.raises(Parked):
            go(repo, Plan(("Which words?", later)))
        put(repo, said("answer", comment="yours")(waiting(repo)))
        assert settle(repo)
        put(repo, {"verb": "stop"})
        with pytest.raises(Stopped):
            go(repo)
    text = summary(repo, 2)
    assert "### Completed This Session\n- nothing" in text and "nothing pending" not in text
    assert text.endswith(f"- `harness run {target.CHANGE}` goes on: Design is under way\n")


# ---------------------------------------------------------------- what a kill leaves


OWN = ["scratch", "stages"]
"""Directories of runs, below .git/harness: those of gates and those of attempts."""
SLOW = 'build = "if grep -q say_bye greeter/__init__.py; then sleep 60; fi"'


def left(top: Path) -> list[str]:
    """Which of the run's own directories hold files of the target."""
    runs = {name: top / ".git" / "harness" / name / target.CHANGE for name in OWN}
    return [name for name, run in runs.items() if any(any(run.glob(at)) for at in ("*/greeter", "*/tree/greeter"))]


def killed(top: Path) -> None:
    """Approve the spec, and kill the driver while a gate measures what the developer handed in."""
    with serving(target.Team(course())), pytest.MonkeyPatch.context() as patch:
        with pytest.raises(Parked):
            go(top, Plan(("implement", later)))
        put(top, said()(waiting(top)))
        assert settle(top)
        patch.setenv("PYTHONPATH", str(ROOT))
        command, quiet = [sys.executable, "-m", "harness", "run", target.CHANGE], subprocess.DEVNULL
        driver = subprocess.Popen(command, cwd=top, stdin=quiet, stdout=quiet, stderr=quiet)
        try:
            end = time.monotonic() + 30
            while left(top) != OWN and driver.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
        finally:
            driver.kill()
            driver.wait()


def test_what_a_killed_driver_left_goes_with_the_next_one_or_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = target.CONFIG.replace('build = "python3 -m compileall -q greeter"', SLOW)
    top = target.make(tmp_path / "repo", {**target.FILES, "harness.toml": config})
    others = [top / ".git" / "harness" / name / "another-run" / "tree" for name in OWN]
    for other in others:
        other.mkdir(parents=True)
    killed(top)
    put(top, {"subject": "abandon", "verb": "abandon", "by": "cleo", "comment": "no need"})
    with kit.at(top) as found:
        app.abandon(found, app.change_of(found, target.CHANGE))
    again = tmp_path / "again"
    shutil.copytree(top, again, symlinks=True)
    assert left(top) == left(again) == OWN

    with serving(target.Team()):
        assert go(top).state.finished == "abandoned"
    assert not left(top) and all(other.is_dir() for other in others), "another run's directories are its own"

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = [sys.executable, "-m", "harness", "forget", target.CHANGE, "--yes"]
    done = subprocess.run(command, cwd=again, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not any((again / ".git" / "harness" / name / target.CHANGE).exists() for name in OWN)
