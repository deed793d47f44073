"""One sandboxed command on a large directory, beside `git status` in a checkout of the same files.

`python -m tests.benchmarks.command` opens the agent's directory at a commit of 1,000 and of 10,000 files and runs a
command there that changes one of them: the sandbox, the comparison with what is kept, and keeping it. `git status`
runs as a plain subprocess; both take turns, and the least of many rounds counts, as other work on the machine only
adds. CPU is that of this process and of all that it started. The snapshot, a commit that is synced to the disk, is
made after commands that changed something, and reported apart.
"""

from __future__ import annotations

import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.domain.role import Role
from harness.sandbox.probe import open_sandbox
from harness.workspace.directory import Directory
from harness.workspace.git import Git
from tests import target
from tests.benchmarks.figures import Figure, show

SIZES = {1_000: 4.0, 10_000: 5.0}
"""Files -> how many times `git status` a command may cost."""
ROUNDS = 15
CHANGE = "echo $RANDOM > part0/file0.py"


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds."""

    cpu: float
    wall: float

    def least(self, other: Cost) -> Cost:
        """The smaller of each."""
        return Cost(min(self.cpu, other.cpu), min(self.wall, other.wall))


def files(count: int) -> dict[str, str]:
    """`count` small files, fifty to a folder."""
    return {f"part{n // 50}/file{n}.py": f"VALUE = {n}\n" for n in range(count)}


def opened(top: Path, folder: Path) -> Directory:
    """An agent's directory at the tip of the repository `top`."""
    git = Git(top / ".git")
    return Directory(
        folder / "stage", objects=git, snapshot=git.commit("refs/heads/develop"), ref="refs/harness/bench/1",
        role=Role(name="dev", title="Developer", email="d@team.invalid", model="m", tools=("bash",), write=("**",)),
        folder=target.FOLDER, sandbox=open_sandbox(folder / "cache"), read=(), env={"PATH": "/usr/bin:/bin"},
        ignored=lambda path: False, date=lambda: 0,
    )  # fmt: skip


def ran(space: Directory, shell: str) -> None:
    """Run a command; RuntimeError if it fails or anything is refused."""
    done = space.run(shell, 60.0)
    if done.outcome.code or done.refused:
        raise RuntimeError(f"{shell!r} ended with {done.outcome.code}: {done.outcome.output}{done.refused}")


def least(rounds: int, *acts: Callable[[], object]) -> list[Cost]:
    """What each act costs, in turns; the least of `rounds`."""
    found = [Cost(float("inf"), float("inf"))] * len(acts)
    for _ in range(rounds):
        for number, act in enumerate(acts):
            found[number] = found[number].least(_cost(act))
    return found


def _cost(act: Callable[[], object]) -> Cost:
    cpu, wall = _cpu(), time.perf_counter()
    act()
    return Cost((_cpu() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(row.ru_utime + row.ru_stime for row in used)


def compared(count: int, folder: Path, rounds: int = ROUNDS) -> tuple[Cost, Cost, Cost, float]:
    """(`git status`, a command, a command with its snapshot, opening the directory in seconds) for `count` files."""
    top = target.make(folder / "repository", files(count))
    began = time.perf_counter()
    space = opened(top, folder)
    took = time.perf_counter() - began

    def status() -> None:
        subprocess.run(["git", "status"], cwd=top, check=True, stdout=subprocess.DEVNULL)

    def command() -> None:
        ran(space, CHANGE)

    def snapshot() -> None:
        ran(space, CHANGE)
        space.snapshot()

    try:
        plain, whole, recorded = least(rounds, status, command, snapshot)
    finally:
        space.close()
    return plain, whole, recorded, took


def measured(count: int, most: float, folder: Path) -> list[Figure]:
    """The figures for `count` files."""
    plain, whole, recorded, took = compared(count, folder)
    name = f"{count:,} files: "
    return [
        Figure(name + "CPU of a command / git status", whole.cpu / plain.cpu, "x", most, _both(whole.cpu, plain.cpu)),
        Figure(name + "wall time / git status", whole.wall / plain.wall, "x", most, _both(whole.wall, plain.wall)),
        Figure(name + "command with its snapshot", recorded.wall, "ms", note=f"CPU {recorded.cpu:.1f} ms"),
        Figure(name + "opening the directory, once a stage", took * 1e3, "ms"),
    ]


def _both(ours: float, theirs: float) -> str:
    return f"{ours:.1f} ms / {theirs:.1f} ms"


def figures() -> list[Figure]:
    """All sizes."""
    rows = []
    for count, most in SIZES.items():
        with tempfile.TemporaryDirectory() as name:
            rows += measured(count, most, Path(name))
    return rows


if __name__ == "__main__":
    show("one command", figures())
