"""The servers that `[services]` asks for: fresh ones for each run of what is measured."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from harness.config import Services
from harness.gates import postgres, redis
from harness.gates.server import Beside, Kind, Role, Use, started
from harness.ports import Bench, Command, Sandbox


@dataclass(frozen=True, slots=True)
class Servers:
    """Those that run; none where the configuration asks for none."""

    running: tuple[Beside, ...] = ()

    def joined(self, command: Command, role: Role) -> Command:
        """`command` with their addresses in its environment, and the way to them."""
        for each in self.running:
            command = each.joined(command, role)
        return command

    def mark(self) -> None:
        """Begin to count what they are used for."""
        for each in self.running:
            each.kind.mark(each)

    def use(self) -> tuple[Use, ...]:
        """What they were used for since `mark`."""
        return tuple(each.kind.use(each) for each in self.running)

    def fault(self) -> str:
        """Why one no longer runs, or ''."""
        return "; ".join(filter(None, (each.fault() for each in self.running)))


@contextmanager
def servers(services: Services, bench: Bench) -> Iterator[Servers]:
    """Started, and removed at the end; Mistake where one can't be started."""
    with ExitStack() as stack:
        yield Servers(tuple(stack.enter_context(started(make(free()), bench)) for make in _kinds(services)))


def unable(services: Services, sandbox: Sandbox) -> str:
    """Why the servers can't be started here, or ''."""
    if not _kinds(services):
        return ""
    if sandbox.level and not sandbox.network:
        return f"[services] needs a network of its own, which the sandbox of level {sandbox.level} can't give it"
    asked = (services.postgres and postgres.absent(), services.redis and redis.absent())
    return "; ".join(why for why in asked if why)


def free() -> int:
    """A TCP port of the loopback that nothing uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _kinds(services: Services) -> tuple[Callable[[int], Kind], ...]:
    kinds: tuple[tuple[bool, Callable[[int], Kind]], ...] = (
        (services.postgres, postgres.Postgres), (services.redis, redis.Redis),
    )  # fmt: skip
    return tuple(make for wanted, make in kinds if wanted)
