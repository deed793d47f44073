"""Runs a program as an ordinary user, for whom the interpreter in root's closed home is laid open where it lies.

`python -m tests.attacks.user UID FOLDER PROGRAM…`, as root. Closed directories above what the program needs are
replaced, in a mount namespace of its own, by directories that show nothing else; what is closed itself is copied
into FOLDER.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from harness.sandbox.copies import Copies
from harness.sandbox.toolchain import interpreter, toolchain, unreadable

ROOT = Path(__file__).parents[2]
_NEW_MOUNTS = 0x20000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 1 << 18


def needed() -> list[Path]:
    """The directories that the suite itself needs: the code, the packages, the interpreter."""
    found = [ROOT, *toolchain(Path(sys.prefix)), *interpreter()[1]]
    return [path for path in dict.fromkeys(found) if path.is_dir()]


def lay_open(folder: Path) -> None:
    """Make `needed` readable for everybody, in this process and its children alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.unshare(_NEW_MOUNTS))
    _check(libc.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None))
    sources = [(path, os.open(_readable(path, folder), os.O_PATH | os.O_DIRECTORY)) for path in needed()]
    hidden = {closed for path, _ in sources if (closed := _closed(path))}
    for closed in hidden:
        _check(libc.mount(b"tmpfs", bytes(closed), b"tmpfs", 0, b"mode=0755"))
    for path, fd in sorted(sources):
        path.mkdir(parents=True, exist_ok=True)
        _check(libc.mount(f"/proc/self/fd/{fd}".encode(), bytes(path), None, _BIND | _RECURSIVE, None))
    for _, fd in sources:
        os.close(fd)


def _readable(path: Path, folder: Path) -> Path:
    """`path`, or a copy in `folder` where what lies in it is closed."""
    return Copies(folder).readable(path) if unreadable(path) else path


def _closed(path: Path) -> Path | None:
    """The topmost directory above `path` that other users can't pass."""
    return next((above for above in reversed(path.parents) if above.stat().st_mode & 0o005 != 0o005), None)


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def become(uid: int) -> None:
    """This user from now on, for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def main(uid: int, folder: Path, program: list[str]) -> None:
    """Never returns."""
    lay_open(folder)
    become(uid)
    os.chdir(ROOT)
    os.execv(program[0], program)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
