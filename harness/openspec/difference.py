"""What a delta changes in its living spec, requirement by requirement, for people to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from harness.openspec.change import Delta
from harness.openspec.living import lf, split
from harness.openspec.plan import read
from harness.openspec.requirement import Block

CONTEXT = 4
"""Lines around a difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One requirement of a delta."""

    kind: str
    name: str
    text: str = ""
    """The requirement as the delta has it."""
    diff: str = ""
    """How it differs from the living one."""
    warning: str = ""
    """Why it can't be compared."""


def differences(delta: Delta) -> Iterator[Difference]:
    """Every entry of a delta: what is added, dropped and renamed first, then what is modified."""
    plan = read(delta.text)
    yield from (Difference("ADDED", each.name, each.raw) for each in plan.added)
    yield from (Difference("REMOVED", each.name, each.raw) for each in plan.removed)
    yield from (Difference("RENAMED", f"{old} → {new}") for old, new in plan.renamed)
    was = {new: old for old, new in plan.renamed}
    now = {each.name: each for each in split(lf(delta.living)).blocks} if delta.living is not None else {}
    for each in plan.modified:
        before = now.get(each.name) or now.get(was.get(each.name, ""))
        if before is not None:
            yield Difference("MODIFIED", each.name, each.raw, diff=diff(before, each))
        else:
            where = f"openspec/specs/{delta.path}"
            lacks = (
                f"No main spec at {where}, so" if delta.living is None else f"No matching requirement in {where}, so"
            )
            text = f'{lacks} MODIFIED requirement "{each.name}" has nothing to diff against'
            yield Difference("MODIFIED", each.name, each.raw, warning=text)


def diff(before: Block, after: Block) -> str:
    """The lines that differ, with some around them; '' where none do."""
    found = difflib.unified_diff(before.lines, after.lines, n=CONTEXT, lineterm="")
    return "\n".join(line for line in found if not line.startswith(("--- ", "+++ ")) or line not in ("--- ", "+++ "))
