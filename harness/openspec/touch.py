"""Which requirements a change's deltas touch, and where two changes touch the same."""

from __future__ import annotations

from collections.abc import Mapping

from harness.openspec.plan import read
from harness.openspec.requirement import near

_TAKES = frozenset({"REMOVED", "RENAMED"})
"""What takes a name away: two changes that both do so in one capability may leave nothing of it."""


def touched(delta: str) -> dict[str, tuple[str, str]]:
    """Name without regard to case and spacing -> (name as written, what the delta does with it)."""
    plan = read(delta)
    found = {near(each.name): (each.name, kind) for kind, entries in plan.first for each in entries}
    for old, new in plan.renamed:
        found.setdefault(near(old), (old, "RENAMED"))
        found.setdefault(near(new), (new, "RENAMED"))
    return found


def titles(delta: str) -> list[str]:
    """What the delta touches, such as `List notes (MODIFIED)`."""
    return [f"{name} ({kind})" for name, kind in touched(delta).values()]


def overlap(own: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Where the deltas `own` and `other` (capability -> text) meet, one line each."""
    found: list[str] = []
    for capability in sorted({*own} & {*other}):
        here, there = touched(own[capability]), touched(other[capability])
        both = sorted({*here} & {*there})
        found += [f"{capability}: {here[key][0]} ({here[key][1]} here, {there[key][1]} there)" for key in both]
        takes = [{kind for _, kind in side.values()} & _TAKES for side in (here, there)]
        if not both and all(takes):
            mine, theirs = (" and ".join(sorted(kinds)) for kinds in takes)
            found.append(f"{capability}: {mine} here, {theirs} there")
    return found
