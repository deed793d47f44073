"""Which findings are new against the base: told apart by rule, path and text, never by a line's number alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from harness.domain.gate import Finding
from harness.ports import Bench, Subject

_NUMBER = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")
Key = tuple[str, ...]


def fresh(subject: Subject, bench: Bench, measure: Callable[[str], Sequence[Finding]]) -> tuple[list[Finding], int]:
    """(findings of the head that the base does not have, how many it has); `measure` finds them in a tree.

    A branch that is measured against itself has nothing older: everything counts. The base is looked at only where
    there can be something older: nothing is in files that it does not have, unless files of it went.
    """
    found = list(measure(subject.tree))
    before, now = bench.paths(subject.base), bench.paths(subject.tree)
    if not found or before == now:
        return found, 0
    # a finding names a path that is no UTF-8 in another way than git does
    if before.keys() <= now.keys() and not any(row.path in before or row.path not in now for row in found):
        return found, 0
    old = list(measure(subject.base))
    rest = _without(found, old, _Lines(bench, subject.tree), _Lines(bench, subject.base), set(now))
    return rest, len(found) - len(rest)


class _Lines:
    """The text of a finding's line in one tree."""

    def __init__(self, bench: Bench, tree: str) -> None:
        self._bench, self._tree = bench, tree
        self._files: dict[str, list[bytes]] = {}

    def at(self, row: Finding) -> str:
        if row.path not in self._files:
            self._files[row.path] = (self._bench.read(self._tree, row.path) or b"").splitlines()
        lines = self._files[row.path]
        text = lines[row.line - 1] if 0 < row.line <= len(lines) else b""
        return _SPACE.sub(" ", text.decode("utf-8", "replace")).strip()


def _without(found: list[Finding], old: list[Finding], now: _Lines, before: _Lines, kept: set[str]) -> list[Finding]:
    """`found` less what is in `old`: first on the same line of text, then in the same file, then in files that went."""

    def plain(row: Finding) -> str:
        return _SPACE.sub(" ", _NUMBER.sub("#", row.text)).strip()

    def line(row: Finding, lines: _Lines) -> Key:
        return row.rule, row.path, plain(row), lines.at(row)

    def file(row: Finding, lines: _Lines) -> Key:
        return row.rule, row.path, plain(row)

    def gone(row: Finding, lines: _Lines) -> Key:
        return row.rule, plain(row), lines.at(row)

    for key in (line, file, gone):
        left = [row for row in old if key is not gone or row.path not in kept]
        credit = Counter(key(row, before) for row in left)
        rest, used = [], Counter[Key]()
        for row in found:
            mine = key(row, now)
            if used[mine] < credit[mine]:
                used[mine] += 1
            else:
                rest.append(row)
        spent = Counter(used)
        old = [row for row in old if not _take(spent, key(row, before))]
        found = rest
    return found


def _take(counter: Counter[Key], key: Key) -> bool:
    """Whether `key` was still in `counter`; it is taken out."""
    if counter[key] <= 0:
        return False
    counter[key] -= 1
    return True
