"""Runs a command in the sandbox that talks to a running service, through a proxy that records what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.gates.bench import reports
from harness.gates.exchange import Exchange
from harness.gates.proxy import Proxy
from harness.gates.servers import free
from harness.ports import Bench, Command, Limits, Outcome

USUAL = Limits()
ADDRESS = ("BASE_URL", "SERVICE_URL")
"""What tests find the service's address in. Vitest puts its own value into the first."""


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
    service: Path,
    shell: str,
    tree: Path,
    *,
    tool: bool = False,
    hidden: str = "",
    limits: Limits = USUAL,
    joined: Callable[[Command], Command] = lambda command: command,
) -> Heard:
    """Run `shell` with the service's address in BASE_URL; `{url}` and `{out}` are replaced.

    With `tool` it may name programs of the harness's own environment as `{tools}/NAME`. `hidden` is the beginning of
    headers that the service does not see. `joined` adds what else the command finds there.
    """
    port = free()
    url = f"http://127.0.0.1:{port}"
    with bench.scratch() as out, bench.scratch() as sockets:
        proxy = Proxy(sockets / "proxy.sock", service, hidden=hidden)
        try:
            make = bench.tool if tool else bench.command
            env = dict.fromkeys(ADDRESS, url)
            asked = make(shell, tree, env=env, out=out, sockets=sockets, limits=limits)
            inside = bench.sandbox.inside(asked)
            relay = bench.sandbox.forward(listen=f"tcp:{port}", to=f"unix:{inside.sockets}/proxy.sock")
            text = asked.shell.replace("{url}", url).replace("{out}", inside.out)
            outcome = bench.sandbox.run(joined(replace(asked, shell=f"{relay} || exit 125\n{text}")))
        finally:
            proxy.close()
        return Heard(outcome, reports(out, inside), proxy.exchanges(), proxy.dropped, tuple(sorted(proxy.faults)), url)
