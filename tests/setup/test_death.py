"""A harness that is killed in the middle of a set-up."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.config import parse
from harness.sandbox.probe import open_sandbox
from tests.setup.test_outfitter import Project

ROOT = Path(__file__).parents[2]
DRIVE = """
import sys
from pathlib import Path
from harness.sandbox.probe import open_sandbox
from tests.setup.test_outfitter import Project
project = Project(Path(sys.argv[1]), open_sandbox(Path(sys.argv[2])), sys.argv[3])
project.outfitter(sys.argv[4]).outfit(project.base)
"""


def running(word: str) -> list[int]:
    """Processes that sleep for so many seconds."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if place.read_bytes() == f"sleep\0{word}\0".encode():
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found


def test_nothing_of_it_runs_on_and_the_next_one_begins_anew(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache, word = tmp_path_factory.mktemp("cache"), f"61.{time.time_ns() % 10**9}"
    project = Project(tmp_path, open_sandbox(cache))
    shell = f"mkdir node_modules && echo x > node_modules/a && sleep {word}"
    argv = [sys.executable, "-c", DRIVE, str(tmp_path), str(cache), project.base, shell]
    child = subprocess.Popen(argv, cwd=ROOT)
    deadline = time.monotonic() + 60
    while not running(word) and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(word), "the set-up runs"
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    while running(word) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(word) == []
    assert [name for name in project.kept if not name.startswith("part-")] == []
    began = time.monotonic()
    outfitter = project.outfitter(shell.replace(word, "0"))
    assert project.run(outfitter.outfit(project.base), "cat node_modules/a") == "x\n"
    again = project.equipment().outfitter(parse(f"[commands]\nsetup = '{shell.replace(word, '0')}'\n"))
    assert again.outfit(project.base) == outfitter.outfit(project.base)
    assert time.monotonic() - began < 30, "the lock of the killed one is in nobody's way"
