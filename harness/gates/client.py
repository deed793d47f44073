"""Runs a command in the sandbox that talks to a running service, through a proxy that records what it says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from harness.gates.bench import reports
from harness.gates.exchange import Exchange
from harness.gates.proxy import Proxy
from harness.gates.servers import free
from harness.gates.service import Running
from harness.ports import Bench, Limits, Outcome

USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Heard:
    """How the command ended, and what it asked the service."""

    outcome: Outcome
    reports: dict[str, bytes]
    exchanges: tuple[Exchange, ...]
    dropped: int
    faults: tuple[str, ...]
    url: str
    """The address that it used."""


def client(
    bench: Bench,
    service: Running,
    shell: str,
    tree: Path,
    *,
    tool: bool = False,
    hidden: str = "",
    limits: Limits = USUAL,
) -> Heard:
    """Run `shell` with the service's address in BASE_URL; `{url}`, `{out}` and `{work}` are replaced.

    With `tool` it may name programs of the harness's own environment as `{tools}/NAME`; without, it is the project's
    own, and has the addresses of the servers beside the service as well. `hidden` is the beginning of headers that the
    service does not see.
    """
    port = free()
    url = f"http://127.0.0.1:{port}"
    with bench.scratch() as out, bench.scratch() as sockets:
        proxy = Proxy(sockets / "proxy.sock", service.socket, hidden=hidden)
        try:
            make = bench.tool if tool else bench.command
            asked = make(shell, tree, env={"BASE_URL": url}, out=out, sockets=sockets, limits=limits)
            inside = bench.sandbox.inside(asked)
            relay = bench.sandbox.forward(listen=f"tcp:{port}", to=f"unix:{inside.sockets}/proxy.sock")
            text = asked.shell.replace("{url}", url).replace("{out}", inside.out).replace("{work}", inside.work)
            asked = replace(asked, shell=f"{relay} || exit 125\n{text}")
            outcome = bench.sandbox.run(asked if tool else service.beside.joined(asked, "tests"))
        finally:
            proxy.close()
        return Heard(outcome, reports(out, inside), proxy.exchanges(), proxy.dropped, tuple(sorted(proxy.faults)), url)
