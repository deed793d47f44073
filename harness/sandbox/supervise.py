"""Runs one sandboxed command within its limits, and ends only when every process of it is dead."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.beside import works
from harness.errors import HarnessError, Mistake
from harness.ports import Limits, Outcome
from harness.sandbox.output import Output, Renamed
from harness.sandbox.usage import exceeded, overfull, parent

_CHUNK = 1 << 16
_SETUP = 10.0
"""Seconds that the sandbox may take to say which process is its first."""
_DEATH = 10.0
"""Seconds that the kernel may take to end all processes after they were killed."""
_BETWEEN_LOOKS, _BETWEEN_COUNTS = 0.05, 0.2
"""Seconds between two looks at the processes, and between two counts of the files."""
_SHARE = 10
"""Looks and counts may each take one tenth of the time."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What to spawn."""

    argv: list[str]
    inherit: tuple[int, ...]
    """Descriptors for the child; closed here once it runs."""
    status: int
    """Where the sandbox reports, as JSON lines: `child-pid`, its first process, and `exit-code`."""
    limits: Limits
    directories: tuple[Path, ...]
    """Host directories whose bytes and files count."""
    lifeline: int | None = None
    """What the launcher ends everything by when it is closed; None where the sandbox has a first process to kill."""
    names: Mapping[bytes, bytes] = field(default_factory=dict)
    """Paths of the machine in the output -> what stands for them."""
    note: str = ""
    """What is added to the output of a command that failed."""
    after: Callable[[], None] = lambda: None
    """Called once every process is dead, or if none could be started."""


class Supervised:
    """A running command, and the thread that spawned it.

    The kernel ends a sandbox with the *thread* that spawned it (PDEATHSIG), so the thread that spawns is the one that
    supervises, and lives as long as the command; whatever thread asked may end earlier.
    """

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._outcome: Outcome | None = None
        self._error: Exception | None = None
        self._works = works()
        self._works.enter(self, self._stop)
        # A daemon thread: when the harness exits, its commands die with it instead of holding it up.
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
        return self._result()

    def kill(self) -> Outcome:
        """End it, if it has not ended, and say how it ended."""
        self._stop()
        self._ended.wait()
        return self._result()

    def _stop(self) -> None:
        with self._lock:
            if self.running:
                os.eventfd_write(self._wake, 1)

    def _result(self) -> Outcome:
        if self._error is not None:
            raise self._error
        assert self._outcome is not None
        return self._outcome

    def _main(self) -> None:
        try:
            self._outcome = _Watch(self._launch, self._wake).run()
        except Exception as error:
            self._error = error
        finally:
            try:
                self._launch.after()
            except Exception as error:
                self._error = self._error or error
            self._works.leave(self)
            with self._lock:
                os.close(self._wake)
                self._ended.set()


