"""A directory of this user's own: what commands of another user work in lies there.

Root's commands run as users that nobody else is, and get into it by its group alone, which nobody else has: the names
of what lies there can be read off command lines, so they hold nobody back.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from harness.domain.digest import digest
from harness.errors import Mistake
from harness.sandbox.identity import unused

_ROOTS = ("/var/tmp", "/tmp")
_TRIES = 10
_SECRET = "key"
_PLAIN = re.compile(r"[\w./+-]{1,60}", re.ASCII)


def place(roots: tuple[str, ...] = _ROOTS) -> Path:
    """The directory, made if need be; Mistake where there is no room for it. Root's has the group of its commands.

    Everybody may write where it lies, so another user may have taken its name, or put a link there: the next name is
    tried then.
    """
    for root in roots:
        for name in _names():
            if _own(Path(root, name)):
                return Path(root, name)
    raise Mistake(f"there is no room for a private directory in {' or '.join(roots)}: make one of them writable")


def private(home: Path) -> Path:
    """Where commands' directories lie that would lie in `home`: there, or in `place` if commands can't use `home`.

    Root's commands run as another user, for whom what lies in `home` is closed; it can be opened to them in `place`
    alone. Nor is a path of use that is long or not plain: it would have to be found in every output again, in whatever
    way a program writes it.
    """
    if _PLAIN.fullmatch(str(home)) and os.getuid() != 0:
        return home
    base = place()
    return base / _named(home, _secret(base))


def left(home: Path) -> list[Path]:
    """Where directories of runs lie outside `home`, since commands could not use them there."""
    bases = [Path(root, name) for root in _ROOTS for name in _names()]
    known = [(base, found) for base in bases if (found := _known(base / _SECRET))]
    own = [base / _named(home, found) for base, found in known]
    return [place / kind for place in own for kind in ("stages", "scratch") if (place / kind).is_dir()]


def reachable(path: Path, base: Path | None = None) -> bool:
    """Whether a user without rights can pass through to `path`, links followed; who has its group passes `base`."""
    real = path.resolve()
    return all(part == base or _passable(part) for part in (real, *real.parents))


def open_way(path: Path, base: Path) -> None:
    """Let every user pass through the directories between `base` and `path`, which are the harness's own."""
    for part in path.parents:
        if part == base or not part.is_relative_to(base):
            return
        mode = stat.S_IMODE(part.lstat().st_mode)
        if mode & 0o011 != 0o011:
            part.chmod(mode | 0o011)


def _names() -> list[str]:
    return [f"harness-{os.getuid()}" + (f"-{number}" if number else "") for number in range(_TRIES)]


def _named(home: Path, secret: str) -> str:
    """A name that nobody can guess: every command may pass through where it lies, but not list it."""
    return digest([secret, os.fsencode(home).hex()])[:16]


def _secret(base: Path) -> str:
    """What names in `base` are made with, the same each time."""
    with suppress(FileExistsError):
        fresh = base / f"{_SECRET}-{secrets.token_hex(8)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(16), encoding="ascii")
        try:
            os.link(fresh, base / _SECRET)
        finally:
            fresh.unlink()
    return _known(base / _SECRET)


def _known(path: Path) -> str:
    """The secret in a file of the harness's own; '' if there is none."""
    try:
        found = path.lstat()
        fit = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
        return path.read_text(encoding="ascii") if fit else ""
    except OSError:
        return ""


def _passable(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IXOTH)
    except OSError:
        return False


def _own(path: Path) -> bool:
    """Whether `path` is, or could be made, a directory that nobody else can get into or change."""
    try:
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.fstat(fd).st_uid == os.getuid() and _closed(fd)
    finally:
        os.close(fd)


def _closed(fd: int) -> bool:
    """Whether an own directory is closed to others; root's gets its group, once: others make it at the same time."""
    if os.getuid() != 0:
        return stat.S_IMODE(os.fstat(fd).st_mode) == 0o700
    fcntl.flock(fd, fcntl.LOCK_EX)
    found = os.fstat(fd)
    if stat.S_IMODE(found.st_mode) == 0o700:
        os.fchown(fd, -1, unused())
        os.fchmod(fd, 0o710)
        found = os.fstat(fd)
    return stat.S_IMODE(found.st_mode) == 0o710 and found.st_gid != 0
