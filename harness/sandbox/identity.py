"""The user that commands run as when the harness itself runs as root: one that nobody else uses."""

from __future__ import annotations

import pwd
import secrets
from pathlib import Path

from harness.errors import Mistake

_FIRST, _COUNT = 1_900_000_000, 100_000_000
"""Far above the users of a machine and the ranges that are given to containers."""
_TRIES = 100


def unused(maps: tuple[Path, ...] = (Path("/proc/self/uid_map"), Path("/proc/self/gid_map"))) -> int:
    """A user and group number that has no name here and that the kernel can use here; Mistake if none is found."""
    ranges = [_ranges(path) for path in maps]
    first, count = _FIRST, _COUNT
    if not all(_within(first + count - 1, table) for table in ranges):
        # In a container with few users, the upper half of the largest range is the least used.
        start, size = max(ranges[0], key=lambda pair: pair[1])
        first, count = start + size // 2, size - size // 2
    for _ in range(_TRIES):
        number = first + secrets.randbelow(count)
        if number and all(_within(number, table) for table in ranges) and not _named(number):
            return number
    raise Mistake("No unused user number was found for sandboxed commands: run the harness as an ordinary user")


def _ranges(path: Path) -> list[tuple[int, int]]:
    rows = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return [(int(row[0]), int(row[2])) for row in rows]


def _within(number: int, ranges: list[tuple[int, int]]) -> bool:
    return any(start <= number < start + size for start, size in ranges)


def _named(number: int) -> bool:
    try:
        pwd.getpwuid(number)
    except KeyError:
        return False
    return True
