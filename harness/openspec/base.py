"""What a delta is written against: the requirements' digests, whether they have moved, and the three-way difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.openspec.difference import diff
from harness.openspec.fold import Folded, fold
from harness.openspec.living import lf, split
from harness.openspec.plan import Plan, read
from harness.openspec.requirement import Block

GONE = "(there is none)"
MOST = 4_000
"""Lines of two requirements that are compared."""
Texts = Mapping[str, str]
"""capability -> text: of a change's deltas, or of living specs."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One requirement that a delta is about and that is not, on the integration branch, what the delta began from."""

    capability: str
    name: str
    """As it was called when the delta began."""
    kind: str
    """ADDED, MODIFIED, REMOVED or RENAMED: what the change does with it."""
    was: Block | None
    now: Block | None
    own: Block | None
    """What the change makes of it; None where it gives no text."""
    problem: str = ""
    """Why the delta can't be folded in any more, where that is all that can be said."""

    @property
    def title(self) -> str:
        return f"{self.capability}: {self.name}" if self.name else self.capability


def bases(deltas: Texts, living: Texts) -> dict[str, str]:
    """`capability: requirement` -> SHA-256 of every requirement that the deltas modify, remove or rename."""
    return {
        f"{capability}: {name}": sha
        for capability, text in sorted(deltas.items())
        for name, sha in sorted(_folded(text, capability, living).base.items())
    }


def moved(deltas: Texts, was: Texts, now: Texts) -> list[Moved]:
    """What changed from the living specs `was` to the living specs `now` under the deltas."""
    found: list[Moved] = []
    for capability, text in sorted(deltas.items()):
        before, after = _folded(text, capability, was), _folded(text, capability, now)
        rows = _rows(capability, read(text), was, now)
        found += rows
        if not rows and after.problem and not before.problem:
            found.append(Moved(capability, "", "", None, None, None, after.problem))
    return found


def _rows(capability: str, plan: Plan, was: Texts, now: Texts) -> list[Moved]:
    """Every requirement that the delta is about, unless both sides come to the same."""
    before, after = blocks(was.get(capability)), blocks(now.get(capability))
    origin = {new: old for old, new in plan.renamed}
    out = []
    for kind, entries in plan.first:
        for each in entries:
            name = origin.get(each.name, each.name)
            one, other = before.get(name), after.get(name) or after.get(each.name)
            if (
                _alike(one, other)
                or (kind == "REMOVED" and other is None)
                or (kind != "REMOVED" and _same(each, other))
            ):
                continue
            out.append(Moved(capability, name, kind, one, other, each if kind != "REMOVED" else None))
    told = {row.name for row in out}
    out += [
        Moved(capability, old, "RENAMED", before.get(old), after.get(old), None)
        for old, new in plan.renamed
        if old not in told and not _alike(before.get(old), after.get(old)) and (old in after or new not in after)
    ]
    return out


def _folded(delta: str, capability: str, living: Texts) -> Folded:
    return fold(living.get(capability), delta, capability, "")


def blocks(spec: str | None) -> dict[str, Block]:
    """The requirements of a living spec by name."""
    return {each.name: each for each in split(lf(spec)).blocks} if spec is not None else {}


def _alike(one: Block | None, other: Block | None) -> bool:
    return (one is None and other is None) or _same(one, other)


def _same(one: Block | None, other: Block | None) -> bool:
    return one is not None and other is not None and one.raw == other.raw


def three_ways(row: Moved, branch: str) -> str:
    """The difference for people and roles: what the delta began from, what `branch` has now, what the change makes."""
    if row.problem:
        return f"{row.title} changed on {branch}, and the delta does not fit any more: {row.problem}"
    did = {
        "ADDED": f"this change adds it, and {branch} has it too by now",
        "MODIFIED": "this change modifies it",
        "REMOVED": "this change removes it",
        "RENAMED": "this change renames it",
    }[row.kind]
    if row.was and row.now is None:
        did += f"; {branch} has no requirement of that name any more"
    elif row.kind != "ADDED":
        did += f", and {branch} changed it"
    parts = [f"{row.title}: {did}.", f"What {branch} changed:", _between(row.was, row.now)]
    if row.own:
        parts += ["What this change makes of it:", _between(row.was, row.own)]
    return "\n".join(parts)


def _between(one: Block | None, other: Block | None) -> str:
    """The lines that differ; a whole requirement where there is but one."""
    if one and other and len(one.lines) + len(other.lines) > MOST:
        return f"({len(one.lines)} lines became {len(other.lines)}: too many to compare)"
    if one and other:
        return diff(one, other) or "(the same words)"
    return other.raw if other else GONE
