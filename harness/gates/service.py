"""Runs the service under test in its own sandbox, and the integration tests against it through a recording proxy."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from harness.config import Config
from harness.gates import lasting, rows, unix
from harness.gates.client import client
from harness.gates.exchange import Exchange
from harness.gates.report import tail, unready
from harness.gates.schema import unmigrated
from harness.gates.server import Use
from harness.gates.servers import Servers, free, servers, unable
from harness.ports import Bench, Command, Limits, Outcome, Process, Sandbox, Subject

LIFE = Limits(wall=1800.0, cpu=1800)
"""A service outlives the tests and the latency rounds that are run against it."""
_POLL = 0.05
NONE: Mapping[str, str] = {}
T = TypeVar("T")


class Failed(Exception):
    """The service does not run; the message says why, `log` is the end of its output."""

    def __init__(self, why: str, log: str) -> None:
        super().__init__(why)
        self.log = log


@runtime_checkable
class Memory(Protocol):
    """A bench that remembers measurements."""

    def once(self, key: Hashable, make: Callable[[], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the integration tests did to the service."""

    outcome: Outcome
    """How the tests ended."""
    reports: dict[str, bytes]
    exchanges: tuple[Exchange, ...]
    dropped: int
    failure: str = ""
    """Why the service did not get ready or died, with the end of its log; '' if it held."""
    uses: tuple[Use, ...] = ()
    """What the servers beside it did meanwhile."""
    faults: tuple[str, ...] = ()
    """Requests that got no answer, as `METHOD path: why`."""
    forgotten: str = ""
    """What clients wrote and the service could not tell any more when it was started again on the same servers."""


@dataclass(slots=True)
class Running:
    """A service that has been started."""

    begin: Callable[[bool], Process]
    """Starts it, at first or (True) once more, on the servers beside it as they are."""
    process: Process
    socket: Path
    beside: Servers
    outcome: Outcome | None = None

    def again(self) -> None:
        """End it, and start it once more."""
        self.stop()
        self.socket.unlink(missing_ok=True)
        self.process, self.outcome = self.begin(True), None

    def ready(self, path: str, seconds: float) -> None:
        """Wait until `path` answers below 500; raises Failed."""
        end = time.monotonic() + seconds
        last = "nothing listens on its port"
        while time.monotonic() < end:
            if not self.process.running:
                raise Failed(f"the service ended before it was ready ({ended(self.stop())})", self.log())
            try:
                answer = unix.send(self.socket, "GET", path, seconds=max(0.1, min(5.0, end - time.monotonic())))
                if answer.status < 500:
                    return
                last = f"GET {path} answers {answer.status}"
            except (TimeoutError, ValueError) as error:
                last = f"GET {path} is not answered: {error}"
            except unix.FAULTS:
                pass
            time.sleep(_POLL)
        self.stop()
        raise Failed(f"the service was not ready after {seconds:g} s: {last}", self.log())

    def tests(self, command: Command) -> Command:
        """`command` with the addresses of the servers beside the service, as its tests have them."""
        return self.beside.joined(command, "tests")

    def stop(self) -> Outcome:
        """End the service, once."""
        if self.outcome is None:
            self.outcome = self.process.kill()
        return self.outcome

    def log(self) -> str:
        """The end of the service's output."""
        return tail(self.stop().output, 900)


def unserved(config: Config, sandbox: Sandbox) -> str:
    """Why no service can be measured by its integration tests, or ''."""
    return (
        _unset(config) or unready("integration", config.commands.integration, sandbox) or unstartable(config, sandbox)
    )


def unstartable(config: Config, sandbox: Sandbox) -> str:
    """Why no service can be started and held against a spec, or ''."""
    return _unset(config) or unservable(config, sandbox)


def unservable(config: Config, sandbox: Sandbox) -> str:
    """Why no service can be started here, or ''."""
    if sandbox.level == 0:
        return f"commands cannot run here: {sandbox.why}"
    if not sandbox.network:
        return f"a service needs a network of its own, which the sandbox of level {sandbox.level} can't give it"
    return unable(config.services, sandbox)


def _unset(config: Config) -> str:
    if not config.server.start.strip():
        return "harness.toml has no [server] start"
    return "" if config.spec.path else "harness.toml has no [spec] path: name the living OpenAPI document"


