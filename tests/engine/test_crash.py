"""A kill at any instant loses nothing, repeats nothing, and the run goes on to the same end.

By default one point of each kind is tried: the effect, and type, kind and stage of the last entry, where stages that
the same code performs count as one; and every point at which a branch was moved. With CRASH_POINTS=all in the
environment, every point is tried (some minutes).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from harness.domain.event import Answered, Entry
from harness.flow.fold import fold
from harness.replay import replay
from tests import target
from tests.engine import kit
from tests.engine.crash import Points, run

GATES = ["proposal", "branch", "scope", "openspec", "lock", "commits", "changelog"]
FILES = {**target.FILES, "harness.toml": re.sub(r"gates = .*", f"gates = {GATES}", target.CONFIG)}
"""A target whose gates need no command, as a run of it is done twice as fast."""


def course() -> dict[str, list[list[dict[str, Any]]]]:
    """A short course, in which a gate fails once, a tool is denied, and a submission is refused."""
    usual = target.play()
    code, line = target.implement()[0]
    return {
        **usual,
        "design/1": [[target.call("bash", command="ls")], *usual["design/1"][1:]],
        "implement/1": [
            [code],
            [target.delivery("Added things")],
            [target.delivery("feat(greeter): say goodbye")],
            [line],
            [target.delivery("docs(changelog): tell of the farewell")],
        ],
        "review/1": [[target.verdict(kind="code", cite="CHANGELOG.md:3")]],
    }


@dataclass
class Crashed:
    """The whole run, and the disk as it was at the points that are tried."""

    top: Path
    copies: list[tuple[str, Path]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


ALIKE = {"qa": "implement", "design": "implement", "review": "spec-review", "approval": "spec-approval"}
"""Stages that the same code performs."""


def thinned(seen: set[str], name: str) -> bool:
    """Whether the point adds nothing that is not tried already."""
    if os.environ.get("CRASH_POINTS") == "all":
        return False
    *words, stage = name.split(" ")
    stage, _, act = stage.partition("/")
    kind = " ".join([*words, ALIKE.get(stage, stage), act if stage in ("merge", "record") else ""])
    known = kind in seen and "update-ref" not in name
    seen.add(kind)
    return known


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crashed]:
    folder = tmp_path_factory.mktemp("crash")
    found, seen = Crashed(target.make(folder / "repo", FILES)), set[str]()

    def reached(number: int, name: str) -> None:
        if not thinned(seen, name):
            copy = folder / f"at-{number}"
            shutil.copytree(found.top, copy, symlinks=True)
            found.copies.append((f"{number}: {name}", copy))

    points = Points(reached)
    with kit.serving(target.Team(course())):
        run(found.top, points)
    found.names = points.names
    yield found
    shutil.rmtree(folder)


def check(whole: Path, top: Path, before: list[Entry], requests: int, scratch: Path) -> None:
    """The resumed run in `top` is the run in `whole`; `before` is what was on record at the crash."""
    after = kit.journal(top)
    assert [e.hash for e in after[: len(before)]] == [e.hash for e in before]
    assert kit.facts(after) == kit.facts(kit.journal(whole))
    assert kit.history(top) == kit.history(whole)
    assert fold(after).finished == "merged"
    fresh = len(kit.answered(after, "model")) - len(kit.answered(before, "model"))
    assert requests == fresh, "a call that was answered already was made again"
    told = [(m.author, kit.HEX.sub("#", m.text)) for m in kit.messages(top)]
    assert told == [(m.author, kit.HEX.sub("#", m.text)) for m in kit.messages(whole)]
    decided = [e.answer for e in kit.of(before, Answered) if e.kind == "human"]
    assert decided == [e.answer for e in kit.of(after, Answered) if e.kind == "human"][: len(decided)]
    assert replay(kit.transcript(top, scratch)).outcome == "merged"


def resume(top: Path) -> tuple[list[Entry], int]:
    """(what was on record, how many model calls were made from then on)"""
    before = kit.journal(top)
    with kit.serving(kit.Resumed(before, course())) as endpoint:
        kit.go(top)
    return before, len(endpoint.requests)


def tried(whole: Path, name: str, top: Path) -> str:
    """What is wrong after a crash at the point `name`, whose disk is `top`; '' if nothing is."""
    try:
        before, requests = resume(top)
        check(whole, top, before, requests, top.with_suffix(".jsonl"))
    except Exception as error:
        return f"{name}: {type(error).__name__}: {str(error)[:600]}"
    finally:
        shutil.rmtree(top)
    return ""


def test_every_point_goes_on_to_the_same_end(crashed: Crashed, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\ncrash points: {len(crashed.names)}, tried: {len(crashed.copies)}")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(tried, crashed.top, name, top) for name, top in crashed.copies]
        wrong = [text for job in jobs if (text := job.result())]
    assert len(crashed.copies) > 50
    assert not wrong, f"{len(wrong)} of {len(crashed.copies)}:\n" + "\n".join(wrong[:12])


@pytest.mark.parametrize(
    "effect",
    [
        "git update-ref after asked git implement/commit",
        "git commit-tree after asked git merge/merge",
        "git update-ref after asked git merge/merge",
        "row of repo after asked post approval",
    ],
)
def test_a_killed_process_is_taken_up_by_another(crashed: Crashed, tmp_path: Path, effect: str) -> None:
    top = target.make(tmp_path / "repo", FILES)
    with kit.serving(target.Team(course())):
        command = [sys.executable, "-m", "tests.engine.crash", str(top), str(crashed.names.index(effect))]
        done = subprocess.run(command, cwd=Path(__file__).parents[2], timeout=120, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    before, requests = resume(top)
    check(crashed.top, top, before, requests, tmp_path / "run.jsonl")
