"""What a delta changes in its living spec, requirement by requirement, for people to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from harness.openspec.change import Delta
from harness.openspec.living import lf, split
from harness.openspec.plan import Plan, read
from harness.openspec.requirement import Block, near
from harness.openspec.script import trim_end

CONTEXT = 4
"""Lines around a difference."""
EDITS = 600
"""Lines that differ, beyond which the shortest difference is not looked for: it takes time by their square."""
Line = tuple[str, str]
"""(' ', '-' or '+', the line)"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One requirement of a delta."""

    kind: str
    name: str
    text: str = ""
    """The requirement as the delta has it."""
    diff: str | None = None
    """How it differs from the living one; None where nothing was compared."""
    warning: str = ""
    """Why it can't be compared, or what is odd about it."""


def differences(delta: Delta) -> Iterator[Difference]:
    """Every entry of a delta: what is added, dropped and renamed first, then what is modified."""
    plan = read(delta.text)
    yield from (Difference("ADDED", each.name, each.raw) for each in plan.added)
    yield from (Difference("REMOVED", each.name, each.raw) for each in plan.removed)
    yield from (Difference("RENAMED", f"{old} → {new}") for old, new in plan.renamed)
    origins = _origins(plan)
    now = split(lf(delta.living)).blocks if delta.living else []
    for each in plan.modified:
        name = origins.get(near(each.name), each.name)
        yield _modified(delta, each, name, now)


def _modified(delta: Delta, each: Block, name: str, now: list[Block]) -> Difference:
    exact = next((block for block in now if block.name == name), None)
    before = exact or next((block for block in now if near(block.name) == near(name)), None)
    warning = ""
    if not delta.living:
        where = f"openspec/specs/{delta.path}"
        warning = f'No main spec at {where}, so MODIFIED requirement "{each.name}" has nothing to diff against'
    elif before is None:
        warning = f'No matching main requirement found for "{name}" in {delta.capability}'
    elif exact is None:
        warning = (
            f'Header differs from the main spec\'s "{before.name}" only in case or spacing; archive matches names '
            "exactly, so reconcile them before archiving"
        )
    return Difference("MODIFIED", each.name, each.raw, diff(before, each) if before else None, warning)


def _origins(plan: Plan) -> dict[str, str]:
    """A new name without regard to case and spacing -> what the living spec calls it, renames of renamed ones too."""
    out: dict[str, str] = {}
    for old, new in plan.renamed:
        out[near(new)] = out.pop(near(old), old)
    return out


def diff(before: Block, after: Block) -> str:
    """The lines that differ, with some around them; '' where none do."""
    return trim_end("\n".join(line for hunk in _hunks(_compared(before.lines, after.lines)) for line in hunk))


def _hunks(lines: list[Line]) -> Iterator[list[str]]:
    """The differences with a heading each that says where they are; those that are close to each other in one."""
    near_ = [i for i, (sign, _) in enumerate(lines) if sign != " "]
    while near_:
        last = next((b for b, c in pairwise(near_) if c - b - 1 > 2 * CONTEXT), near_[-1])
        start, end = max(near_[0] - CONTEXT, 0), last + 1 + CONTEXT
        sides = []
        for own, sign in (("+", "-"), ("-", "+")):
            size = sum(mark != own for mark, _ in lines[start:end])
            at = sum(mark != own for mark, _ in lines[:start]) + (size > 0)
            sides.append(f"{sign}{at},{size}")
        yield [f"@@ {' '.join(sides)} @@", *(mark + line for mark, line in lines[start:end])]
        near_ = [i for i in near_ if i > last]


def _compared(before: tuple[str, ...], after: tuple[str, ...]) -> list[Line]:
    """Both texts as one, by the shortest way from one to the other; where several are, the tool's own."""
    steps = _shortest(before, after)
    if steps is None:
        blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        sizes = ((kind == "equal", i2 - i1, j2 - j1) for kind, i1, i2, j1, j2 in blocks)
        steps = "".join(" " * gone if same else "-" * gone + "+" * come for same, gone, come in sizes)
    out: list[Line] = []
    old = new = 0
    for sign, group in groupby(steps):
        size = len(list(group))
        out += [(sign, line) for line in (after[new : new + size] if sign == "+" else before[old : old + size])]
        old, new = old + size * (sign != "+"), new + size * (sign != "-")
    return out


@dataclass(slots=True)
class _Way:
    """How far one way through both texts has come."""

    old: int
    steps: tuple[object, str, int] | None
    """(the steps before, sign, how often)"""


def _shortest(before: tuple[str, ...], after: tuple[str, ...]) -> str | None:
    """The signs of the shortest difference, by Myers' algorithm; None where it is too long to look for."""

    def slide(way: _Way, diagonal: int) -> int:
        """Along the lines that are the same; how many lines of `after` are behind it then."""
        old, new = way.old, way.old - diagonal
        while old < len(before) and new < len(after) and before[old] == after[new]:
            old, new = old + 1, new + 1
        if old > way.old:
            way.steps = (way.steps, " ", old - way.old)
        way.old = old
        return new

    ways: dict[int, _Way] = {0: _Way(0, None)}
    if slide(ways[0], 0) == len(after) and ways[0].old == len(before):
        return _signs(ways[0])
    low, high = -EDITS, EDITS
    for edits in range(1, EDITS + 1):
        for diagonal in range(max(low, -edits) + (max(low, -edits) - edits) % 2, min(high, edits) + 1, 2):
            if diagonal > high:
                break
            less, more = ways.pop(diagonal - 1, None), ways.get(diagonal + 1)
            adds = more is not None and more.old - diagonal <= len(after) and more.old - diagonal > 0
            drops = less is not None and less.old < len(before)
            if more is not None and adds and not (less is not None and drops and less.old >= more.old):
                way = _Way(more.old, (more.steps, "+", 1))
            elif less is not None and drops:
                way = _Way(less.old + 1, (less.steps, "-", 1))
            else:
                ways.pop(diagonal, None)
                continue
            new = slide(way, diagonal)
            if way.old == len(before) and new == len(after):
                return _signs(way)
            ways[diagonal] = way
            high = min(high, diagonal - 1) if way.old == len(before) else high
            low = max(low, diagonal + 1) if new == len(after) else low
    return None


def _signs(way: _Way) -> str:
    out: list[str] = []
    step = way.steps
    while step is not None:
        out.append(step[1] * step[2])
        step = step[0]  # type: ignore[assignment]
    return "".join(reversed(out))
