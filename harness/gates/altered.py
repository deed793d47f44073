"""Files of a tree that a command changed in the checkout it ran in."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_LINK = "120000"
_SUBMODULE = "160000"
_SHA256 = 64
"""Characters of a blob's id in a repository of that kind."""
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def present(work: Path, paths: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """path -> blob id of the tree's regular files that a fresh checkout in `work` has: secrets are left out of it."""
    return {
        path: blob
        for path, (mode, blob) in paths.items()
        if mode not in (_LINK, _SUBMODULE) and os.path.lexists(work / path)
    }


def altered(work: Path, files: Mapping[str, str]) -> list[str]:
    """Those of `files` (path -> blob id) that have other content in `work` now, or are no regular files any more."""
    root = os.open(work, _DIRECTORY)
    try:
        return sorted(path for path, blob in files.items() if _blob(root, path, blob) != blob)
    finally:
        os.close(root)


def _blob(root: int, path: str, like: str) -> str:
    """The blob id of a file below `root`, no link followed; '' where there is none."""
    *folders, name = path.split("/")
    here = os.dup(root)
    try:
        for part in folders:
            below = os.open(part, _DIRECTORY, dir_fd=here)
            os.close(here)
            here = below
        with suppress(OSError), os.fdopen(os.open(name, _OPEN, dir_fd=here), "rb") as file:
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode):
                kind = hashlib.sha256 if len(like) == _SHA256 else hashlib.sha1
                digest = kind(b"blob %d\0" % found.st_size)
                while data := file.read(1 << 20):
                    digest.update(data)
                return digest.hexdigest()
    except OSError:
        pass
    finally:
        os.close(here)
    return ""