@contextmanager
def serving(
    subject: Subject, bench: Bench, *, env: Mapping[str, str] = NONE, files: Mapping[str, str] = NONE
) -> Iterator[Running]:
    """The service of the subject's tree, ready for requests, with fresh servers beside it; raises Failed.

    `files` lie beside its socket; `{sockets}` in the values of `env` is where it finds them.
    """
    server = subject.config.server
    port = free()
    with (
        servers(subject.config.services, bench) as beside,
        bench.checkout(subject.tree) as tree,
        bench.scratch() as sockets,
        ExitStack() as stack,
    ):
        why = unmigrated(subject.config, tree, beside, bench)
        if why:
            raise Failed(why, "")
        for name, text in files.items():
            (sockets / name).write_text(text, encoding="utf-8")

        def begin(anew: bool) -> Process:
            # What is to outlive the service belongs to the database where there is one, and not to files beside it.
            fresh = anew and subject.config.services.postgres
            place = stack.enter_context(bench.checkout(subject.tree)) if fresh else tree
            return _begun(subject, bench, place, sockets, port, beside, env)

        running = Running(begin, begin(False), sockets / "service.sock", beside)
        try:
            running.ready(server.ready, server.timeout)
            yield running
        finally:
            running.stop()


def _begun(
    subject: Subject, bench: Bench, tree: Path, sockets: Path, port: int, beside: Servers, env: Mapping[str, str]
) -> Process:
    command = bench.command("", tree, sockets=sockets, limits=LIFE)
    inside = bench.sandbox.inside(command)
    added = {name: value.replace("{sockets}", inside.sockets) for name, value in env.items()}
    relay = bench.sandbox.forward(listen=f"unix:{inside.sockets}/service.sock", to=f"tcp:{port}")
    start = subject.config.server.start.replace("{port}", str(port)).replace("{sockets}", inside.sockets)
    asked = replace(command, shell=f"{relay} || exit 125\n{start}", env={**command.env, **added})
    return bench.sandbox.start(beside.joined(asked, "service"))


def traffic(subject: Subject, bench: Bench) -> Traffic:
    """The integration tests' traffic, measured once per tree where the bench remembers."""
    if isinstance(bench, Memory):
        key = ("traffic", subject.tree, subject.config.digest)
        return bench.once(key, lambda: _traffic(subject, bench))
    return _traffic(subject, bench)


def _traffic(subject: Subject, bench: Bench) -> Traffic:
    try:
        with serving(subject, bench) as service:
            service.beside.mark()
            found = _tested(subject, bench, service)
            broken = service.beside.fault()
            if broken:
                return replace(found, failure=broken)
            found = replace(found, uses=service.beside.use())
            if service.process.running:
                return replace(found, forgotten=_forgotten(subject, service, found, bench))
            log = service.log()
            why = f"the service died during the tests ({ended(service.stop())}); its log ends: {log}"
            return replace(found, failure=why)
    except Failed as error:
        return Traffic(Outcome(0, ""), {}, (), 0, f"{error}; its log ends: {error.log or '(nothing)'}")


def _forgotten(subject: Subject, service: Running, found: Traffic, bench: Bench) -> str:
    """Start the service again where it has servers, and ask once more for what clients wrote."""
    values = lasting.written(found.exchanges)
    reads = lasting.reads(found.exchanges, values)
    if not reads or not any(use.service for use in found.uses):
        return ""
    before = lasting.ask(service.socket, reads, values)
    told = lasting.told(before)
    held = rows.stored(service.beside, told)
    gone = ""
    try:
        service.again()
        service.ready(subject.config.server.ready, subject.config.server.timeout)
        after = lasting.ask(service.socket, reads, values)
        if not told or lasting.kept(before, after):
            return ""
        gone = lasting.gone(before, after)
    except Failed:
        pass
    if gone:
        # Some empty their database when they start.
        return "" if held and not rows.stored(service.beside, told) else gone
    # It does not start twice, or wants a new login: then what lies in the servers has to tell.
    return (
        ""
        if held or not told
        else f'what clients wrote and were told, such as "{min(told)}", lies in none of the servers'
    )


def _tested(subject: Subject, bench: Bench, service: Running) -> Traffic:
    with bench.checkout(subject.tree) as tree:
        heard = client(bench, service.socket, subject.config.commands.integration, tree, joined=service.tests)
    return Traffic(heard.outcome, heard.reports, heard.exchanges, heard.dropped, faults=heard.faults)


def ended(outcome: Outcome) -> str:
    """How a service ended: by which limit, else with which code."""
    return f"ended by a limit: {outcome.limit}" if outcome.limit else f"exit code {outcome.code}"
