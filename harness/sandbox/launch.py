"""Runs one command without namespaces, as a program of its own; needs the standard library alone.

`python -I -S launch.py FD`: a marshalled `Plan` of confined.py lies there. The command gives up what Landlock
and the system-call filter take from it, and, started by root, becomes another user. Every process that it leaves behind
is handed to this one by the kernel and dies with the command: at its end, or when the lifeline, whose other end the
harness holds, is closed.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import marshal
import os
import resource
import select
import signal
import socket
import struct
import sys
import time

TYPE_CHECKING = False
"""Each command waits for what is imported here, and `typing` and `json` take longer than all the rest."""
if TYPE_CHECKING:
    from typing import Any

_NO_NEW_PRIVILEGES, _BOUNDING_SET, _DUMPABLE, _SUBREAPER = 38, 24, 4, 36
_LAST_CAPABILITY = 63
_ADD_RULE, _RESTRICT, _CREATE_RULESET = 445, 446, 444
_BENEATH = 1
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_FILTER, _NEW_LISTENER = 1, 8
_RECEIVE, _SEND, _VALID = 0xC0502100, 0xC0182101, 0x40082102
"""ioctl of a listener: struct seccomp_notif, struct seccomp_notif_resp, and the id of the first."""
_NOTICE, _ANSWER, _SIZE = "<QIIiIQ6Q", "<QqiI", 80
_HERE, _EMPTY_PATH, _NO_FOLLOW = -100, 0x1000, 0x100
_LONGEST = 4096
_BETWEEN = 0.2
"""Seconds after which processes that were left behind are looked for, should a signal have been missed."""
_LIBC = ctypes.CDLL(None, use_errno=True)


class Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def call(what: str, number: int, *arguments: Any) -> int:
    """A system call; OSError if it fails."""
    result = int(_LIBC.syscall(number, *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def control(what: str, option: int, *values: int) -> None:
    """prctl; OSError if it fails."""
    if _LIBC.prctl(option, *(ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4])):
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def tasks(uid: int) -> int:
    """How many processes and threads the user has on this machine."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == uid:
                    count += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                continue
    return count


def limit(limits: dict[str, int], room: int) -> None:
    """Set the limits of the kernel; that of processes counts those of the user, of which there are `room` already."""
    values = (
        (resource.RLIMIT_NPROC, limits["processes"] + room),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CORE, 0),
    )
    for name, value in values:
        highest = resource.getrlimit(name)[1]
        most = sys.maxsize if highest == resource.RLIM_INFINITY else highest
        value = min(value, most)
        # At the second limit of CPU time the kernel kills without a word; at the first it says what it was.
        resource.setrlimit(name, (value, min(value + (name == resource.RLIMIT_CPU), most)))


def become(uid: int, group: int) -> None:
    """Become user and group `uid` for good, without any right; `group` lets it in to where it works."""
    for right in range(_LAST_CAPABILITY + 1):
        if _LIBC.prctl(_BOUNDING_SET, right, 0, 0, 0):
            break
    os.setgroups([group])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def restrict(attributes: bytes, rules: list[tuple[str, int]]) -> int:
    """A Landlock ruleset, ready to be put on."""
    known = ctypes.create_string_buffer(attributes, len(attributes))
    ruleset = call("landlock_create_ruleset", _CREATE_RULESET, known, ctypes.c_size_t(len(attributes)), 0)
    for path, access in rules:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = ctypes.create_string_buffer(access.to_bytes(8, sys.byteorder) + fd.to_bytes(4, sys.byteorder), 12)
        call(f"landlock_add_rule {path}", _ADD_RULE, ruleset, _BENEATH, rule, 0)
        os.close(fd)
    return ruleset


