"""A command that runs in Seatbelt, its limits and its end. UNTESTED on macOS, as seatbelt.py says.

There is no namespace and no subreaper: what the command starts is followed by the system's table of processes, looked
at often enough to see a process before its parent ends.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.beside import works
from harness.ports import Limits, Outcome
from harness.sandbox.output import Output, Renamed
from harness.sandbox.usage import overfull

_BETWEEN = 0.05
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Row:
    """One process, as `ps` shows it."""

    pid: int
    parent: int
    resident: int
    """Bytes."""
    started: str


def rows(program: str = "/bin/ps") -> list[Row]:
    """All processes of the machine."""
    asked = [program, "-axo", "pid=,ppid=,rss=,lstart="]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False, env={"LC_ALL": "C"}).stdout
    split = (line.split(None, 3) for line in said.splitlines())
    return [Row(int(row[0]), int(row[1]), int(row[2]) << 10, row[3].strip()) for row in split if len(row) == 4]


class Belted:
    """A running command, and the thread that watches it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        limits: Limits,
        directories: tuple[Path, ...],
        renamed: Renamed,
        after: Callable[[], None],
    ) -> None:
        self._process, self._limits, self._directories = process, limits, directories
        self._renamed, self._after = renamed, after
        self._output = Output(limits.output)
        self._seen: dict[int, str] = {}
        self._ended, self._asked = threading.Event(), threading.Event()
        self._outcome = Outcome(137, "")
        self._works = works()
        self._works.enter(self, self._asked.set)
        threading.Thread(target=self._main, name="sandbox", daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether any process of it may live."""
        return not self._ended.is_set()

    def wait(self) -> Outcome:
        """How it ended. An interrupt (Ctrl-C) ends it first."""
        try:
            self._ended.wait()
        except BaseException:
            self.kill()
            raise
        self._works.check()
        return self._outcome

    def kill(self) -> Outcome:
        """End it, if it has not ended, and say how it ended."""
        self._asked.set()
        self._ended.wait()
        return self._outcome

    def _main(self) -> None:
        began, limit = time.monotonic(), "the sandbox failed"
        try:
            limit = self._watch(began + self._limits.wall)
        finally:
            self._end()
            self._output.add(self._renamed.rest())
            code = self._process.returncode
            ended = bool(limit) or self._asked.is_set() or code is None
            code = 137 if ended or code is None else 128 - code if code < 0 else code
            limit = limit or ("cpu" if code == 128 + signal.SIGXCPU else "")
            self._outcome = Outcome(code, self._output.text, limit, time.monotonic() - began)
            self._after()
            self._works.leave(self)
            self._ended.set()

    def _watch(self, deadline: float) -> str:
        """Until the command ends, or the limit that it reached."""
        assert self._process.stdout is not None
        out = self._process.stdout.fileno()
        os.set_blocking(out, False)
        while not self._asked.is_set():
            select.select([out], [], [], _BETWEEN)
            if self._read(out) > self._limits.flood:
                return "output"
            below = self._below()
            if len(below) >= self._limits.processes - 2:
                return "processes"
            if sum(row.resident for row in below) > self._limits.memory:
                return "memory"
            if time.monotonic() > deadline:
                return "wall time"
            over = overfull(self._directories, self._limits)
            if over or self._process.poll() is not None:
                return over
        return ""

    def _read(self, out: int) -> int:
        """Take in the output that is there; how many bytes there were in all."""
        with suppress(BlockingIOError):
            for _ in range(64):
                data = os.read(out, _CHUNK)
                if not data:
                    break
                self._output.add(self._renamed.add(data))
        return self._output.total

    def _below(self) -> list[Row]:
        """The command's processes: those below it, and those that were once seen there."""
        table = rows()
        known = {self._process.pid} | {row.pid for row in table if self._seen.get(row.pid) == row.started}
        while fresh := {row.pid for row in table if row.parent in known} - known:
            known |= fresh
        found = [row for row in table if row.pid in known]
        self._seen |= {row.pid: row.started for row in found}
        return found

    def _end(self) -> None:
        """Kill everything that was seen; again, until nothing is left."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for _ in range(200):
            left = [row.pid for row in self._below() if row.pid != self._process.pid]
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not left and self._process.poll() is not None:
                break
            time.sleep(0.01)
        if self._process.stdout is not None:
            self._read(self._process.stdout.fileno())
            self._process.stdout.close()
