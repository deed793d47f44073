"""A change's deltas brought onto what the integration branch has now: merged three ways, requirement by requirement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.openspec.base import Moved, Texts
from harness.openspec.fold import fold
from harness.openspec.living import endings, lf
from harness.openspec.requirement import Block

Merge = Callable[[str, str, str], tuple[str, bool]]
"""(what both began from, own, the other's) -> (text, whether it has no conflict)"""
MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Rebased:
    """What was merged."""

    deltas: Mapping[str, str]
    """capability -> new text of each delta that is another one by it"""
    conflicts: Sequence[str]
    """What can't be merged, for people; then nothing is to be written."""


def rebased(deltas: Texts, moved: Sequence[Moved], now: Texts, branch: str, merge: Merge) -> Rebased:
    """The deltas with `moved` taken over; `now` are the living specs of `branch`."""
    conflicts = [f"{row.title}: {why}" for row in moved if (why := _stuck(row, branch))]
    fresh: dict[str, str] = {}
    mergeable = [row for row in moved if row.kind == "MODIFIED" and not _stuck(row, branch)]
    # from the last one up, so that the lines of those above stay where they are
    for row in sorted(mergeable, key=lambda row: row.own.line if row.own else 0, reverse=True):
        assert row.was and row.now and row.own
        text, clean = merge(_headed(row.was, row.own), row.own.raw, _headed(row.now, row.own))
        if clean:
            fresh[row.capability] = _put(fresh.get(row.capability, deltas[row.capability]), row.own, text)
        else:
            conflicts.append(f"{row.title}: both changed the same lines\n{text}")
    for capability, text in fresh.items():
        problem = fold(now.get(capability), text, capability, "").problem
        conflicts += [f"{capability}: what was merged does not fit {branch}: {problem}"] if problem else []
    return Rebased({name: text for name, text in fresh.items() if text != deltas[name]}, conflicts)


def _stuck(row: Moved, branch: str) -> str:
    """Why there is nothing to merge, and a person has to say what is meant; '' where there is, or nothing has to."""
    if row.problem:
        return row.problem
    if row.kind == "ADDED":
        return f"{branch} has a requirement of that name, too: make it MODIFIED, or choose another name"
    if row.now is None and row.kind in ("MODIFIED", "RENAMED"):
        return f"{branch} has no requirement of that name any more: name the one that is meant, or leave it out"
    if row.was is None and row.kind == "MODIFIED":
        return f"{branch} did not have it when this began: look whether it is the one that is meant"
    return ""


def _headed(block: Block, own: Block) -> str:
    """The block under the heading that the change gives it."""
    return "\n".join((own.lines[0], *block.lines[1:]))


def _put(delta: str, own: Block, text: str) -> str:
    """The delta with the block `own` replaced, in its own line ends."""
    lines = lf(delta).split("\n")
    lines[own.line - 1 : own.line - 1 + len(own.lines)] = text.split("\n")
    end = endings(delta)
    whole = "\n".join(lines)
    return (MARK if delta.startswith(MARK) else "") + (whole if end == "\n" else whole.replace("\n", end))
