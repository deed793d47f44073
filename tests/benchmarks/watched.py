"""A process under measurement, from outside: its own CPU and memory, without those of its children. Linux alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended."""

    code: int
    cpu: float
    """Seconds of user and system time of the process itself, its end included."""
    at: float
    """On the monotonic clock."""
    said: str
    """Standard output and error together."""


class Watched:
    """A running process. Ask `cpu` and `peak` while it lives, `wait` at the end."""

    def __init__(self, command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> None:
        self._file = (folder / f".said-{time.monotonic_ns()}").open("w+b")
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=self._file,
        )
        self.pid = self._process.pid

    def cpu(self) -> float:
        """Seconds of CPU that the living process used so far, over all of its threads; nanoseconds count."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def peak(self) -> float:
        """Megabytes of memory that the living process had at most."""
        rows = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) / 1024

    def wait(self) -> Exit:
        """Wait for its end."""
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        at = time.monotonic()
        # A process that nobody has waited for yet still tells its own times, apart from its children's.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        code = self._process.wait()
        self._file.seek(0)
        said = self._file.read().decode(errors="replace")
        self._file.close()
        Path(self._file.name).unlink()
        return Exit(code, (int(fields[11]) + int(fields[12])) / _TICKS, at, said)


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Our own, with the package on the path, and with compiled files, as an installed package has them."""
    own = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE" and not k.startswith("ANTHROPIC_")}
    return {**own, "PYTHONPATH": str(ROOT), **more}


def harness(*args: str) -> list[str]:
    """The command line of the harness."""
    return [sys.executable, "-m", "harness", *args]


def cpu_of(command: Sequence[str], folder: Path, rounds: int = 5, code: int = 0) -> float:
    """The least CPU seconds of `rounds` runs of a command, its children's included; RuntimeError if it fails."""
    best = float("inf")
    for _ in range(rounds):
        done = subprocess.Popen(
            command, cwd=folder, env=environment({}), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        _, status, used = os.wait4(done.pid, 0)
        done.returncode = os.waitstatus_to_exitcode(status)
        if done.returncode != code:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}")
        best = min(best, used.ru_utime + used.ru_stime)
    return best
