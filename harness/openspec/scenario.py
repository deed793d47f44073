"""Scenarios that a MODIFIED requirement would lose."""

from __future__ import annotations

from collections import Counter

from harness.openspec.requirement import Block

SHOWN = 3
"""New names that are quoted."""


def loss(was: Block, now: Block) -> str:
    """What `now` leaves out of `was`, with both sizes and what it adds; '' if it leaves nothing out."""
    before, after = was.scenarios, now.scenarios
    lost = _beyond(before, after)
    if not lost:
        return ""
    fresh = _beyond(after, before)
    more = f" and {len(fresh) - SHOWN} more" if len(fresh) > SHOWN else ""
    adds = f"{_count(len(fresh))} not in the current spec: {_quoted(fresh[:SHOWN])}{more}" if fresh else "none"
    sizes = f"The modified block has {_count(len(after))}; the current spec has {_count(len(before))}."
    return f"{_quoted(lost)}. {sizes} It adds {adds}."


def _beyond(these: list[str], those: list[str]) -> list[str]:
    """Of `these`, in their order, what `those` has less often."""
    left = Counter(those)
    out = []
    for name in these:
        if left[name]:
            left[name] -= 1
        else:
            out.append(name)
    return out


def _count(number: int) -> str:
    return f"{number} scenario" if number == 1 else f"{number} scenarios"


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
