"""Runs a project's set-up where it has to be run, and says what it made for a commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import Protocol

from harness.config import Config
from harness.domain.digest import digest
from harness.domain.event import Prepared
from harness.domain.permission import matches
from harness.domain.registry import Reached
from harness.domain.secret import redacted
from harness.errors import HarnessError, Mistake
from harness.ports import Command, Egress, Limits, Outcome, Outfit, Sandbox, Way
from harness.setup.inert import problem
from harness.setup.seal import Visit, ignored_directories, settle
from harness.setup.store import Facts, Sealed, Store

LIMITS = Limits(
    wall=1800.0, cpu=3600, memory=8 << 30, processes=1024, file=2 << 30, disk=12 << 30, files=600_000, open_files=4096
)
LEVEL = 3
_WORK = "/repo"
_PATH = "/usr/local/bin:/usr/bin:/bin"
_MACHINE = """
for program in python3 python node; do command -v $program && $program --version; done
uname -sm
ldd --version 2>&1 | head -n 1
true
"""
"""What a result depends on besides the repository: a package is built for an interpreter and a platform."""
_ROOM = {
    "TMPDIR": "/out", "XDG_CACHE_HOME": "/out/cache", "npm_config_cache": "/out/npm", "PIP_CACHE_DIR": "/out/pip",
}  # fmt: skip
"""Scratch on the disk: the sandbox's own is memory, and small."""
_NO_SCRIPTS = {
    "npm_config_ignore_scripts": "true", "YARN_ENABLE_SCRIPTS": "false", "PIP_ONLY_BINARY": ":all:", "UV_NO_BUILD": "1",
    "POETRY_INSTALLER_ONLY_BINARY": ":all:",
}  # fmt: skip
"""By this, package managers run no scripts of packages; files that can undo it are refused, see inert.py."""
CACHES = {"node_modules": (".cache", ".vite", ".vite-temp", ".vitest")}
"""Where tools write among what they were installed with: there, and nowhere else, a command may, for itself alone."""
_MOST_SAID = 800
"""Characters of the output of a command that failed."""


class Objects(Protocol):
    """The part of git that a set-up needs."""

    def paths(self, treeish: str) -> dict[str, tuple[str, str]]: ...

    def read(self, treeish: str, path: str) -> bytes | None: ...

    def edit(self, tree: str, changes: Mapping[str, tuple[str, str] | None]) -> str: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What an Outfitter works with."""

    objects: Objects
    sandbox: Sandbox
    egress: Callable[[], Egress]
    store: Store
    checkout: Callable[[str, Path, Callable[[str], bool]], AbstractContextManager[Path]]
    """(tree, folder, hides) -> a fresh directory in the folder with the tree's files but what is hidden"""
    visit: Visit
    ignored: Callable[[str], Callable[[str], bool]]
    """commit -> whether its .gitignore ignores a path; a directory's ends with a slash"""
    base: Callable[[], str]
    """The commit of the integration branch."""
    project: str
    """What tells this repository from others: one must not set up for another."""
    progress: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, slots=True)
class _Task:
    """One set-up that may have to be run."""

    key: str
    base: str
    changed: Mapping[str, str | None]
    """Lock files that differ from the base's: path -> blob, None where it is gone."""


