"""What Landlock lets a command do with files, the network and other processes, as far as the kernel knows of it."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

OLDEST = 3
"""The first version that covers truncation: with an older one, a command could empty files that it may not write."""
SCOPED = 6
"""The first version that keeps signals and abstract sockets to the command's own processes."""
_CREATE, _VERSION = 444, 1
_NETWORK, _IOCTL = 4, 5

_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIRECTORY, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIRECTORY, _MAKE_FILE, _MAKE_PIPE, _MAKE_LINK = 1 << 7, 1 << 8, 1 << 10, 1 << 12
_REFER, _TRUNCATE, _DEVICE = 1 << 13, 1 << 14, 1 << 15
READ = _READ | _LIST
RUN = READ | _EXECUTE
WRITE = (
    RUN | _WRITE | _REMOVE_DIRECTORY | _REMOVE_FILE | _MAKE_DIRECTORY | _MAKE_FILE | _MAKE_PIPE | _MAKE_LINK
    | _REFER | _TRUNCATE
)  # fmt: skip
"""Everything but making sockets and devices, and ioctl on devices."""
DEVICE = _READ | _WRITE | _TRUNCATE
FILE = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE
"""What can be allowed on something that is no directory."""


def version() -> int:
    """The kernel's version of Landlock; 0 where it has none, or where it is switched off."""
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)))


def ruleset(known: int) -> bytes:
    """struct landlock_ruleset_attr of a kernel with version `known`: all that it can refuse is refused."""
    files = _DEVICE - 1 if known < _IOCTL else 2 * _DEVICE - 1
    network = 3 if known >= _NETWORK else 0
    scope = 3 if known >= SCOPED else 0
    size = 24 if known >= SCOPED else 16 if known >= _NETWORK else 8
    return struct.pack("<QQQ", files, network, scope)[:size]


def rules(allowed: Iterable[tuple[Path, int]]) -> list[tuple[str, int]]:
    """(path, what is allowed there and below) of what exists; less is allowed on what is no directory."""
    return [(os.fspath(path), access if path.is_dir() else access & FILE) for path, access in allowed if path.exists()]
