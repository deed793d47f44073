"""The lock of an approved spec: one digest over everything that was approved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from harness.domain.digest import digest, digest_bytes

_TICK = re.compile(rb"^([ \t]*(?:[-*+]|\d+[.)])[ \t]+)\[[xX]\]", re.M)


def lock(
    bench_read: Callable[[str], bytes | None], paths: Mapping[str, tuple[str, str]], folder: str, base: str
) -> str:
    """SHA-256 of the sorted (path, mode, blob) of the change in `folder`, and of the base commit.

    `paths` maps every path of the tree to (mode, blob id). Ticking a box of tasks.md does not change the lock, so for
    that one file the digest of the content with open boxes stands in the blob's place.
    """
    rows = []
    for path in sorted(paths):
        if not _locked(path, folder):
            continue
        mode, blob = paths[path]
        if path == f"{folder}/tasks.md":
            blob = digest_bytes(unticked(bench_read(path) or b""))
        rows.append([path.encode(errors="surrogateescape").hex(), mode, blob])
    return digest({"base": base, "files": rows})


def unticked(tasks: bytes) -> bytes:
    """tasks.md with every done box read as open."""
    return _TICK.sub(rb"\1[ ]", tasks)


def _locked(path: str, folder: str) -> bool:
    below = path.removeprefix(f"{folder}/")
    return below != path and (below in ("proposal.md", "design.md", "tasks.md") or below.startswith("specs/"))
