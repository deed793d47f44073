"""What a sandboxed command sees of the file system, and its environment, as bubblewrap's arguments."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

SHELL = "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh"
"""What runs a command: the shell that agents write for, where the machine has it."""
WORK, OUT, SOCKETS, HOME, RELAY = "/repo", "/out", "/sockets", "/home/agent", "/harness/relay.py"
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": HOME,
    "USER": "agent",
    "LOGNAME": "agent",
    "SHELL": SHELL,
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "TMPDIR": "/tmp",
    "CI": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
_TEMPORARY = 256 << 20
"""Bytes of each of /tmp, the home directory and /dev/shm; they are memory."""
ETC = (
    "alternatives", "ca-certificates", "ca-certificates.conf", "host.conf", "ld.so.cache", "ld.so.conf",
    "ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "protocols", "services", "ssl/certs", "ssl/openssl.cnf",
)  # fmt: skip
"""What a command may read of /etc."""
_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


def system() -> list[str]:
    """The operating system's own files, read-only, and fresh /proc, /dev, /tmp and home."""
    out = ["--ro-bind", "/usr", "/usr"]
    for name in _MERGED:
        path = Path("/", name)
        if path.is_symlink():
            out += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            out += ["--ro-bind", str(path), str(path)]
    out += parents(Path("/etc/ssl/certs"))
    for name in ETC:
        out += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    out += ["--proc", "/proc", "--dev", "/dev"]
    for place in ("/dev/shm", "/tmp"):
        out += ["--perms", "1777", "--size", str(_TEMPORARY), "--tmpfs", place]
    return [*out, "--remount-ro", "/dev"]


def home(uid: int) -> list[str]:
    """An empty home directory that user `uid` may write."""
    # A tmpfs belongs to who mounts it; root mounts it for another user, who then needs a mode that lets him in.
    mode = "0700" if uid == os.getuid() else "1777"
    return [*parents(Path(HOME)), "--perms", mode, "--size", str(_TEMPORARY), "--tmpfs", HOME]


def parents(path: Path) -> list[str]:
    """Directories above `path`, open to all: what root creates otherwise may be closed to the command's user."""
    out: list[str] = []
    for directory in reversed(path.parents[:-1]):
        out += ["--perms", "0755", "--dir", str(directory)]
    return out


def read_only(source: Path, path: Path) -> list[str]:
    """`source` of the host, read-only, at `path`."""
    return [*parents(path), "--ro-bind", str(source), str(path)]


def writable(path: Path, target: str) -> list[str]:
    """`path` of the host at `target`."""
    return ["--bind", str(path), target]


def environment(extra: Mapping[str, str]) -> list[str]:
    """Nothing of the harness's own environment; the fixed one, and `extra` on top."""
    out = ["--clearenv"]
    for key, value in {**ENVIRONMENT, **extra}.items():
        out += ["--setenv", key, value]
    return out


def accounts(uid: int, gid: int) -> dict[str, bytes]:
    """Files of /etc that are written for the sandbox, by path."""
    return {
        "/etc/passwd": f"agent:x:{uid}:{gid}:agent:{HOME}:{SHELL}\n".encode(),
        "/etc/group": f"agent:x:{gid}:\n".encode(),
        "/etc/hosts": b"127.0.0.1 localhost\n::1 localhost\n",
    }
