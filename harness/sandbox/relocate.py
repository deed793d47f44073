"""Makes a copy of a toolchain work where it lies: what named the original by its path names the copy."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from harness.sandbox.tree import visit

_MOST_SCRIPT = 4 << 20
_SETTINGS = "pyvenv.cfg"


def leads(toolchain: Path, moved: Mapping[Path, Path]) -> bool:
    """Whether `toolchain` is made of one of the originals: by a link in its `bin`, or by its settings."""
    named = [os.readlink(path) for path in (toolchain / "bin").glob("*") if path.is_symlink()]
    if (toolchain / _SETTINGS).is_file():
        text = (toolchain / _SETTINGS).read_text(encoding="utf-8", errors="replace")
        named += [line.partition("=")[2].strip() for line in text.splitlines()]
    return any(target.startswith(f"{one}/") for target in named for one in moved)


def libraries(moved: Mapping[Path, Path]) -> str:
    """Where programs of the copies find shared libraries of Python, which they have by the original's path alone."""
    return ":".join(str(copy / "lib") for copy in moved.values() if any((copy / "lib").glob("libpython*.so*")))


def relocate(copy: Path, moved: Mapping[Path, Path]) -> None:
    """In `copy`: links to an original, Python's settings file, and the first lines of scripts in `bin`.

    `moved` is what each original is replaced by. The copy is the harness's own and nobody else writes it.
    """
    if not moved:
        return
    names = sorted(((str(one), str(other)) for one, other in moved.items()), key=lambda row: len(row[0]), reverse=True)
    for fd, name, found in visit(copy):
        if stat.S_ISLNK(found.st_mode):
            target = os.readlink(name, dir_fd=fd)
            there = _renamed(target, names)
            if there != target:
                os.unlink(name, dir_fd=fd)
                os.symlink(there, name, dir_fd=fd)
    # Files may be links to the original: they are replaced, never written.
    settings = copy / _SETTINGS
    if settings.is_file() and not settings.is_symlink():
        rows = (line.partition("=") for line in settings.read_text(encoding="utf-8", errors="replace").splitlines())
        fresh = "".join(f"{key}{mark} {_renamed(value.strip(), names)}\n" for key, mark, value in rows)
        _replace(settings, fresh.encode())
    for script in sorted((copy / "bin").glob("*")):
        if not script.is_symlink() and script.is_file() and script.stat().st_size <= _MOST_SCRIPT:
            _script(script, names)


def _script(script: Path, names: list[tuple[str, str]]) -> None:
    data = script.read_bytes()
    if not data.startswith(b"#!"):
        return
    # A path that is too long for a first line is started through a shell in the first three.
    lines = data.split(b"\n", 3)
    fresh = []
    for line in lines[:3]:
        for one, other in names:
            line = line.replace(os.fsencode(one) + b"/", os.fsencode(other) + b"/")
        fresh.append(line)
    if fresh != lines[:3]:
        _replace(script, b"\n".join((*fresh, *lines[3:])))


def _replace(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode
    path.unlink()
    path.write_bytes(data)
    path.chmod(stat.S_IMODE(mode))


def _renamed(target: str, names: list[tuple[str, str]]) -> str:
    for one, other in names:
        if target == one or target.startswith(f"{one}/"):
            return other + target[len(one) :]
    return target
