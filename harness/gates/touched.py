"""The lines of a change: what stands in its files and did not in the base's."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher

from harness.ports import Bench

_SAME = 0.5
"""Share of its lines that a new file has in common with one that is gone, from which it is that one, moved."""
MOST_LINES = 5000
"""Longer files are compared line by line without their order, which takes no more than linear time."""


def origin(path: str, base: str, tree: str, bench: Bench) -> bytes | None:
    """What the base has of a file: under its own name, or, where it is new, under that of a file that is gone."""
    data = bench.read(base, path)
    if data is not None:
        return data
    now = _lines(bench.read(tree, path))
    gone = [
        bench.read(base, other) or b""
        for other, letter in sorted(bench.changed(base, tree).items())
        if letter == "D" and other.rpartition(".")[2] == path.rpartition(".")[2]
    ]
    shares = [((_lines(each) & now).total() / max(now.total(), 1), each) for each in gone]
    share, each = max(shares, key=lambda row: row[0], default=(0.0, b""))
    return each if share >= _SAME else None


def _lines(data: bytes | None) -> Counter[bytes]:
    return Counter(line.strip() for line in (data or b"").splitlines() if line.strip())


def touched(before: bytes | None, after: bytes) -> frozenset[int]:
    """The 1-based lines of `after` that are new or changed; all of them where there was nothing before."""
    new = after.decode("utf-8", "replace").splitlines()
    if before is None:
        return frozenset(range(1, len(new) + 1))
    old = before.decode("utf-8", "replace").splitlines()
    if len(old) + len(new) > MOST_LINES:
        return _unordered(old, new)
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return frozenset(line + 1 for tag, _, _, start, end in found if tag != "equal" for line in range(start, end))


def _unordered(old: list[str], new: list[str]) -> frozenset[int]:
    left = Counter(old)
    out = set()
    for number, line in enumerate(new, 1):
        if left[line] > 0:
            left[line] -= 1
        else:
            out.add(number)
    return frozenset(out)
