"""What tells one state of this machine's tools from another, by what the file system says of them: nothing is run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST = 400_000
"""Files of toolchains that are looked at."""
WRITTEN = frozenset({"__pycache__", ".cache", ".vite", ".vite-temp", ".vitest"})
"""Directories that tools fill while they are used: what lies there is made again."""
_PACKAGES = ("/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite", "/lib/apk/db/installed", "/var/lib/pacman/local")
"""Where distributions keep what is installed."""
_LISTED = (
    "/usr/bin", "/usr/local/bin", "/usr/local/lib", "/usr/local/lib/node_modules", "/usr/lib/node_modules",
    "/usr/lib/python3/dist-packages", "/usr/local/lib/python*/*-packages", "/opt",
)  # fmt: skip
"""Directories of the system whose entries are looked at."""


class TooLarge(Exception):
    """There are more files than are looked at."""


def toolchains(directories: Iterable[Path]) -> str:
    """Digest of the names, sizes and times of everything in `directories`; TooLarge."""
    found = hashlib.sha256()
    count = 0
    for directory in sorted(set(directories)):
        for line in _below(str(directory)):
            found.update(line)
            count += 1
            if count > MOST:
                raise TooLarge(str(directory))
    return found.hexdigest()


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


def _below(top: str) -> Iterator[bytes]:
    todo = [top]
    while todo:
        here = todo.pop()
        with os.scandir(here) as entries:
            rows = sorted(entries, key=lambda entry: entry.name)
        for entry in rows:
            if entry.name in WRITTEN:
                continue
            if entry.is_dir(follow_symlinks=False):
                todo.append(entry.path)
            else:
                yield _line(entry.path)


def _line(path: str) -> bytes:
    """What is known of a file. Its change time is left out: a copy of a toolchain links its files, which sets it."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return b""
    return f"{path}\0{found.st_mode}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ino}\n".encode(
        errors="surrogateescape"
    )
