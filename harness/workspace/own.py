"""Files of the user's own working tree, read without following a link. Needs no library: `status` starts fast."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from harness.errors import Mistake

MOST_OWN = 1 << 20
"""Bytes of a file in the user's working tree."""


def own_file(top: Path, path: str) -> bytes | None:
    """A file of the user's own working tree; None where there is none, or a link on the way; Mistake above 1 MiB."""
    try:
        fd = _open_below(top, path)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        with os.fdopen(fd, "rb", closefd=False) as file:
            data = file.read(MOST_OWN + 1)
    finally:
        os.close(fd)
    if len(data) > MOST_OWN:
        raise Mistake(f"{path} is larger than 1 MiB, which is the most that is read of it; make it smaller")
    return data


def unlinked(top: Path, path: str) -> None:
    """Mistake where a part of `path` in the user's own working tree is a link."""
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        place = "/".join(parts[:end])
        if (top / place).is_symlink():
            raise Mistake(f"{place} is a link, which is not followed; put what it leads to in its place")


def _open_below(top: Path, path: str) -> int:
    """A descriptor of what lies at `path`, each folder opened by itself, as O_NOFOLLOW looks at the last name alone."""
    *folders, name = path.split("/")
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    fd = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for step, kind in (*((folder, os.O_DIRECTORY) for folder in folders), (name, 0)):
        above = fd
        try:
            fd = os.open(step, flags | kind, dir_fd=above)
        finally:
            os.close(above)
    return fd
