"""What gates measure with: one repository, one sandbox, fresh directories; each measurement is made once."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeVar, cast

from harness.config import Config
from harness.domain.registry import Outside
from harness.errors import Mistake
from harness.gates.schema import unmigrated
from harness.gates.servers import servers
from harness.ports import Command, Inside, Limits, Outcome, Outfit, Sandbox, Way

MOST_REPORT = 32 << 20
"""Bytes of one report."""
MOST_REPORTS = 2000
MOST_BYTES = 512 << 20
"""Of all reports together."""
REPORTS = (".xml", ".json", ".sarif")
"""How the names of reports end that decide a gate: one that is not read must not be taken for one that is not there."""
NOWHERE = Inside()
PLAIN = Config()
LIMITS = Limits()
NOTHING: Mapping[str, bytes | None] = {}
T = TypeVar("T")


class Repository(Protocol):
    """The part of git that gates read."""

    def read(self, treeish: str, path: str) -> bytes | None: ...

    def paths(self, treeish: str) -> dict[str, tuple[str, str]]: ...

    def changed(self, before: str, after: str) -> dict[str, str]: ...

    def log(self, base: str, head: str) -> list[dict[str, str]]: ...

    def files(self, treeish: str) -> Iterator[tuple[str, str, bytes]]: ...


class GitBench:
    """A Bench on a git repository. Safe to use from several threads; it remembers what it measured while it lives.

    `scratch` is where directories are made: keep its path short, Unix sockets lie in there. `toolchain` are the
    directories that commands need, mounted read-only; `environment` is the one of them whose programs come first on
    PATH, '' for none. `remove` deletes a directory that commands have filled with anything. `hidden` says which files
    are left out of checkouts: what tests print of a secret, a role would be told. `outfit` gives what the project's
    set-up made for a tree; a command on its checkout has that, too. `own` are the directories of the harness's own
    environment: gates run tools from there. `config` says which command runs the unit tests, and what
    servers these need. `way` opens a way to package registries.
    """

    def __init__(
        self,
        git: Repository,
        sandbox: Sandbox,
        *,
        scratch: Path,
        blobs_put: Callable[[bytes], str],
        toolchain: tuple[Path, ...],
        environment: str,
        remove: Callable[[Path], None],
        hidden: Callable[[str], bool] = lambda path: False,
        outfit: Callable[[str], Outfit] | None = None,
        own: tuple[Path, ...] = (),
        config: Config = PLAIN,
        way: Callable[[Sequence[Outside]], AbstractContextManager[Way]] | None = None,
    ) -> None:
        self.sandbox = sandbox
        self._config = config
        self._own = own
        self._way = way
        self._outfit = outfit
        self._checkouts: dict[Path, str] = {}
        self._git = git
        self._scratch = scratch
        self._put = blobs_put
        self._toolchain = toolchain
        self._environment = environment
        self._remove = remove
        self._hidden = hidden
        self._lock = Lock()
        self._memo: dict[Hashable, Future[Any]] = {}

    def read(self, tree: str, path: str) -> bytes | None:
        """A file of a commit or tree; None where there is none."""
        return self._git.read(tree, path)

    def paths(self, tree: str) -> dict[str, tuple[str, str]]:
        """path -> (mode, blob id) of every file."""
        return self._git.paths(tree)

    def changed(self, before: str, after: str) -> dict[str, str]:
        """path -> A, M, D or T between two commits or trees."""
        return self._git.changed(before, after)

    def log(self, base: str, head: str) -> list[dict[str, str]]:
        """Commits of base..head, oldest first."""
        return self._git.log(base, head)

    def keep(self, data: bytes) -> str:
        """Store evidence; returns its SHA-256."""
        return self._put(data)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty directory, removed afterwards."""
        self._scratch.mkdir(mode=0o711, parents=True, exist_ok=True)
        path = self._scratch / secrets.token_hex(4)
        path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            self._remove(path)

    @contextmanager
    def checkout(self, tree: str) -> Iterator[Path]:
        """A fresh directory with the tree's files from raw blobs, secrets left out, removed afterwards."""
        with self.scratch() as path:
            root = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                for name, mode, content in self._git.files(tree):
                    if not self._hidden(name):
                        _place(root, name, mode, content)
            finally:
                os.close(root)
            self._checkouts[path] = tree
            try:
                yield path
            finally:
                del self._checkouts[path]

    def _modules(self) -> tuple[tuple[Path, str], ...]:
        """The named environment's node_modules, where Node looks for it."""
        base = Path(self._environment)
        place = base if base.name == "node_modules" else base / "node_modules"
        return ((place, "node_modules"),) if self._environment and place.is_dir() else ()

    def command(self, shell: str, tree: Path, **over: Any) -> Command:
        """A Command with the project's environment on PATH, mounted and linked; `over` sets further fields of it."""
        known = self._checkouts.get(tree)
        outfit = self._outfit(known) if self._outfit and known else Outfit()
        env = {**self._path(), **outfit.env, **cast("Mapping[str, str]", over.pop("env", {}))}
        read = (*self._toolchain, *over.pop("read", ()))
        mounts = (*outfit.mounts, *over.pop("mounts", ()))
        return Command(shell, tree, env=env, read=read, mounts=mounts, links=self._modules(), **over)

    def tool(self, shell: str, tree: Path, **over: Any) -> Command:
        """A Command that may name programs of the harness's own environment as `{tools}/NAME`."""
        return self.command(
            shell.replace("{tools}", f"{sys.prefix}/bin"), tree, read=(*self._own, *over.pop("read", ())), **over
        )

    def online(self, kinds: Sequence[Outside]) -> AbstractContextManager[Way]:
        """A way to package registries or advisories, for one command; Mistake where there is none."""
        if self._way is None:
            raise Mistake("nothing here gives a way to package registries")
        return self._way(kinds)

    def measure(
        self, tree: str, command: str, files: Mapping[str, bytes | None] = NOTHING, limits: Limits = LIMITS
    ) -> tuple[Outcome, dict[str, bytes]]:
        """Run a command on a clean checkout once per (tree, command, files); its reports by file name.

        `files` are put into the checkout first; None takes a file away.
        """
        key = ("measure", tree, command, frozenset(files.items()))
        return self.once(key, lambda: self._measure(tree, command, files, limits))

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, computed once per key: a second caller waits. A failure is not remembered."""
        with self._lock:
            future = self._memo.get(key)
            mine = future is None
            if future is None:
                future = self._memo[key] = Future()
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    del self._memo[key]
                future.set_exception(error)
                raise
        return cast("T", future.result())

    def _measure(
        self, tree: str, command: str, files: Mapping[str, bytes | None], limits: Limits
    ) -> tuple[Outcome, dict[str, bytes]]:
        """Unit tests, and what is made of their command, find fresh servers with the tree's schema."""
        unit = self._config.commands.unit.strip()
        tests = bool(unit) and unit in command
        wanted = self._config.services if tests else PLAIN.services
        with servers(wanted, self) as beside, self.checkout(tree) as work, self.scratch() as out:
            _replace(work, files)
            why = unmigrated(self._config, work, beside, self) if beside.running else ""
            asked = self.command(command, work, out=out, limits=limits)
            inside = self.sandbox.inside(asked)
            asked = replace(asked, shell=command.replace("{out}", inside.out))
            outcome = self.sandbox.run(beside.joined(asked, "service"))
            # Tests run without a schema, too: on the base's sources they have to fail, and say so themselves.
            return replace(outcome, output=f"{why}\n{outcome.output}" if why else outcome.output), reports(out, inside)

    def _path(self) -> dict[str, str]:
        if not self._environment:
            return {}
        base = Path(self._environment)
        programs = base / ("node_modules/.bin" if (base / "node_modules").is_dir() else "bin")
        programs = base / ".bin" if base.name == "node_modules" else programs
        return {"PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin", "VIRTUAL_ENV": self._environment}