class _Watch:
    """One command from its start to the death of its last process."""

    def __init__(self, launch: Launch, wake: int) -> None:
        self._launch = launch
        self._limits = launch.limits
        self._wake = wake
        self._began = time.monotonic()
        self._output = Output(launch.limits.output)
        self._renamed = Renamed(launch.names)
        self._total = 0
        self._status = b""
        self._limit = ""
        self._killed = False

    def run(self) -> Outcome:
        """Spawn, watch, wait for all to be dead."""
        launch = self._launch
        try:
            process = subprocess.Popen(
                launch.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
                env={"PATH": "/usr/bin:/bin"}, cwd="/", pass_fds=launch.inherit, start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            # ValueError: the command holds a character that no program can be given.
            os.close(launch.status)
            if launch.lifeline is not None:
                os.close(launch.lifeline)
            raise Mistake(f"The sandbox could not be started: {error}") from error
        finally:
            for fd in launch.inherit:
                os.close(fd)
        assert process.stdout is not None
        with process, _descriptors(process, launch.status) as outer:
            out = process.stdout.fileno()
            os.set_blocking(out, False)
            init = None
            try:
                init = self._first(process.pid) if launch.lifeline is None else None
                self._watch(process.pid, outer, out)
            finally:
                # Also after an error in here: nothing may outlive this call.
                self._end(process, init)
            self._read(out)
            self._output.add(self._renamed.rest())
            self._report()
            return self._outcome(process.returncode)

    def _first(self, outer: int) -> int | None:
        """A descriptor of the sandbox's first process, with which the kernel ends all others; None if it is gone."""
        deadline = self._began + _SETUP
        while time.monotonic() < deadline:
            if select.select([self._launch.status], [], [], 0.5)[0] and not self._report():
                break
            found = re.search(rb'"child-pid": *(\d+)', self._status)
            if found:
                pid = int(found[1])
                try:
                    fd = os.pidfd_open(pid)
                except ProcessLookupError:
                    return None
                if parent(pid) == outer:
                    return fd
                os.close(fd)
                return None
        return None

    def _report(self) -> bool:
        """Take in what the sandbox says of itself; False at its end."""
        data = b""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._launch.status, _CHUNK)
            self._status += data
        return bool(data)

    def _watch(self, pid: int, outer: int, out: int) -> None:
        """Until the command ends by itself or must be ended."""
        deadline = self._began + self._limits.wall
        look, count = self._began + 2 * _BETWEEN_LOOKS, self._began + _BETWEEN_COUNTS
        poll = select.poll()
        for fd in (outer, out, self._wake):
            poll.register(fd, select.POLLIN)
        while True:
            now = time.monotonic()
            ready = {fd for fd, _ in poll.poll(max(0.0, min(look, count, deadline) - now) * 1000 + 1)}
            if out in ready and not self._read(out):
                poll.unregister(out)
            if outer in ready:
                return
            now = time.monotonic()
            if self._wake in ready:
                self._killed = True
            elif self._total > self._limits.flood:
                self._limit = "output"
            elif now >= deadline:
                self._limit = "wall time"
            elif now >= look:
                self._limit = exceeded(pid, self._limits)
                look = _next(now, _BETWEEN_LOOKS)
            elif now >= count:
                self._limit = overfull(self._launch.directories, self._limits)
                count = _next(now, _BETWEEN_COUNTS)
            if self._killed or self._limit:
                return

    def _read(self, out: int) -> bool:
        """Take in the output that is there, a bounded amount; False at its end."""
        for _ in range(64):
            try:
                data = os.read(out, _CHUNK)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._total += len(data)
            self._output.add(self._renamed.add(data))
        return True

    def _end(self, process: subprocess.Popen[bytes], init: int | None) -> None:
        """Kill what is left, and wait until the kernel has ended it all."""
        if self._launch.lifeline is not None:
            os.close(self._launch.lifeline)
            return self._wait(process)
        if init is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(init, signal.SIGKILL)
        if init is None or self._killed or self._limit:
            process.kill()
        try:
            self._wait(process)
            # The first process is done with only when all others of its namespace are.
            if init is not None and not select.select([init], [], [], _DEATH)[0]:
                raise HarnessError("A sandboxed process does not die: restart the machine before you go on")
        finally:
            if init is not None:
                os.close(init)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(_DEATH)
        except subprocess.TimeoutExpired:
            process.kill()
            raise HarnessError("The sandbox does not end: restart the machine before you go on") from None

    def _outcome(self, returned: int) -> Outcome:
        seconds = time.monotonic() - self._began
        code = 128 - returned if returned < 0 else returned
        if self._limit or self._killed:
            return Outcome(137, self._output.text, self._limit, seconds)
        if b'"exit-code"' not in self._status:
            raise Mistake(
                f"The sandbox could not be set up: {self._output.text.strip()[-500:] or 'no reason was given'}"
            )
        note = f"\n{self._launch.note}\n" if code and self._launch.note else ""
        # 152: SIGXCPU, the kernel's own limit on the CPU time of one process.
        return Outcome(code, self._output.text + note, "cpu" if code == 128 + signal.SIGXCPU else "", seconds)


def _next(began: float, between: float) -> float:
    """When to look again after a look that began at `began`."""
    now = time.monotonic()
    return now + max(between, _SHARE * (now - began))


@contextlib.contextmanager
def _descriptors(process: subprocess.Popen[bytes], status: int) -> Iterator[int]:
    """A descriptor of the outer process; it and the status pipe are closed afterwards."""
    os.set_blocking(status, False)
    try:
        outer = os.pidfd_open(process.pid)
    except OSError:
        os.close(status)
        process.kill()
        raise
    try:
        yield outer
    finally:
        os.close(outer)
        os.close(status)
