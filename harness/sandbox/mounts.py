"""What a sandboxed command sees of the file system, and its environment, as bubblewrap's arguments."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from harness.ports import Command

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
_CACHE, _MOST_CACHES = 64 << 20, 8
"""Bytes of a writable directory in a mounted one, and how many there are at most; they are memory, too."""
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


def extra(command: Command) -> list[str]:
    """The mounts that `command` asks for by itself, and the writable directories in them."""
    out: list[str] = []
    made: list[Path] = []
    for source, text in command.mounts:
        inside = Path(text)
        if source is None:
            if out.count("--tmpfs") < _MOST_CACHES and any(inside.is_relative_to(path) for path in made):
                out += ["--perms", "1777", "--size", str(_CACHE), "--tmpfs", text]
        elif mount_point(command.tree, inside):
            made.append(inside)
            out += read_only(source, inside)
    return out


def mount_point(tree: Path, inside: Path) -> bool:
    """Whether something can be mounted at `inside`. Below /repo that takes a directory of `tree`, which is made.

    What a command left in its place is removed, and no link is followed: the mount must not end up elsewhere. Where
    the directory above is gone, there is nothing to mount in.
    """
    if not inside.is_relative_to(WORK):
        return True
    if inside == Path(WORK):
        return False
    *above, last = inside.relative_to(WORK).parts
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    here = os.open(tree, flags)
    try:
        for part in above:
            below = os.open(part, flags, dir_fd=here)
            os.close(here)
            here = below
        with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
            os.unlink(last, dir_fd=here)
        with suppress(FileExistsError):
            os.mkdir(last, 0o755, dir_fd=here)
            if os.getuid() == 0:
                owner = os.stat(tree)
                os.chown(last, owner.st_uid, owner.st_gid, dir_fd=here, follow_symlinks=False)
        return stat.S_ISDIR(os.stat(last, dir_fd=here, follow_symlinks=False).st_mode)
    except OSError:
        return False
    finally:
        os.close(here)


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
