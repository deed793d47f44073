"""A test double of the sandbox: plain subprocesses, no isolation at all. For tests of the gates only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from harness.ports import Command, Inside, Outcome
from harness.sandbox.links import link

RELAY = """
import os, socket, sys, threading
def make(where):
    kind, _, name = where.partition(":")
    if kind == "tcp":
        return socket.AF_INET, ("127.0.0.1", int(name))
    return socket.AF_UNIX, name
def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass
def join(link, to):
    family, address = make(to)
    other = socket.socket(family)
    try:
        other.connect(address)
    except OSError:
        link.close()
        return
    back = threading.Thread(target=pump, args=(other, link), daemon=True)
    back.start()
    pump(link, other)
    back.join()
    link.close(); other.close()
family, address = make(sys.argv[1])
server = socket.socket(family)
if family == socket.AF_INET:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(address)
server.listen(64)
if os.fork():
    os._exit(0)
for fd in (0, 1, 2):
    os.dup2(os.open(os.devnull, os.O_RDWR), fd)
while True:
    link, _ = server.accept()
    threading.Thread(target=join, args=(link, sys.argv[2]), daemon=True).start()
"""


class PlainProcess:
    """A process group, ended as a whole."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, wall: float) -> None:
        self._process = process
        self._log = log
        self._wall = wall
        self._started = time.monotonic()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> Outcome:
        limit = ""
        try:
            self._process.wait(self._wall)
        except subprocess.TimeoutExpired:
            limit = "wall time"
        return self._end(limit)

    def kill(self) -> Outcome:
        return self._end("")

    def _end(self, limit: str) -> Outcome:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return Outcome(code, text, limit, time.monotonic() - self._started)


class PlainSandbox:
    """Implements ports.Sandbox without any protection."""

    level = 3
    why = "a test double"
    network = True

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.runs: list[str] = []
        (logs / "relay.py").write_text(RELAY)

    def inside(self, command: Command) -> Inside:
        return Inside(str(command.tree), str(command.out or "/out"), str(command.sockets or "/sockets"))

    def run(self, command: Command) -> Outcome:
        return self.start(command).wait()

    def start(self, command: Command) -> PlainProcess:
        self.runs.append(command.shell)
        link(command)
        log = self._logs / f"log{len(self.runs)}"
        env = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **command.env}
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["/bin/sh", "-c", command.shell], cwd=command.tree, env=env, stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        return PlainProcess(process, log, command.limits.wall)

    def forward(self, *, listen: str, to: str) -> str:
        return f"{sys.executable} -I -S {self._logs}/relay.py {listen} {to}"


class Closed:
    """A sandbox of level 0."""

    level = 0
    why = "nothing holds on this machine"
    network = False

    def inside(self, command: Command) -> Inside:
        return Inside()

    def run(self, command: Command) -> Outcome:
        raise AssertionError("a command was run at level 0")

    def start(self, command: Command) -> PlainProcess:
        raise AssertionError("a command was run at level 0")

    def forward(self, *, listen: str, to: str) -> str:
        raise AssertionError("a relay was asked for at level 0")
