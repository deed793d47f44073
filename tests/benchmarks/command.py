"""One sandboxed command on a large directory: the whole path beside a plain subprocess. Only reported.

`python -m tests.benchmarks.command` opens the agent's directory at a commit of 1,000 and of 10,000 files and runs
`true` there: the sandbox, the comparison with what is kept, and the snapshot, which has nothing to record.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from harness.domain.role import Role
from harness.sandbox.probe import open_sandbox
from harness.workspace.directory import Directory
from harness.workspace.git import Git
from tests import target
from tests.benchmarks.figures import Figure, show

SIZES = (1_000, 10_000)
ROUNDS = 7


def files(count: int) -> dict[str, str]:
    """`count` small files, fifty to a folder."""
    return {f"part{n // 50}/file{n}.py": f"VALUE = {n}\n" for n in range(count)}


def median(act: Callable[[], object]) -> float:
    """Seconds of wall time, the middle of several runs."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def measured(count: int, folder: Path) -> list[Figure]:
    """The figures for `count` files."""
    top = target.make(folder / "repository", files(count))
    git = Git(top / ".git")
    sandbox = open_sandbox(folder / "cache")
    began = time.perf_counter()
    space = Directory(
        folder / "stage", objects=git, snapshot=git.commit("refs/heads/develop"), ref="refs/harness/bench/1",
        role=Role(name="dev", title="Developer", email="d@team.invalid", model="m", tools=("bash",), write=("**",)),
        folder=target.FOLDER, sandbox=sandbox, read=(), env={"PATH": "/usr/bin:/bin"},
        ignored=lambda path: False, date=lambda: 0,
    )  # fmt: skip
    opened = time.perf_counter() - began

    def command() -> None:
        if space.run("true", 60.0).outcome.code:
            raise RuntimeError("the command failed in the sandbox")
        space.snapshot()

    whole = median(command)
    plain = median(lambda: subprocess.run(["sh", "-c", "true"], cwd=top, check=True))
    space.close()
    return [
        Figure(f"{count:,} files: command, sandboxed and compared", whole * 1e3, "ms", note=f"level {sandbox.level}"),
        Figure(f"{count:,} files: the same as a plain subprocess", plain * 1e3, "ms"),
        Figure(f"{count:,} files: opening the directory, once a stage", opened * 1e3, "ms"),
    ]


def figures() -> list[Figure]:
    """All sizes."""
    rows = []
    for count in SIZES:
        with tempfile.TemporaryDirectory() as name:
            rows += measured(count, Path(name))
    return rows


if __name__ == "__main__":
    show("one command", figures())
