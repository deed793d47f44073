"""Runs one command without namespaces, as a program of its own; needs the standard library alone.

`python -I -S launch.py FD`: a JSON object lies there (see `Plan` in confined.py). The command gives up what Landlock
and the system-call filter take from it, and, started by root, becomes another user. Every process that it leaves behind
is handed to this one by the kernel and dies with the command: at its end, or when the lifeline, whose other end the
harness holds, is closed.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any

_NO_NEW_PRIVILEGES, _BOUNDING_SET, _DUMPABLE, _SUBREAPER = 38, 24, 4, 36
_LAST_CAPABILITY = 63
_ADD_RULE, _RESTRICT, _CREATE_RULESET = 445, 446, 444
_BENEATH = 1
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_FILTER = 1
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
        most = resource.getrlimit(name)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(name, (value, value))


def become(uid: int) -> None:
    """Become user and group `uid` for good, without any right."""
    for right in range(_LAST_CAPABILITY + 1):
        if _LIBC.prctl(_BOUNDING_SET, right, 0, 0, 0):
            break
    os.setgroups([])
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


def filtered(program: bytes) -> None:
    """Put the system-call filter on."""
    data = ctypes.create_string_buffer(program, len(program))
    header = Program(len(program) // 8, ctypes.cast(data, ctypes.c_void_p))
    call("seccomp", _SECCOMP[os.uname().machine], _FILTER, 0, ctypes.byref(header))


def command(plan: dict[str, Any]) -> None:
    """In the child: give everything up, and become the command."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    # Files in /proc of a process that is not dumpable belong to root.
    control("dumpable", _DUMPABLE, 1)
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")
    confined = plan["ruleset"]
    ruleset = restrict(bytes.fromhex(confined), plan["rules"]) if confined else -1
    os.chdir(plan["work"])
    if plan["uid"] >= 0:
        become(plan["uid"])
    limit(plan["limits"], 0 if plan["uid"] >= 0 else tasks(os.getuid()))
    control("no new privileges", _NO_NEW_PRIVILEGES, 1)
    if confined:
        call("landlock_restrict_self", _RESTRICT, ruleset, 0)
    if plan["filter"]:
        filtered(bytes.fromhex(plan["filter"]))
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


def follow(child: int, lifeline: int, woken: int) -> int | None:
    """The child's exit code; None if the harness asked for the end."""
    poll = select.poll()
    poll.register(lifeline, select.POLLIN | select.POLLHUP)
    poll.register(woken, select.POLLIN)
    while True:
        ready = [fd for fd, _ in poll.poll(_BETWEEN * 1000)]
        if lifeline in ready:
            return None
        if woken in ready:
            os.read(woken, 4096)
        ended = reap()
        if child in ended:
            return ended[child]


def main(arguments: list[str]) -> int:
    """Start the command, wait for its end, end what it left behind."""
    with os.fdopen(int(arguments[0]), "rb") as file:
        plan = json.load(file)
    control("subreaper", _SUBREAPER, 1)
    control("dumpable", _DUMPABLE, 0)
    woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    ready, failed = os.pipe2(os.O_CLOEXEC)
    for fd in (plan["lifeline"], plan["status"]):
        os.set_inheritable(fd, False)
    child = os.fork()
    if child == 0:
        try:
            command(plan)
        except BaseException as error:
            os.write(failed, str(error).encode("utf-8", "backslashreplace")[:500])
        finally:
            os._exit(127)
    os.close(failed)
    code: int | None = None
    try:
        code = follow(child, plan["lifeline"], woken)
    finally:
        end_all()
    why = os.read(ready, 500)
    if why:
        os.write(1, why)
        return 1
    code = 137 if code is None else 128 - code if code < 0 else code
    os.write(plan["status"], json.dumps({"exit-code": code}).encode())
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
