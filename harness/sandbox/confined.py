"""Levels 2 and 1: plain processes below a launcher, which at level 2 give up what Landlock and seccomp can take."""

from __future__ import annotations

import marshal
import os
import platform
import re
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from harness.errors import HarnessError, Mistake
from harness.ports import Command, Inside, Level, Outcome
from harness.sandbox import landlock, mounts, seccomp
from harness.sandbox.copies import Copies
from harness.sandbox.forward import forwarding
from harness.sandbox.identity import unused
from harness.sandbox.links import link
from harness.sandbox.memory import memory
from harness.sandbox.own import Own
from harness.sandbox.place import open_way, place, reachable
from harness.sandbox.relocate import libraries
from harness.sandbox.supervise import Launch, Supervised
from harness.sandbox.toolchain import interpreter
from harness.sandbox.tree import hand_over
from harness.sandbox.usage import fields_of

_RELAY = Path(__file__).with_name("relay.py")
_LAUNCH = Path(__file__).with_name("launch.py")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_ETC = (*mounts.ETC, "passwd", "group", "hosts")
_FIXED = re.compile(r"(?<![\w.$}~-])/(repo|tmp|out)(?![\w.-])")
"""Paths that commands have at level 3 alone."""
_NOTE = "[there is no /repo, /out or /tmp here: use relative paths for the repository, and $TMPDIR for the rest]"
_DEATH = 10.0
_LONGEST = 128 << 10
"""Bytes of one argument, by the kernel."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the launcher is told."""

    argv: list[str]
    env: dict[str, str]
    work: str
    uid: int
    """The user to become; -1 to stay who one is."""
    group: int
    """The group by which that user gets to its directories."""
    limits: dict[str, Any]
    ruleset: str
    """Attributes of the Landlock ruleset, in hexadecimal; '' for none."""
    rules: list[tuple[str, int]]
    filter: str
    """The system-call filter, in hexadecimal; '' for none."""
    marks: dict[int, str]
    """Calls that the filter hands to the launcher, by number; none where the command's user is its own."""
    roots: list[str]
    """Directories below which the launcher sets modes and times."""
    lifeline: int
    status: int


