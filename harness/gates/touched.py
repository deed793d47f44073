"""The lines of a change: what stands in its files and did not in the base's."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher

MOST_LINES = 5000
"""Longer files are compared line by line without their order, which takes no more than linear time."""


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