class Outfitter:
    """Set-ups of one configuration. Each runs once; a failure is remembered for as long as this lives.

    A set-up works on a checkout of the base commit. For a commit whose lock files differ, these alone are put in their
    place, and unless the base's configuration allows it they may then name nothing but packages, which are installed
    without their scripts: what a role writes must not gain by the set-up a network that the role does not have. What
    an installed package does when its interpreter starts (.pth) is not held: it runs in the set-up's sandbox.
    """

    def __init__(self, parts: Parts, config: Config) -> None:
        self._parts, self._config = parts, config
        self._command = config.commands.setup.strip()
        self._lock = RLock()
        self._made: dict[str, Outfit | str] = {}
        self._tasks: dict[tuple[str, str], _Task] = {}
        self._machine = ""
        self._notes: list[Prepared] = []

    @property
    def needed(self) -> bool:
        """Whether the project has a set-up; a named environment takes its place."""
        return bool(self._command) and not self._config.project.environment

    def unready(self) -> str:
        """Why the base's set-up can't be run or fails, or ''. It is run if need be."""
        try:
            self.outfit(self._parts.base())
        except HarnessError as error:
            return str(error)
        return ""

    def outfit(self, commit: str) -> Outfit:
        """What the set-up makes for `commit` (or tree); Mistake where it fails."""
        if not self.needed:
            return Outfit()
        with self._lock:
            try:
                task = self._task(commit)
                if task.key not in self._made:
                    self._made[task.key] = self._outcome(task)
                made = self._made[task.key]
            except OSError as error:
                raise Mistake(f"the cache of set-ups can't be used: {error}") from error
        if isinstance(made, str):
            raise Mistake(made)
        return made

    def key(self, commit: str) -> str:
        """What the set-up's result for `commit` is known by; '' where none is needed, Mistake where none can be."""
        if not self.needed:
            return ""
        with self._lock:
            return self._task(commit).key

    def _outcome(self, task: _Task) -> Outfit | str:
        """What it made, or why it failed."""
        try:
            return _worn(self._sealed(task))
        except HarnessError as error:
            return str(error)

    def usable(self, commit: str) -> Outfit:
        """What there is for `commit`: where its own set-up fails the base's, with a note that says so."""
        try:
            return self.outfit(commit)
        except HarnessError as error:
            why = f"set-up: {error}"
        try:
            outfit = self.outfit(self._parts.base())
            return replace(outfit, note=f"{why}\n(the toolchain is that of the base commit)")
        except HarnessError:
            return Outfit(note=why)

    def notes(self) -> list[Prepared]:
        """What was done since the last call."""
        with self._lock:
            notes, self._notes = self._notes, []
        return notes

    def _task(self, commit: str) -> _Task:
        """What the set-up of `commit` would be made from."""
        base = self._parts.base()
        if (base, commit) in self._tasks:
            return self._tasks[base, commit]
        own, theirs = self._locks(base), self._locks(commit)
        changed: dict[str, str | None] = {path: None for path in own if path not in theirs}
        changed |= {path: blob for path, blob in theirs.items() if own.get(path) != blob}
        setup = self._config.setup
        for path in () if setup.scripts else sorted(changed):
            if why := problem(path, self._parts.objects.read(base, path), self._parts.objects.read(commit, path)):
                raise Mistake(
                    f"{why}, and the branch changed it: only with `[setup] scripts = true` may it choose code"
                )
        key = digest(
            {
                "project": self._parts.project,
                "command": self._command,
                "locks": {path.encode(errors="surrogateescape").hex(): blob for path, blob in theirs.items()},
                "machine": self._facts(),
                "registries": sorted(setup.registries),
                # What an older harness kept, or one with fewer patterns, may hold a secret.
                "secrets": self._config.secrets.model_dump(mode="json"),
                "scripts": setup.scripts or not changed,
            }
        )
        task = self._tasks[base, commit] = _Task(key, base, changed)
        return task

    def _locks(self, commit: str) -> dict[str, str]:
        """path -> blob of the lock files of a commit."""
        found = {}
        for path, (mode, blob) in self._parts.objects.paths(commit).items():
            if matches(path, self._config.setup.locks) and not self._config.secrets.hides(path):
                if mode not in ("100644", "100755"):
                    raise Mistake(f"{path} decides what the set-up makes, so it has to be a regular file")
                found[path] = blob
        return found

    def _facts(self) -> str:
        """What the sandbox says of interpreters and platform."""
        sandbox = self._parts.sandbox
        if sandbox.level != LEVEL:
            raise Mistake(
                f"`{self._command}` needs sandbox level {LEVEL}, where its result can be mounted, and this is level "
                f"{sandbox.level}: {sandbox.why}"
            )
        if not self._machine:
            with self._parts.store.part() as part:
                self._machine = sandbox.run(Command(_MACHINE, part)).output
        return self._machine

    def _sealed(self, task: _Task) -> Sealed:
        """From the store, or made now."""
        store, branch = self._parts.store, bool(task.changed)
        with store.making(task.key, 2 * LIMITS.wall):
            sealed = store.get(task.key)
            if sealed:
                known = Prepared(command=self._command, digest=task.key, branch=branch, cached=True)
                self._notes.append(known.model_copy(update={"reached": sealed.facts.reached}))
                return sealed
            why, seconds, reached = "it was interrupted", 0.0, list[Reached]()
            try:
                with store.part() as part:
                    outcome, made = self._run(task, part, reached)
                    seconds = outcome.seconds
                    sealed, why = store.keep(*made), ""
                    return sealed
            except (HarnessError, OSError) as error:
                why = str(error)
                raise Mistake(why) from error
            finally:
                note = Prepared(command=self._command, digest=task.key, branch=branch, seconds=round(seconds, 2))
                self._notes.append(note.model_copy(update={"why": why, "reached": tuple(reached)}))

    def _run(self, task: _Task, part: Path, reached: list[Reached]) -> tuple[Outcome, tuple[Path, str, Facts]]:
        """(how the command ended, what is to be kept); Mistake where it failed. What it reached goes to `reached`."""
        self._parts.progress(f"set-up: {self._command}")
        rows = {path: ("100644", blob) if blob else None for path, blob in task.changed.items()}
        tree = self._parts.objects.edit(task.base, rows) if rows else task.base
        with self._parts.checkout(tree, part, self._config.secrets.hides) as work:
            out = part / "out"
            out.mkdir()
            free = {} if self._config.setup.scripts or not task.changed else _NO_SCRIPTS
            command = Command(self._command, work, {**_ROOM, **free}, out=out, limits=LIMITS)
            outcome = self._ran(command, reached)
            if outcome.code or outcome.limit:
                raise Mistake(self._failed(outcome, reached))
            result = part / "result"
            return outcome, (result, task.key, self._taken(task, work, result, outcome.seconds, reached))

    def _ran(self, command: Command, reached: list[Reached]) -> Outcome:
        kinds = self._config.setup.registries
        if not kinds:
            return self._parts.sandbox.run(command)
        way: Way | None = None
        try:
            with self._parts.egress().open(kinds) as way:
                return self._parts.sandbox.run(way.through(command))
        finally:
            # Told last, once all connections are over.
            reached += way.reached() if way else ()

    def _failed(self, outcome: Outcome, reached: list[Reached]) -> str:
        """One line: how the command ended, the end of what it said, and what it was not let through to."""
        how = f"was ended at its limit of {outcome.limit}" if outcome.limit else f"ended with {outcome.code}"
        # Before it is cut: nothing tells a part of a secret.
        lines = [line.strip() for line in "".join(map(_shown, redacted(outcome.output))).splitlines()]
        said = " | ".join(filter(None, lines)) or "it said nothing"
        if len(said) > _MOST_SAID:
            # Some programs begin with what is wrong, some end with it.
            said = f"{said[: _MOST_SAID // 2]} … {said[-_MOST_SAID // 2 :]}"
        refused = "".join(f"; network: {row}" for row in reached if row.why)
        return f"`{self._command}` {how}: {said}{refused}"

    def _taken(self, task: _Task, work: Path, result: Path, seconds: float, reached: list[Reached]) -> Facts:
        """Move what the command made from its tree into `result`."""
        tracked = self._parts.objects.paths(task.base).keys() | task.changed.keys()
        paths = ignored_directories(work, self._parts.ignored(task.base), tracked)
        if not paths:
            raise Mistake(
                f"`{self._command}` left nothing in a directory that .gitignore on the base ignores: name there the "
                "directory that it fills, such as node_modules/ or .venv/"
            )
        result.mkdir(mode=0o755)
        size = 0
        for number, path in enumerate(paths):
            size += settle(work / path, self._parts.visit)
            for name in CACHES.get(path.rpartition("/")[2], ()):
                with suppress(FileExistsError):
                    (work / path / name).mkdir(mode=0o755)
            (work / path).rename(result / str(number))
        return Facts(
            command=self._command, seconds=round(seconds, 2), paths=tuple(paths), size=size, reached=tuple(reached)
        )


def _shown(char: str) -> str:
    """`char`, where it may be shown: what packages print is not to be trusted."""
    return char if char.isprintable() or char == "\n" else " "


def _worn(sealed: Sealed) -> Outfit:
    """The mounts of a result, and the programs in it first on PATH."""
    programs: list[str] = []
    env: dict[str, str] = {}
    mounts: list[tuple[Path | None, str]] = []
    for path, directory in sealed.directories:
        inside, name = f"{_WORK}/{path}", path.rpartition("/")[2]
        if name == "node_modules":
            programs.append(f"{inside}/.bin")
        elif (directory / "pyvenv.cfg").is_file():
            programs.append(f"{inside}/bin")
            env.setdefault("VIRTUAL_ENV", inside)
        caches = [directory / cache for cache in CACHES.get(name, ())]
        own = [cache.name for cache in caches if cache.is_dir() and not cache.is_symlink()]
        mounts += [(directory, inside), *((None, f"{inside}/{cache}") for cache in own)]
    return Outfit(tuple(mounts), {**env, "PATH": ":".join((*programs, _PATH))})
