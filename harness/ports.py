"""What the engine needs from the world: Protocols, the values they exchange, and World, all of one run in one value."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from harness.config import Config
from harness.domain.change import Change
from harness.domain.event import Entry, Event
from harness.domain.gate import GateResult
from harness.domain.registry import Outside, Reached

T = TypeVar("T")

# ---------------------------------------------------------------- journal


class Journal(Protocol):
    """An append-only list of entries with one writer."""

    def append(self, event: Event) -> Entry:
        """Append durably, stamp the time, and return the entry; Conflict if another process wrote in between."""
        ...

    def read(self) -> list[Entry]:
        """All entries; Broken if the chain does not hold, naming the entry."""
        ...


# ---------------------------------------------------------------- model


@dataclass(frozen=True, slots=True)
class Request:
    """One model call. `head` and `messages` are JSON that was encoded once and is never re-encoded."""

    key: str
    model: str
    max_tokens: int
    head: bytes
    """`"system":[…],"tools":[…],"output_config":{…}` without braces; markers on system included."""
    messages: Sequence[bytes]
    """Each a whole message object."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One try that gave no answer."""

    what: str
    wait: float
    """Seconds until the next try; negative where there is none."""
    usage: dict[str, Any] = field(default_factory=dict)
    billable: bool = True
    """False where nothing reached the endpoint, so that nothing can have been charged."""


class Model(Protocol):
    """A Messages API endpoint, or a recording of one."""

    def reply(
        self, request: Request, *, fault: Callable[[Fault], None], progress: Callable[[str], None]
    ) -> dict[str, Any]:
        """The final message as a dict (content, stop_reason, usage, model, …); Unreachable when retries are used up."""
        ...


# ---------------------------------------------------------------- sandbox


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and counts for one command."""

    wall: float = 300.0
    cpu: int = 300
    memory: int = 4 << 30
    processes: int = 256
    file: int = 512 << 20
    disk: int = 2 << 30
    files: int = 200_000
    output: int = 64 << 10
    """What is kept of the output: the first and the last half."""
    flood: int = 64 << 20
    """Output at which the command is ended."""
    open_files: int = 1024


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command in the sandbox. Network: none. `Sandbox.inside` says at which paths it finds its directories."""

    shell: str
    tree: Path
    """Host directory, writable, where the command starts."""
    env: Mapping[str, str] = field(default_factory=dict)
    read: tuple[Path, ...] = ()
    """Host directories mounted read-only at their own path (toolchains)."""
    out: Path | None = None
    """Host directory, writable: reports."""
    sockets: Path | None = None
    """Host directory, writable: Unix sockets to talk through."""
    mounts: tuple[tuple[Path | None, str], ...] = ()
    """(host directory, absolute path inside), read-only; a path below /repo is left out where nothing holds it.
    With None, a directory that lies in one of them is empty and writable, and lasts as long as the command."""
    links: tuple[tuple[Path, str], ...] = ()
    """(host directory, name in the tree): a directory of links to what lies in it, where nothing of that name is."""
    limits: Limits = Limits()
    settled: bool = False
    """Whether all that was put into the tree since its last command belongs to the owner of the folder it lies in."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended; every process of it is dead."""

    code: int
    output: str
    """stdout and stderr together, UTF-8 with replacement, cut in the middle."""
    limit: str = ""
    """The limit that ended it: 'wall time', 'memory', 'processes', 'output', 'disk', 'files', 'cpu'; '' if none."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Inside:
    """Where a command finds its directories. Its output names them by the defaults, wherever they are."""

    work: str = "/repo"
    out: str = "/out"
    sockets: str = "/sockets"

    def plain(self, data: bytes) -> bytes:
        """What a command wrote, such as a report, with the defaults in the place of its own paths."""
        for own, name in ((self.out, "/out"), (self.sockets, "/sockets"), (self.work, "/repo")):
            data = data.replace(own.encode(), name.encode()) if own not in ("", name) else data
        return data


class Process(Protocol):
    """A command that runs in the background."""

    def wait(self) -> Outcome: ...

    def kill(self) -> Outcome: ...

    @property
    def running(self) -> bool: ...


Level = Literal[0, 1, 2, 3]
"""3: namespaces of its own (bubblewrap, Seatbelt). 2: what the kernel lets an ordinary process give up. 1: none, on a
machine that its user declared disposable. 0: none, so that no command runs."""


class Sandbox(Protocol):
    """Runs untrusted commands."""

    level: Level
    why: str
    """One sentence: why this level."""
    network: bool
    """Whether commands have a loopback, so that a service can run and be reached."""

    def inside(self, command: Command) -> Inside:
        """Where `command` will find its directories."""
        ...

    def run(self, command: Command) -> Outcome: ...

    def start(self, command: Command) -> Process: ...

    def forward(self, *, listen: str, to: str) -> str:
        """Shell text that runs the relay inside the sandbox in the background: `unix:/sockets/x` or `tcp:8080`."""
        ...


# ---------------------------------------------------------------- egress


class Way(Protocol):
    """An open way out of the sandbox, to the hosts of named package registries alone."""

    def through(self, command: Command) -> Command:
        """The command with the way out in it."""
        ...

    def reached(self) -> tuple[Reached, ...]:
        """What was asked of which host so far."""
        ...


class Egress(Protocol):
    """Ways to package registries."""

    def refusal(self, kinds: Sequence[Outside]) -> str:
        """Why the sandbox allows none, or ''."""
        ...

    def open(self, kinds: Sequence[Outside]) -> AbstractContextManager[Way]:
        """Mistake where a registry can't be found out or reached."""
        ...


