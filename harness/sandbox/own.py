"""A home and a temporary directory for each command, where there are no mounts that would give it some."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

from harness.sandbox.tree import remove

_PREFIX = "own-"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Own:
    """Directories in `base`. One in use is held by a lock, which the kernel drops when the harness ends."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._held: dict[Path, int] = {}
        self._sweep()

    def make(self, uid: int) -> tuple[Path, Path]:
        """(home, temporary directory), empty, of user `uid`, or of the harness's own if that is -1."""
        folder = self._base / f"{_PREFIX}{secrets.token_hex(4)}"
        folder.mkdir(mode=0o711)
        fd = os.open(folder, _DIRECTORY)
        fcntl.flock(fd, fcntl.LOCK_EX)
        self._held[folder] = fd
        folder.chmod(0o711)
        made = folder / "home", folder / "tmp"
        for path in made:
            path.mkdir(mode=0o700)
            if uid >= 0:
                os.chown(path, uid, uid)
        return made

    def remove(self, folder: Path) -> None:
        """Remove what `make` made, whatever it holds by now."""
        try:
            remove(folder)
        finally:
            os.close(self._held.pop(folder))

    def _sweep(self) -> None:
        """Remove what killed processes left."""
        for folder in self._base.glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError):
                fd = os.open(folder, _DIRECTORY)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove(folder)
                finally:
                    os.close(fd)