class Confined:
    """Runs commands without namespaces: at level 2 confined by the kernel, at level 1 not at all.

    There are no mounts: a command finds its directories where they lie, and what it says of them is translated, so
    that outputs read as at level 3. Each has a HOME and a TMPDIR of its own. Root's commands run as a user that nobody
    else is, one for each tree; what they work in must lie where that user can pass, and toolchains that it can't read
    are used from copies. There is no network; at level 1, that of the machine.
    """

    level: Level
    why: str
    network: bool

    def __init__(self, level: Literal[1, 2], why: str, *, known: int) -> None:
        """`known` is the version of Landlock to use, at most the kernel's."""
        self.level = level
        self.why = why
        self.network = level == 1
        self._root = os.getuid() == 0
        self._python, self._installation = interpreter()
        self._base = place()
        self._copies = Copies(self._base / "toolchains", moved=True) if self._root else None
        self._own = Own(self._base)
        self._lock = threading.Lock()
        self._users: dict[Path, int] = {}
        self._busy: dict[int, int] = {}
        self._ruleset = landlock.ruleset(known) if level == 2 else b""
        scoped = known >= landlock.SCOPED
        machine = platform.machine()
        self._filter = seccomp.confined(machine, alone=self._root, scoped=scoped) if level == 2 else b""
        self._marks = seccomp.marks(machine) if level == 2 and not self._root else {}

    def inside(self, command: Command) -> Inside:
        """The directories' own paths."""
        pairs = ((command.tree, mounts.WORK), (command.out, mounts.OUT), (command.sockets, mounts.SOCKETS))
        return Inside(*(str(path.resolve()) if path else name for path, name in pairs))

    def run(self, command: Command) -> Outcome:
        """Run to the end or a limit; every process of it is dead afterwards."""
        return self.start(command).wait()

    def start(self, command: Command) -> Supervised:
        """Run in the background; Mistake if a directory of `command` is missing or can't be used."""
        writable = [path for path in (command.tree, command.out, command.sockets) if path is not None]
        for path in (*writable, *command.read):
            if not path.is_dir() or not path.is_absolute():
                raise Mistake(f"{path} is not an absolute path of a directory: the command can't use it")
        _given(command.shell)
        uid = self._user(command.tree)
        moved = self._moved(command)
        link(command, lambda path: translated(path, moved))
        home, temporary = self._own.make(uid)

        def after() -> None:
            self._release(uid)
            self._own.remove(home.parent)

        try:
            self._hand_over(command, writable, uid)
            return self._launched(command, uid, moved, (home, temporary), after)
        except BaseException:
            after()
            raise

    def forward(self, *, listen: str, to: str) -> str:
        """A shell command that returns once a relay listens at `listen`; Mistake where there is no network."""
        if not self.network:
            raise Mistake(f"no service can run at level {self.level} of the sandbox: it has no network of its own")
        # As text: the harness itself may lie where the command's user can't read it.
        return forwarding([str(self._python), "-I", "-S", "-c", _RELAY.read_text(encoding="utf-8")], listen, to)

    def _launched(
        self, command: Command, uid: int, moved: Mapping[Path, Path], own: tuple[Path, Path], after: Callable[[], None]
    ) -> Supervised:
        status, report = os.pipe()
        end, lifeline = os.pipe()
        inside = self.inside(command)
        writable = tuple(path for path in (command.tree, command.out, command.sockets) if path is not None)
        env = {**mounts.ENVIRONMENT, **command.env, "HOME": str(own[0]), "TMPDIR": str(own[1])}
        found = libraries(moved)
        if found:
            env["LD_LIBRARY_PATH"] = ":".join(filter(None, [found, env.get("LD_LIBRARY_PATH", "")]))
        plan = Plan(
            argv=[mounts.SHELL, "-c", translated(command.shell, moved)],
            env={key: translated(value, moved) for key, value in env.items()},
            work=inside.work,
            uid=uid,
            group=self._base.stat().st_gid,
            limits=asdict(command.limits),
            ruleset=self._ruleset.hex(),
            rules=self._rules(command, moved, (*writable, *own)) if self.level == 2 else [],
            filter=self._filter.hex(),
            marks=self._marks,
            roots=[str(path.resolve()) for path in (*writable, *own)],
            lifeline=end,
            status=report,
        )
        try:
            said = memory(marshal.dumps(asdict(plan)))
        except BaseException:
            for fd in (status, report, end, lifeline):
                os.close(fd)
            raise
        return Supervised(
            Launch(
                [str(self._python), "-I", "-S", str(_LAUNCH), str(said)],
                (said, end, report),
                status,
                command.limits,
                tuple(path for path in (command.tree, command.out, *own) if path is not None),
                lifeline=lifeline,
                names=self._names(inside, moved, own),
                note=_NOTE if _FIXED.search(command.shell) else "",
                after=after,
            )
        )

    def _user(self, tree: Path) -> int:
        """The user of the commands in `tree`, counted as in use; -1 for the harness's own."""
        if not self._root:
            return -1
        with self._lock:
            uid = self._users.get(tree) or unused()
            self._users[tree] = uid
            self._busy[uid] = self._busy.get(uid, 0) + 1
        return uid

    def _release(self, uid: int) -> None:
        """After a command: with the last one of a user, whatever runs as that user ends."""
        if uid < 0:
            return
        with self._lock:
            self._busy[uid] -= 1
            if not self._busy[uid]:
                end_user(uid)

    def _hand_over(self, command: Command, writable: list[Path], uid: int) -> None:
        """Give the command's user what it may write, closed to others, and the way there."""
        if uid < 0:
            return
        for path in writable:
            open_way(path.resolve(), self._base)
            if not reachable(path.parent, self._base):
                raise Mistake(f"{path} lies in a directory that is closed to other users: commands can't work there")
            if command.settled and path == command.tree and path.lstat().st_uid == uid:
                continue
            try:
                hand_over(path, uid)
                path.chmod(0o700)
            except OSError as error:
                raise Mistake(f"{path} can't be given to the user that commands run as: {error}") from error

    def _moved(self, command: Command) -> dict[Path, Path]:
        """Toolchains that the command's user can't read where they lie -> their copies."""
        moved: dict[Path, Path] = {}
        if self._copies is None:
            return moved
        copied: dict[Path, Path] = {}

        # What others are made from comes first: an environment names its installation. A link comes before what it
        # leads to: its copy stands for both.
        def rank(path: Path) -> tuple[bool, bool]:
            return (path / "pyvenv.cfg").exists(), not path.is_symlink()

        for path in sorted({*self._installation, *command.read}, key=rank):
            real = path.resolve()
            copy = copied[real] if real in copied else self._copies.readable(path, moved)
            if copy != path:
                moved[path] = copied[real] = copy
        return moved

    def _rules(self, command: Command, moved: Mapping[Path, Path], writable: tuple[Path, ...]) -> list[tuple[str, int]]:
        """What Landlock allows."""
        tools = [moved.get(path, path) for path in (*self._installation, *command.read)]
        return landlock.rules(
            [
                *((Path(path), landlock.RUN) for path in _SYSTEM),
                *((Path("/etc", name), landlock.READ) for name in _ETC),
                (Path("/proc"), landlock.READ),
                *((Path(path), landlock.DEVICE) for path in _DEVICES),
                *((path, landlock.RUN) for path in tools),
                *((path, landlock.WRITE) for path in writable),
            ]
        )

    def _names(self, inside: Inside, moved: Mapping[Path, Path], own: tuple[Path, Path]) -> dict[bytes, bytes]:
        """Paths of the machine that outputs may hold -> what they are called at level 3."""
        pairs = [
            (inside.work, mounts.WORK), (inside.out, mounts.OUT), (inside.sockets, mounts.SOCKETS),
            (str(own[0]), mounts.HOME), (str(own[1]), "/tmp"),
            *((str(copy), str(path)) for path, copy in moved.items()),
        ]  # fmt: skip
        return {os.fsencode(path): os.fsencode(name) for path, name in pairs if path != name}


def _given(shell: str) -> None:
    """Mistake where no program can be given this text."""
    try:
        fit = "\0" not in shell and len(os.fsencode(shell)) < _LONGEST
    except UnicodeEncodeError:
        fit = False
    if not fit:
        raise Mistake(
            "The sandbox could not be started: the command is too long, or holds what no program can be given"
        )


def translated(text: str, moved: Mapping[Path, Path]) -> str:
    """`text` with the paths of copies for those that were copied."""
    for path in sorted(moved, key=lambda path: len(str(path)), reverse=True):
        # A copy's name is hexadecimal and its place plain: nothing in it means anything in a replacement.
        text = re.sub(re.escape(str(path)) + r"(?![\w.-])", str(moved[path]), text)
    return text


def end_user(uid: int) -> None:
    """Kill every process of user `uid`."""
    deadline = time.monotonic() + _DEATH
    while left := [pid for pid in processes() if owner(pid) == uid]:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise HarnessError("A sandboxed process does not die: restart the machine before you go on")
        time.sleep(0.001)


def processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def owner(pid: int) -> int:
    """The user of a process; -1 if it is gone or done with."""
    try:
        uid = os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return -1
    # Most are root's, of which nothing else needs to be known.
    return uid if uid == 0 or fields_of(pid)[:1] not in ([], ["Z"]) else -1
