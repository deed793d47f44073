"""Level 3: bubblewrap, with all namespaces of its own, a system-call filter, and limits."""

from __future__ import annotations

import os
import platform
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Mistake
from harness.ports import Command, Inside, Level, Limits, Outcome
from harness.sandbox import mounts, seccomp
from harness.sandbox.copies import Copies
from harness.sandbox.forward import forwarding
from harness.sandbox.identity import unused
from harness.sandbox.links import link
from harness.sandbox.memory import memory
from harness.sandbox.supervise import Launch, Supervised
from harness.sandbox.toolchain import interpreter
from harness.sandbox.tree import hand_over

_RELAY = Path(__file__).with_name("relay.py")
_UNSHARE = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")


@dataclass(frozen=True, slots=True)
class Tools:
    """The system's programs that the sandbox is made of, by absolute path."""

    bwrap: str
    prlimit: str
    setpriv: str
    """Needed by root alone; '' if there is none."""
    locks_namespaces: bool
    """Whether this bubblewrap knows --disable-userns (0.8); the system-call filter refuses user namespaces anyway."""


class Bubblewrap:
    """Runs commands in bubblewrap.

    An ordinary user's commands run in a user namespace, as that user. Root mounts without one, so that toolchains in
    closed home directories can be used, and commands run as a user that nobody else is, one for each tree, because the
    kernel counts processes by user. The tree and /out are handed over to that user before a command starts, and stay
    with it; /sockets is opened to all, so that commands of several trees can meet there. A toolchain that this user
    can't read is mounted from a copy, if `copies` says where these may lie.
    """

    level: Level
    why: str
    network: bool

    def __init__(self, tools: Tools, why: str, copies: Copies | None = None) -> None:
        self.level = 3
        self.why = why
        self.network = True
        self._tools = tools
        self._root = os.getuid() == 0
        self._copies = copies if self._root else None
        self._users: dict[Path, int] = {}
        self._lock = threading.Lock()
        self._relay = _RELAY.read_bytes()
        self._filter = seccomp.build(platform.machine())
        self._python, self._installation = interpreter()

    def inside(self, command: Command) -> Inside:
        """The same for every command: its directories are mounted."""
        return Inside(mounts.WORK, mounts.OUT, mounts.SOCKETS)

    def run(self, command: Command) -> Outcome:
        """Run to the end or a limit; every process of it is dead afterwards."""
        return self.start(command).wait()

    def start(self, command: Command) -> Supervised:
        """Run in the background; Mistake if a directory of `command` is missing."""
        writable = [path for path in (command.tree, command.out, command.sockets) if path is not None]
        for path in (*writable, *command.read, *filter(None, (source for source, _ in command.mounts))):
            if not path.is_dir() or not path.is_absolute():
                raise Mistake(f"{path} is not an absolute path of a directory: the command can't use it")
        uid, gid = self._user(command.tree)
        link(command)
        if self._root:
            self._hand_over(command, uid)
        view = self._view(command, uid)
        watched = tuple(path for path in (command.tree, command.out) if path is not None)
        made = {**mounts.accounts(uid, gid), mounts.RELAY: self._relay}
        files = {path: memory(data) for path, data in made.items()}
        rules = memory(self._filter)
        status, report = os.pipe()
        argv = [
            self._tools.bwrap,
            *self._isolation(uid, gid),
            *mounts.environment(command.env),
            *view,
            *[part for path, fd in files.items() for part in ("--perms", "0644", "--file", str(fd), path)],
            *["--remount-ro", "/", "--chdir", mounts.WORK, "--seccomp", str(rules), "--json-status-fd", str(report)],
            *["--", *self._inside(command.limits, uid), mounts.SHELL, "-c", command.shell],
        ]
        return Supervised(Launch(argv, (*files.values(), rules, report), status, command.limits, watched))

    def _user(self, tree: Path) -> tuple[int, int]:
        """User and group of the commands in `tree`."""
        if not self._root:
            return os.getuid(), os.getgid()
        with self._lock:
            uid = self._users.get(tree) or unused()
            self._users[tree] = uid
        return uid, uid

    def _hand_over(self, command: Command, uid: int) -> None:
        """Give the command's user what it may write."""
        try:
            # what is settled already is not looked through again: that costs as much as all the rest
            settled = command.settled and command.tree.lstat().st_uid == uid
            for path in (None if settled else command.tree, command.out):
                if path is not None:
                    hand_over(path, uid)
                    # bubblewrap goes there while it is root without the right to pass everywhere
                    path.chmod(stat.S_IMODE(path.lstat().st_mode) | 0o011)
            if command.sockets is not None:
                command.sockets.chmod(0o777)
        except OSError as error:
            raise Mistake(
                f"{command.tree} can't be given to the user that commands run as ({error}): use a local file system"
            ) from error

    def forward(self, *, listen: str, to: str) -> str:
        """A shell command that returns once a relay listens at `listen`; the relay goes on in the background."""
        return forwarding([str(self._python), "-I", "-S", mounts.RELAY], listen, to)

    def _isolation(self, uid: int, gid: int) -> list[str]:
        """Namespaces and rights."""
        common = ["--die-with-parent", "--new-session", "--hostname", "sandbox", "--cap-drop", "ALL"]
        if self._root:
            # To become another user takes three rights, which setpriv gives up as it does so.
            kept = [part for name in ("SETUID", "SETGID", "SETPCAP") for part in ("--cap-add", f"CAP_{name}")]
            return [*_UNSHARE, *common, *kept]
        user = ["--unshare-user", "--uid", str(uid), "--gid", str(gid)]
        return [*_UNSHARE, *user, *(["--disable-userns"] if self._tools.locks_namespaces else []), *common]

    def _view(self, command: Command, uid: int) -> list[str]:
        """The file system. What lies below a writable directory's path is mounted after it."""
        out = [*mounts.system(), *mounts.home(uid), *mounts.parents(Path(mounts.RELAY))]
        read = [*self._installation, *command.read]
        below = [path for path in read if path.is_relative_to(mounts.WORK)]
        for path in read:
            out += [] if path in below else mounts.read_only(self._source(path), path)
        out += mounts.writable(command.tree, mounts.WORK)
        for shared, target in ((command.out, mounts.OUT), (command.sockets, mounts.SOCKETS)):
            out += mounts.writable(shared, target) if shared is not None else []
        for path in below:
            out += mounts.read_only(self._source(path), path)
        return out + mounts.extra(command)

    def _source(self, path: Path) -> Path:
        """Where what is seen at `path` lies: a copy, where root's own toolchain is closed to the command's user."""
        return self._copies.readable(path) if self._copies is not None else path

    def _inside(self, limits: Limits, uid: int) -> list[str]:
        """The programs that the command is started through: they change the user, then set its limits."""
        become: list[str] = []
        if self._root:
            user = ["--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
            become = [self._tools.setpriv, *user, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
        # The number of processes counts per user (and user namespace), so it is set once the user is the final one.
        # At the second limit of CPU time the kernel kills without a word; at the first it says what it was.
        seconds = f"{limits.cpu}:{limits.cpu + 1}"
        values = {
            "nproc": limits.processes, "cpu": seconds, "fsize": limits.file, "nofile": limits.open_files, "core": 0,
        }  # fmt: skip
        return [*become, self._tools.prlimit, *[f"--{name}={value}" for name, value in values.items()], "--"]
