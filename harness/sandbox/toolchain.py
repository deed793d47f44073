"""The directories that a project's toolchain needs inside the sandbox, and whether the sandbox's user can read them."""

from __future__ import annotations

import os
import pwd
import stat
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from harness.errors import Mistake

_COVERED = Path("/usr")
_MOST_LINKS = 16
_MARKS = ("bin", "pyvenv.cfg", "node_modules")
"""What directories of toolchains have, and those of credentials and settings have not."""
_SAMPLE = ("bin", "lib", "lib/python*", "lib/python*/site-packages")


def toolchain(environment: Path, private: tuple[Path, ...] = ()) -> tuple[Path, ...]:
    """`environment` (absolute) and the installation its Python comes from; what /usr covers is left out.

    Where `environment` is a link, what it leads to is there, too: its scripts begin with the path it was made at.
    A file of the repository names it, and its own files name the rest, so each may name anything: Mistake where it is
    no toolchain, or holds somebody's home directory or one of the `private` directories.
    """
    found = [environment, environment.resolve()]
    if (environment / "pyvenv.cfg").is_file():
        home = _setting(environment / "pyvenv.cfg", "home")
        behind = [Path(home).resolve().parent] if home else []
        behind += _origin(environment / "bin" / "python")
        found += [path for path in behind if any((path / "bin").glob("python*"))]
    kept = _outermost(found)
    homes = {Path(user.pw_dir) for user in pwd.getpwall()} | {Path.home()}
    closed = {place.resolve() for place in (*homes, *private) if place.is_absolute()}
    for path in kept:
        why = _unfit(path, closed)
        if why:
            raise Mistake(f"[project] environment leads to {path}, which {why}: name the project's toolchain alone")
    return kept


def unseen(environment: Path) -> tuple[Path, ...]:
    """Packages of the installation behind `environment` that its Python does not find: the environment says so."""
    settings = environment / "pyvenv.cfg"
    if not settings.is_file() or _setting(settings, "include-system-site-packages").lower() != "false":
        return ()
    home = _setting(settings, "home")
    return tuple(Path(home).resolve().parent.glob("lib/python*/site-packages")) if home else ()


def _unfit(path: Path, closed: Collection[Path]) -> str:
    """Why `path` is not to be shown to commands, or ''; no directory of `closed`, resolved, may lie in it."""
    real = path.resolve()
    if any(place.is_relative_to(real) for place in closed):
        return "holds more than a toolchain, such as a home directory or the repository"
    if not any((real / name).exists() for name in _MARKS) and real.name != "node_modules":
        return f"is no toolchain: it has none of {', '.join(_MARKS)}"
    return ""


def interpreter() -> tuple[Path, tuple[Path, ...]]:
    """The harness's own base Python, resolved, and the directories that it needs."""
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    return python, _outermost([Path(sys.base_prefix).resolve(), python.parent.parent])


def unreadable(directory: Path) -> str:
    """Why a user without rights of its own could not read the toolchain in `directory`, or ''.

    A sample is looked at: the top, where programs, the standard library and packages lie, and what lies in these.
    """
    for place in (directory, *(found for pattern in _SAMPLE for found in sorted(directory.glob(pattern)))):
        with suppress(NotADirectoryError, FileNotFoundError):
            closed = _closed(place)
            if closed:
                return f"{closed} is closed to other users: run `chmod -R o+rX {directory}`"
    return ""


def _closed(place: Path) -> str:
    """The first of the directory `place` and what lies in it that other users can't read; ''. Links count as open."""
    if place.stat().st_mode & 0o005 != 0o005:
        return str(place)
    with os.scandir(place) as entries:
        for entry in entries:
            mode = entry.stat(follow_symlinks=False).st_mode
            needed = 0o005 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0o004
            if (stat.S_ISDIR(mode) or stat.S_ISREG(mode)) and mode & needed != needed:
                return entry.path
    return ""


def _setting(settings: Path, name: str) -> str:
    """What pyvenv.cfg says of `name`; '' where it does not."""
    for line in settings.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == name:
            return value.strip()
    return ""


def _origin(python: Path) -> list[Path]:
    """The installations that the chain of links from `python` passes through."""
    found = []
    for _ in range(_MOST_LINKS):
        if not python.is_symlink():
            break
        python = Path(os.path.normpath(python.parent / python.readlink()))
        found.append(python.parent.parent)
    return found


def _outermost(paths: list[Path]) -> tuple[Path, ...]:
    """Existing directories, each once, without those that /usr or another one holds. Never the root itself."""
    absolute = {Path(os.path.abspath(path)) for path in paths}
    kept: list[Path] = []
    for path in sorted(absolute, key=lambda path: len(path.parts)):
        inside = path.is_relative_to(_COVERED) or any(path.is_relative_to(other) for other in kept)
        if path != Path("/") and not inside and path.is_dir():
            kept.append(path)
    return tuple(kept)