def filtered(program: bytes, flags: int) -> int:
    """Put the system-call filter on; the listener's descriptor, if `flags` ask for one."""
    data = ctypes.create_string_buffer(program, len(program))
    header = Program(len(program) // 8, ctypes.cast(data, ctypes.c_void_p))
    return call("seccomp", _SECCOMP[os.uname().machine], _FILTER, flags, ctypes.byref(header))


class Marks:
    """Sets modes and times of files for a command of the harness's own user, below `roots` alone.

    The kernel lets a process change these of any file of its user, wherever it lies, and Landlock does not judge it. So
    the filter hands such calls to the launcher, which finds the file, looks where it lies, and changes that very file.
    """

    def __init__(self, listener: int, calls: dict[int, str], roots: list[str]) -> None:
        self._listener = listener
        self._calls = calls
        self._roots = [os.fsencode(root) for root in roots]

    def answer(self) -> None:
        """Do what one waiting call asks for, or refuse it."""
        data = bytearray(_SIZE)
        try:
            fcntl.ioctl(self._listener, _RECEIVE, data)
        except OSError:
            return
        key, pid, _, number, _, _, *arguments = struct.unpack(_NOTICE, data)
        try:
            self._perform(key, pid, self._calls[number], arguments)
            failed = 0
        except OSError as error:
            failed = error.errno or errno.EPERM
        except Exception:
            # Whatever a hostile caller hands over, such as an address with nothing behind it: the launcher lives on.
            failed = errno.EINVAL
        try:
            fcntl.ioctl(self._listener, _SEND, struct.pack(_ANSWER, key, 0, -failed, 0))
        except OSError:
            # The caller is gone.
            return

    def _perform(self, key: int, pid: int, name: str, arguments: list[int]) -> None:
        at = (
            ctypes.c_int(arguments[0]).value
            if name in ("fchmod", "fchmodat", "fchmodat2", "futimesat", "utimensat")
            else _HERE
        )
        rest = arguments[1:] if name in ("fchmodat", "fchmodat2", "futimesat", "utimensat") else arguments
        flags = arguments[3] if name in ("fchmodat2", "utimensat") else 0
        path = b"" if name == "fchmod" or not rest[0] else memory(pid, rest[0], _LONGEST).split(b"\0")[0]
        if not path and name != "fchmod" and rest[0] and not flags & _EMPTY_PATH:
            raise FileNotFoundError(errno.ENOENT, "no path")
        times = None if "chmod" in name else stamps(pid, name, rest[1])
        fd = os.open(found(pid, at, path), os.O_PATH | os.O_CLOEXEC | (os.O_NOFOLLOW if flags & _NO_FOLLOW else 0))
        try:
            # Only now: the process that was looked at is still the one that asks.
            fcntl.ioctl(self._listener, _VALID, struct.pack("<Q", key))
            place = os.readlink(b"/proc/self/fd/%d" % fd)
            if not any(place == root or place.startswith(root + b"/") for root in self._roots):
                raise PermissionError(errno.EPERM, "outside")
            if times is None:
                os.chmod(f"/proc/self/fd/{fd}", rest[1] & 0o1777)
            elif _LIBC.utimensat(fd, b"", times, _EMPTY_PATH):
                raise OSError(ctypes.get_errno(), "utimensat")
        finally:
            os.close(fd)


def memory(pid: int, address: int, size: int) -> bytes:
    """What a process has at `address`, up to the end of what can be read."""
    fd = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    try:
        # Not across a page at once: the next one may not be there.
        first = min(size, 4096 - address % 4096)
        data = os.pread(fd, first, address)
        if b"\0" in data or first == size:
            return data
        return data + os.pread(fd, size - first, address + first)
    finally:
        os.close(fd)


def stamps(pid: int, name: str, address: int) -> ctypes.Array[ctypes.c_char]:
    """Access and modification time as two struct timespec; without any, the present."""
    if not address:
        pairs = [0, (1 << 30) - 1] * 2
    elif name == "utime":
        seconds = struct.unpack("<2q", memory(pid, address, 16))
        pairs = [seconds[0], 0, seconds[1], 0]
    else:
        pairs = list(struct.unpack("<4q", memory(pid, address, 32)))
        if name != "utimensat":
            pairs[1], pairs[3] = pairs[1] * 1000, pairs[3] * 1000
    return ctypes.create_string_buffer(struct.pack("<4q", *pairs), 32)


def found(pid: int, at: int, path: bytes) -> bytes:
    """`path` as process `pid` means it."""
    own = b"/proc/%d" % pid
    for name, there in ((b"/proc/self/", own), (b"/proc/thread-self/", own), (b"/dev/fd/", own + b"/fd")):
        if path.startswith(name):
            return there + b"/" + path[len(name) :]
    if path.startswith(b"/"):
        return path
    base = own + (b"/cwd" if at == _HERE else b"/fd/%d" % at)
    return base + b"/" + path if path else base


def command(plan: dict[str, Any], channel: socket.socket | None) -> None:
    """In the child: give everything up, and become the command."""
    os.setsid()
    # Python ignores the last two, and what is ignored stays so in the command.
    for name in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(name, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    # Files in /proc of a process that is not dumpable belong to root.
    control("dumpable", _DUMPABLE, 1)
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")
    confined = plan["ruleset"]
    ruleset = restrict(bytes.fromhex(confined), plan["rules"]) if confined else -1
    os.chdir(plan["work"])
    if plan["uid"] >= 0:
        become(plan["uid"], plan["group"])
    limit(plan["limits"], 0 if plan["uid"] >= 0 else tasks(os.getuid()))
    control("no new privileges", _NO_NEW_PRIVILEGES, 1)
    if confined:
        call("landlock_restrict_self", _RESTRICT, ruleset, 0)
    if plan["filter"]:
        listener = filtered(bytes.fromhex(plan["filter"]), _NEW_LISTENER if channel else 0)
        if channel:
            socket.send_fds(channel, [b"0"], [listener])
            os.close(listener)
    os.execve(plan["argv"][0], plan["argv"], plan["env"])


def below(root: int) -> list[int]:
    """All processes below `root` that are not yet done with."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(name))
    found: list[int] = []
    todo = [root]
    while todo:
        mine = children.pop(todo.pop(), [])
        found += mine
        todo += mine
    return found


def reap() -> dict[int, int]:
    """pid -> exit code of the children that have ended."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not pid:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def end_all() -> None:
    """Kill everything below this process. Stopped first: what is stopped makes no more."""
    reap()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        # Whoever loses its parent becomes a child of this process: without children there is nothing below.
        return
    stopped: set[int] = set()
    while fresh := set(below(os.getpid())) - stopped:
        for pid in fresh:
            send(pid, signal.SIGSTOP)
        stopped |= fresh
        reap()
    while left := below(os.getpid()):
        for pid in left:
            send(pid, signal.SIGKILL)
        reap()
        time.sleep(0.001)
    reap()


def send(pid: int, what: signal.Signals) -> None:
    """A signal, unless the process is gone."""
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return


def follow(child: int, lifeline: int, woken: int, marks: tuple[int, Marks] | None) -> int | None:
    """The child's exit code; None if the harness asked for the end."""
    poll = select.poll()
    if marks:
        poll.register(marks[0], select.POLLIN)
    poll.register(lifeline, select.POLLIN | select.POLLHUP)
    poll.register(woken, select.POLLIN)
    while True:
        events = poll.poll(_BETWEEN * 1000)
        ready = [fd for fd, _ in events]
        if lifeline in ready:
            return None
        if marks and (marks[0], select.POLLIN) in events:
            marks[1].answer()
        elif marks and marks[0] in ready:
            poll.unregister(marks[0])
        if woken in ready:
            os.read(woken, 4096)
        ended = reap()
        if child in ended:
            return ended[child]


def listening(
    plan: dict[str, Any], channel: socket.socket | None, other: socket.socket | None
) -> tuple[int, Marks] | None:
    """The listener that the child hands over, and what answers it; None where there is none."""
    if channel is None or other is None:
        return None
    other.close()
    fds = socket.recv_fds(channel, 1, 1)[1]
    return (fds[0], Marks(fds[0], plan["marks"], plan["roots"])) if fds else None


def main(arguments: list[str]) -> int:
    """Start the command, wait for its end, end what it left behind."""
    with os.fdopen(int(arguments[0]), "rb") as file:
        plan = marshal.load(file)
    control("subreaper", _SUBREAPER, 1)
    control("dumpable", _DUMPABLE, 0)
    woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    ready, failed = os.pipe2(os.O_CLOEXEC)
    channel, other = socket.socketpair() if plan["marks"] else (None, None)
    for fd in (plan["lifeline"], plan["status"]):
        os.set_inheritable(fd, False)
    child = os.fork()
    if child == 0:
        try:
            command(plan, other)
        except BaseException as error:
            os.write(failed, str(error).encode("utf-8", "backslashreplace")[:500])
        finally:
            os._exit(127)
    os.close(failed)
    code: int | None = None
    try:
        code = follow(child, plan["lifeline"], woken, listening(plan, channel, other))
    finally:
        end_all()
    why = os.read(ready, 500)
    if why:
        os.write(1, why)
        return 1
    code = 137 if code is None else 128 - code if code < 0 else code
    os.write(plan["status"], f'{{"exit-code": {code}}}'.encode())
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
