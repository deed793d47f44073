"""A server beside the service, such as a database: what every kind of it has, and how one is started and removed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from harness.errors import Mistake
from harness.gates.report import tail
from harness.ports import Bench, Command, Limits, Process

Role = Literal["service", "tests"]
"""Who uses it: the service, its migrations and unit tests are one, the integration tests the other."""
LIFE = Limits(wall=3600.0, cpu=3600, processes=512)
SECONDS = 60.0
"""Time to get ready in."""
LOOPBACK = 1
"""The level of the sandbox at which all commands share the machine's loopback."""
_PLACE = "/servers"
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Use:
    """What a server did for whom while the integration tests ran, by its own counters."""

    server: str
    what: str
    """What was counted, in the plural."""
    service: int
    tests: int | None
    """None where the server can't tell the tests from the service; they are counted with it."""


class Kind(Protocol):
    """One kind of server, made anew for each start."""

    name: str
    key: str
    """Its folder's name where others reach it."""
    port: int
    """Of the loopback, in every sandbox that reaches it."""
    socket: str
    """Its file name."""
    read: tuple[Path, ...]
    """Directories that its programs need."""
    secret: Mapping[str, str]
    """Environment of the server's own commands."""

    def shell(self, sockets: str, address: str) -> str:
        """Text that runs it in the foreground, listening in `sockets` and, unless '', at the loopback's `address`."""
        ...

    def ready(self, sockets: Path) -> bool:
        """Whether it takes requests."""
        ...

    def env(self, role: Role) -> dict[str, str]:
        """What `role` finds its address by."""
        ...

    def mark(self, beside: Beside) -> None:
        """Begin to count."""
        ...

    def use(self, beside: Beside) -> Use:
        """What was counted since."""
        ...


@dataclass(slots=True)
class Beside:
    """A server that runs."""

    kind: Kind
    bench: Bench
    sockets: Path
    process: Process

    def joined(self, command: Command, role: Role | None) -> Command:
        """`command` with the server at its own loopback; without a role, as the harness reaches it.

        The server's socket is mounted read-only: nobody can put another one in its place.
        """
        kind, sandbox = self.kind, self.bench.sandbox
        env = {**command.env, **(kind.env(role) if role else kind.secret)}
        if sandbox.level == LOOPBACK:
            return replace(command, env=env)
        place = f"{_PLACE}/{kind.key}"
        relay = sandbox.forward(listen=f"tcp:{kind.port}", to=f"unix:{place}/{kind.socket}")
        mounts = (*command.mounts, (self.sockets, place))
        return replace(command, env=env, mounts=mounts, shell=f"{relay} || exit 125\n{command.shell}")

    def fault(self) -> str:
        """Why it no longer runs, or ''."""
        return "" if self.process.running else ended(self.kind.name, self.process)


def ended(name: str, process: Process) -> str:
    """How a server that should still run has ended, with the end of its log."""
    outcome = process.kill()
    why = f"a limit ({outcome.limit})" if outcome.limit else f"itself (exit code {outcome.code})"
    return f"{name} was ended by {why}; its log ends: {tail(outcome.output, 600) or '(nothing)'}"


@contextmanager
def started(kind: Kind, bench: Bench) -> Iterator[Beside]:
    """A fresh server in a sandbox of its own, with a directory of its own; both are removed. Mistake if none starts."""
    with bench.scratch() as tree, bench.scratch() as sockets:
        command = Command("", tree, env=kind.secret, read=kind.read, sockets=sockets, limits=LIFE)
        inside = bench.sandbox.inside(command)
        address = "127.0.0.1" if bench.sandbox.level == LOOPBACK else ""
        process = bench.sandbox.start(replace(command, shell=kind.shell(inside.sockets, address)))
        try:
            _wait(kind, process, sockets)
            yield Beside(kind, bench, sockets, process)
        finally:
            process.kill()


def _wait(kind: Kind, process: Process, sockets: Path) -> None:
    end = time.monotonic() + SECONDS
    while not kind.ready(sockets):
        if not process.running:
            raise Mistake(ended(kind.name, process))
        if time.monotonic() > end:
            log = tail(process.kill().output, 600)
            raise Mistake(f"{kind.name} was not ready after {SECONDS:g} s; its log ends: {log or '(nothing)'}")
        time.sleep(_POLL)