@dataclass(frozen=True, slots=True)
class Outfit:
    """What the project's own set-up made for one state of its lock files."""

    mounts: tuple[tuple[Path | None, str], ...] = ()
    """As those of a Command."""
    env: Mapping[str, str] = field(default_factory=dict)
    """PATH, and what else a toolchain wants."""
    note: str = ""
    """Why it is not the one that was asked for; '' if it is."""


# ---------------------------------------------------------------- workspace


class Objects(Protocol):
    """The part of git that a workspace needs."""

    def files(self, treeish: str) -> Iterator[tuple[str, str, bytes]]:
        """(path, mode, content) of every blob, from raw objects; modes 100644, 100755, 120000; gitlinks left out."""
        ...

    def paths(self, treeish: str) -> Mapping[str, tuple[str, str]]:
        """path -> (mode, object id) of every file, link and gitlink (160000)."""
        ...

    def filtered(self, treeish: str) -> Sequence[str]:
        """Paths that the tree's own attributes send through a filter."""
        ...

    def record(
        self, *, parent: str, changes: Mapping[str, tuple[str, bytes] | None], message: str, ref: str, date: int
    ) -> str:
        """A commit on `parent` with `changes` (path -> (mode, content), None deletes), kept under `ref`; its id."""
        ...


@dataclass(frozen=True, slots=True)
class Ran:
    """A sandboxed command of an agent, and what became of its files."""

    outcome: Outcome
    kept: tuple[str, ...]
    refused: tuple[str, ...]
    """`path — reason`, one a line; these were put back."""
    reached: tuple[Reached, ...] = ()
    """What of the network it asked for."""
    note: str = ""
    """What the agent has to know of its toolchain."""


class Workspace(Protocol):
    """One attempt's private directory. Paths are relative, plain, and checked against the role's permissions."""

    def read(self, path: str) -> bytes:
        """The file's bytes; Mistake with a sentence for the agent when it can't be read."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Create or replace a file; Mistake when the role may not."""
        ...

    def names(self, path: str = "") -> list[str]:
        """Files below `path`, sorted, scratch left out."""
        ...

    def run(self, shell: str, seconds: float) -> Ran:
        """Run in the sandbox, keep what the role may write, put the rest back."""
        ...

    def snapshot(self) -> str:
        """Commit the present content under the run's refs, durably; returns the commit id."""
        ...


class Bench(Protocol):
    """What a gate measures with: git objects, clean checkouts, the sandbox, and a place for evidence."""

    sandbox: Sandbox

    def read(self, tree: str, path: str) -> bytes | None:
        """A file of a commit or tree; None where there is none."""
        ...

    def paths(self, tree: str) -> dict[str, tuple[str, str]]:
        """path -> (mode, blob id) of every file."""
        ...

    def changed(self, before: str, after: str) -> dict[str, str]:
        """path -> A, M, D or T between two commits or trees; no rename detection."""
        ...

    def log(self, base: str, head: str) -> list[dict[str, str]]:
        """Commits of base..head, oldest first: id, author, email, message, parents (space-separated)."""
        ...

    def checkout(self, tree: str) -> AbstractContextManager[Path]:
        """A fresh directory with the tree's files from raw blobs, removed afterwards."""
        ...

    def scratch(self) -> AbstractContextManager[Path]:
        """An empty directory that commands may write to, removed afterwards."""
        ...

    def keep(self, data: bytes) -> str:
        """Store evidence; returns its SHA-256."""
        ...

    def measure(
        self, tree: str, command: str, files: Mapping[str, bytes | None] = ..., limits: Limits = ...
    ) -> tuple[Outcome, dict[str, bytes]]:
        """Run a command on a clean checkout once per (tree, command, files); its reports by file name (at most 32 MB
        each). `files` are put into the checkout first; None takes a file away."""
        ...

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, computed once per key."""
        ...

    def command(self, shell: str, tree: Path, **over: Any) -> Command:
        """A Command with the project's environment on PATH and mounted."""
        ...

    def online(self, kinds: Sequence[Outside]) -> AbstractContextManager[Way]:
        """A way to package registries or advisories, for one command; Mistake where there is none."""
        ...

    def tool(self, shell: str, tree: Path, **over: Any) -> Command:
        """A Command that may name programs of the harness's own environment as `{tools}/NAME`."""
        ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What gates measure."""

    change: Change
    config: Config
    base: str
    """The commit on develop that configuration is read from."""
    entered: str
    """The branch's commit when the stage was entered."""
    head: str
    """The branch's commit under test."""
    tree: str
    """The tree that would be merged: develop and head together, the living spec installed."""
    writes: Callable[[str], str]
    """Why the stage's role may not write a path, or ''."""
    lock: str = ""
    """Digest of the approved spec; empty before the approval."""
    living: str = ""
    """The commit whose living specs the deltas have to fit; '' for `base`."""
    spec: str = ""
    """Where no change has a document of its own: the commit whose living one is approved; '' for the tree's."""
    tip: str = ""
    """The branch's own commit where `head` is the merge that a CI made to try it; '' for `head`."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One row of the gate table."""

    name: str
    title: str
    check: Callable[[Subject, Bench], GateResult]
    ready: Callable[[Config, Sandbox], str]
    """Why it could not run on this machine with this configuration, or ''."""


# ---------------------------------------------------------------- tools


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gives back to the agent."""

    text: str
    code: int = 0
    """The exit code, for a command."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One row of the tool table."""

    name: str
    description: str
    schema: Mapping[str, Any]
    effect: Literal["read", "write", "submit", "ask"]
    """`write` tools are followed by a snapshot; the engine answers `submit` and `ask` itself."""
    run: Callable[[Mapping[str, Any], Workspace], Result] | None = None
    """Mistake becomes an error result."""
