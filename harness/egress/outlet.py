"""Gives commands a way to the registries that were named, and tells afterwards what they reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from harness.domain.registry import Outside, Reached
from harness.egress.address import Resolve, system_resolve
from harness.egress.advisories import advisories
from harness.egress.ledger import Caps
from harness.egress.npm import npm
from harness.egress.proxy import Proxy
from harness.egress.pypi import pypi
from harness.egress.source import Source
from harness.errors import HarnessError, Mistake
from harness.ports import Command, Sandbox

SOURCES: Mapping[Outside, Callable[[], Source]] = {"npm": npm, "pypi": pypi, "advisories": advisories}
LEVEL = 3
"""Below it a command can't be given a Unix socket and nothing else."""
_PLACE = "/sockets"
_SOCKET = "egress.sock"
_PORT = 3128
"""Of the sandbox's own loopback, where nothing else listens when a command begins."""


@dataclass(frozen=True, slots=True)
class Way:
    """An open way out; it ends with the context that it came from."""

    proxy: Proxy
    folder: Path
    env: Mapping[str, str]
    relay: str

    def through(self, command: Command) -> Command:
        """`command` with the way out: a relay on its loopback, and settings by which package managers find it."""
        return replace(
            command,
            shell=f"{self.relay} || exit 125\n{command.shell}",
            env={**command.env, **self.env},
            mounts=(*command.mounts, (self.folder, _PLACE)),
        )

    def reached(self) -> tuple[Reached, ...]:
        """What was asked of which host."""
        return self.proxy.reached()


class Outlet:
    """Opens ways out of one sandbox. The package managers are asked once, when they are first needed.

    `scratch` gives an empty directory with an absolute path; commands see it, and can't write to it.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        scratch: Callable[[], AbstractContextManager[Path]],
        *,
        sources: Mapping[Outside, Callable[[], Source]] = SOURCES,
        resolve: Resolve = system_resolve,
        caps: Caps | None = None,
    ) -> None:
        self._sandbox, self._scratch, self._sources = sandbox, scratch, sources
        self._resolve, self._caps = resolve, caps
        self._known: dict[Outside, Source] = {}
        self._lock = Lock()

    def refusal(self, kinds: Sequence[Outside]) -> str:
        """Why nothing can be reached here, or ''."""
        if kinds and self._sandbox.level != LEVEL:
            return (
                f"package registries ({', '.join(kinds)}) can be reached at sandbox level {LEVEL} only, and this is "
                f"level {self._sandbox.level}: {self._sandbox.why}"
            )
        return ""

    @contextmanager
    def open(self, kinds: Sequence[Outside]) -> Iterator[Way]:
        """A way to the registries `kinds`; Mistake where there can be none."""
        why = self.refusal(kinds)
        if why:
            raise Mistake(why)
        found = {kind: self._source(kind) for kind in kinds}
        with self._scratch() as closed:
            # Other users of the machine must not get to the socket; the command's own user sees the inner folder alone.
            closed.chmod(0o700)
            folder = closed / "way"
            folder.mkdir(mode=0o755)
            env = _settings(folder, found)
            hosts = [host for source in found.values() for host in source.hosts]
            proxy = Proxy(folder / _SOCKET, hosts, self._resolve, self._caps)
            try:
                relay = self._sandbox.forward(listen=f"tcp:{_PORT}", to=f"unix:{_PLACE}/{_SOCKET}")
                yield Way(proxy, folder, env, relay)
            finally:
                proxy.close()

    def _source(self, kind: Outside) -> Source:
        with self._lock:
            if kind not in self._known:
                try:
                    self._known[kind] = self._sources[kind]()
                except HarnessError as error:
                    raise Mistake(f"the registry `{kind}` can't be reached: {error}") from error
            return self._known[kind]


def _settings(folder: Path, found: Mapping[Outside, Source]) -> dict[str, str]:
    """The environment by which package managers find the proxy and their registry, and trust whom the user trusts."""
    address = f"http://127.0.0.1:{_PORT}"
    names = ("HTTPS_PROXY", "https_proxy", "npm_config_https_proxy", "PIP_PROXY")
    env = {name: address for name in names} | {"NO_PROXY": "", "no_proxy": ""}
    env |= {"npm_config_noproxy": ""}
    for kind, source in found.items():
        if source.certificates:
            file = folder / f"{kind}.pem"
            file.write_bytes(source.certificates)
            file.chmod(0o644)
        env |= {key: value.replace("{certificates}", f"{_PLACE}/{kind}.pem") for key, value in source.env.items()}
    return env