def reports(directory: Path, inside: Inside = NOWHERE) -> dict[str, bytes]:
    """name -> content of the regular files in `directory`, no link followed; what is of no known kind only up to 32 MB.

    Paths that the command found its directories at, as `inside` has them, are given back as /repo and /out. Mistake
    where there are more reports, or larger ones, than are read.
    """
    found: dict[str, bytes] = {}
    size = 0
    root = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        with os.scandir(root) as entries:
            names = sorted((entry.name for entry in entries), key=lambda name: (not name.endswith(REPORTS), name))
        for name in names:
            deciding = name.endswith(REPORTS)
            if len(found) >= MOST_REPORTS or size > MOST_BYTES:
                if deciding:
                    raise Mistake(
                        f"the command left more than {MOST_REPORTS} reports, or {MOST_BYTES >> 20} MB of them"
                    )
                break
            data = _regular(root, name)
            if data is not None and len(data) <= MOST_REPORT:
                size += len(data)
                found[name.encode(errors="backslashreplace").decode()] = inside.plain(data)
            elif data is not None and deciding and not name.startswith("coverage"):
                raise Mistake(f"the report {name} is larger than {MOST_REPORT >> 20} MB, which is not read")
    finally:
        os.close(root)
    return found


def _regular(root: int, name: str) -> bytes | None:
    """Content of a regular file, of a larger one a byte more than is read; None where it is none."""
    try:
        # Without O_NONBLOCK a named pipe in the report directory would hold the gate for ever.
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=root)
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            return None
        with os.fdopen(fd, "rb", closefd=False) as file:
            return file.read(MOST_REPORT + 1)
    finally:
        os.close(fd)


def _place(root: int, path: str, mode: str, content: bytes) -> None:
    """Write one file below `root`; git's trees can't hold `..`, but what is in the directory may be a link already."""
    *folders, name = path.split("/")
    if name in ("", ".", "..") or any(part in ("", ".", "..") for part in folders):
        return
    here = os.dup(root)
    try:
        for part in folders:
            with suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=here)
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        if mode == "120000":
            if inside(folders, os.fsdecode(content)):
                os.symlink(content, os.fsencode(name), dir_fd=here)
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        fd = os.open(name, flags, 0o755 if mode == "100755" else 0o644, dir_fd=here)
        with os.fdopen(fd, "wb") as file:
            file.write(content)
    finally:
        os.close(here)


def _replace(directory: Path, files: Mapping[str, bytes | None]) -> None:
    """Put `files` into a fresh checkout, in which nobody has run anything; None takes one away."""
    root = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for path, content in files.items():
            with suppress(FileNotFoundError, NotADirectoryError):
                _remove(root, path)
            if content is not None:
                _place(root, path, "100644", content)
    finally:
        os.close(root)


def _remove(root: int, path: str) -> None:
    """Take away one file; no link on the way is followed."""
    *folders, name = path.split("/")
    here = os.dup(root)
    try:
        for part in folders:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        os.unlink(name, dir_fd=here)
    finally:
        os.close(here)


def inside(folders: list[str], target: str) -> bool:
    """Whether a link in `folders` to `target` stays below the checkout."""
    if not target or target.startswith("/") or "\0" in target:
        return False
    depth = len(folders)
    for part in target.split("/"):
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            return False
    return True
