"""The lease of a run: a lock that the kernel drops when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import Conflict


@contextmanager
def lease(folder: Path, name: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lease `name`; Conflict at once if another process has it, unless `wait`."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "another process"
            raise Conflict(f"{name} is being driven already, by process {holder}; one driver at a time") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def driven(folder: Path, name: str) -> bool:
    """Whether a driver holds the lease now."""
    try:
        with lease(folder, name):
            return False
    except Conflict:
        return True
