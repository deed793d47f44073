"""What tells one state of this machine's tools from another, by what the file system says of them: nothing is run."""

from __future__ import annotations

import hashlib
import marshal
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

MOST = 400_000
"""Files of toolchains that are looked at."""
_PLAIN = 2
"""The version of marshal's format in which the same values are always the same bytes."""
WRITTEN = frozenset({"__pycache__", ".cache", ".vite", ".vite-temp", ".vitest"})
"""Directories that tools fill while they are used: what lies there is made again."""
_PACKAGES = ("/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite", "/lib/apk/db/installed", "/var/lib/pacman/local")
"""Where distributions keep what is installed."""
_LISTED = (
    "/usr/bin", "/usr/local/bin", "/usr/local/lib", "/usr/local/lib/node_modules", "/usr/lib/node_modules",
    "/usr/lib/python3/dist-packages", "/usr/local/lib/python*/*-packages", "/opt",
    "/usr/lib/postgresql/*/bin", "/usr/local/opt", "/opt/homebrew/opt",
)  # fmt: skip
"""Directories of the system whose entries are looked at."""


class TooLarge(Exception):
    """There are more files than are looked at."""


def toolchains(directories: Iterable[Path], apart: Collection[Path] = ()) -> str:
    """Digest of the names, sizes and times of everything in `directories`; TooLarge.

    Of a directory `apart` counts what lies right in it: what is installed there adds or renames an entry.
    """
    shallow = {str(path) for path in apart}
    found = hashlib.sha256()
    count = 0
    # a link and what it leads to are one directory, which is looked at once
    for top in sorted({os.path.realpath(directory) for directory in directories}):
        for place, rows in _below(top, shallow):
            # as bytes, and a directory at a time: tens of thousands of files are looked at each time
            found.update(marshal.dumps((place, rows), _PLAIN))
            count += len(rows)
            if count > MOST:
                raise TooLarge(top)
    return found.hexdigest()


def programs(names: Iterable[str]) -> str:
    """Digest of where programs are found, and of the files that they are."""
    places = [shutil.which(name) or "" for name in names]
    return hashlib.sha256(b"".join(_line(os.path.realpath(place)) if place else b"-" for place in places)).hexdigest()


def system() -> str:
    """Digest of the system: its kernel, its packages, and the programs and libraries that everybody uses."""
    kernel = os.uname()
    found = hashlib.sha256(f"{kernel.sysname}\0{kernel.release}\0{kernel.machine}".encode())
    for name in _PACKAGES:
        found.update(_line(name))
    for pattern in _LISTED:
        for place in sorted(Path("/").glob(pattern[1:])):
            with os.scandir(place) as entries:
                for name in sorted(entry.name for entry in entries):
                    found.update(_line(f"{place}/{name}"))
    return found.hexdigest()


def _below(top: str, shallow: Collection[str]) -> Iterator[tuple[str, list[tuple[str | int, ...]]]]:
    """(directory, its files by name, each with what is known of it) of `top` and everything in it."""
    todo = [top]
    while todo:
        here = todo.pop()
        rows: list[tuple[str | int, ...]] = []
        inner: list[str] = []
        # by its descriptor: the kernel need not walk the whole path again for each file
        descriptor = os.open(here, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    if entry.name in WRITTEN:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        inner.append(f"{here}/{entry.name}")
                    else:
                        rows.append((entry.name, *_known(entry.stat(follow_symlinks=False))))
        finally:
            os.close(descriptor)
        if here in shallow:
            rows += [(name,) for name in inner]
        else:
            todo += sorted(inner)
        yield here, sorted(rows)


def _line(path: str) -> bytes:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return b""
    return f"{path!r}{_known(found)}\n".encode()


def _known(found: os.stat_result) -> tuple[int, ...]:
    """What is known of a file. Its change time is left out: a copy of a toolchain links its files, which sets it."""
    return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ino
