"""One test as its source says it: its name, and how strong its assertions are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TRIVIAL, TRUTH, COMPARED, EQUAL = 0, 1, 2, 3
"""Strengths of an assertion: it can't fail; something is there; it is in a range or of a kind; it is exactly this."""

MOST_NAMES = 20
"""Of variables of one test that may have been renamed."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test function, or one call of `it` or `test`."""

    path: str
    line: int
    name: str
    """With its class or groups: `TestItems::test_one`, `items > adds one`."""
    strengths: tuple[int, ...] = ()
    """Of every assertion that it reaches, helpers of the tests included."""
    own: frozenset[str] = frozenset()
    """The text of its own assertions, without layout."""
    parts: frozenset[str] = frozenset()
    """All that it says, piece by piece, without layout: where all are still there, it was only added to."""
    skipped: bool = False
    """Whether it is marked as skipped, as to do or as expected to fail."""
    only: bool = False
    """Whether it keeps others from being run."""
    plain: bool = False
    """Whether every assertion of it is in a form that can be inverted."""
    cases: int = 1
    """Rows of its table, as far as they are written down."""
    firm: int = 0
    """Assertions that are asked in any case and compare two things."""
    local: tuple[str, ...] = ()
    """Its own variables."""
    shadowed: bool = False
    """Whether a second one of its name takes its place."""
    promised: bool = False
    """Whether it has a name only, as one that is to do."""

    @property
    def key(self) -> tuple[str, str]:
        return self.path, self.name

    @property
    def real(self) -> int:
        """Assertions that can fail."""
        return sum(1 for strength in self.strengths if strength)


def weaker(before: Test, after: Test) -> str:
    """How `after` asserts less than `before` did, in words; '' where it does not."""
    if after.firm * after.cases < before.firm * before.cases:
        was, is_now = before.firm * before.cases, after.firm * after.cases
        return f"{was} assertions that are asked in any case, and of two different things, became {is_now}"
    if before.own <= after.own and len(after.strengths) >= len(before.strengths):
        return "" if after.cases >= before.cases else f"{before.cases} rows of its table became {after.cases}"
    for least, what in ((TRUTH, "that can fail"), (COMPARED, "of more than truth"), (EQUAL, "of exact values")):
        was = sum(strength >= least for strength in before.strengths) * before.cases
        is_now = sum(strength >= least for strength in after.strengths) * after.cases
        if is_now < was:
            return f"{was} assertions {what} became {is_now}"
    return ""


def only_more(before: Test, after: Test) -> bool:
    """Whether all that `before` says is still there, but for the names of its own variables."""
    parts, gone = before.parts, [name for name in before.local if name not in after.local]
    fresh = [name for name in after.local if name not in before.local]
    if max(len(gone), len(fresh)) > MOST_NAMES:
        return parts <= after.parts
    while gone and fresh and not parts <= after.parts:
        old, *gone = gone
        words = [_word(name) for name in (old, *gone)]
        for new in fresh:
            renamed = {part: words[0].sub(new, part) for part in parts}
            alone = [p for p in parts if words[0].search(p) and not any(word.search(p) for word in words[1:])]
            if all(renamed[part] in after.parts for part in alone):
                parts = frozenset(renamed.values())
                fresh.remove(new)
                break
    return parts <= after.parts


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w$.]){re.escape(name)}(?![\w$])")


def by_key(tests: Iterable[Test]) -> Mapping[tuple[str, str], Test]:
    """The tests by path and name; of several of one name, all their assertions together."""
    out: dict[tuple[str, str], Test] = {}
    for test in tests:
        other = out.get(test.key)
        out[test.key] = test if other is None else _joined(other, test)
    return out


def _joined(one: Test, other: Test) -> Test:
    return Test(
        one.path, one.line, one.name, one.strengths + other.strengths, one.own | other.own, one.parts | other.parts,
        one.skipped or other.skipped, one.only or other.only, one.plain and other.plain, one.cases + other.cases,
        one.firm + other.firm, one.local + other.local, one.shadowed or other.shadowed,
        one.promised or other.promised,
    )  # fmt: skip
