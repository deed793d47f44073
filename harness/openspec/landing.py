"""What a change makes of the living specs, all of them or none: asked by its gate, its merge and its archiving."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.openspec.fold import Folded, fold
from harness.openspec.issue import Issue
from harness.openspec.retire import UNDECLARED, emptied, kept, loose
from harness.openspec.spec import NO_REQUIREMENTS, check

MOST_BYTES = 1 << 20
"""Of one file: a larger one is no spec."""
REGULAR = ("100644", "100755")
"""Git's modes of files that can be read."""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one living spec."""

    capability: str
    before: str | None
    """None: there is no such spec yet."""
    folded: Folded
    retires: bool = False

    @property
    def writes(self) -> bool:
        return self.folded.changed


@dataclass(frozen=True, slots=True)
class Judged:
    """A step, and what would make its new spec invalid."""

    step: Step
    issues: tuple[Issue, ...] = ()
    fix: str = ""


def judged(step: Step, *, retire: bool) -> Judged:
    """Whether the spec would be valid afterwards; marked as retired where it loses its last requirement and may."""
    name, out, before = step.capability, step.folded, step.before
    issues = check(out.text)
    wrong = [issue for issue in issues if issue.level == "ERROR"]
    if not wrong:
        return Judged(step)
    fix = f"Run openspec validate {name} after fixing the change deltas."
    empty = not out.left and all(issue.message == NO_REQUIREMENTS for issue in wrong)
    lines = loose(before) if empty and before is not None else []
    if empty and retire and not lines and (out.removed or before is None):
        return Judged(Step(name, before, out, retires=True))
    if empty and retire and lines:
        fix = kept(name, lines)
    elif empty and not retire and before is not None and out.removed:
        fix = emptied(name, lines) if lines else UNDECLARED.format(name)
    return Judged(step, tuple(issues), fix)


@dataclass(frozen=True, slots=True)
class Landing:
    """Every delta of a change folded in. Where there is a problem, nothing may be written."""

    steps: tuple[Step, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)
    """capability -> why its delta can't be folded in, in one sentence"""

    @property
    def texts(self) -> dict[str, str | None]:
        """capability -> the new text of its spec, None where it is retired; what stays as it is left out."""
        retired = {step.capability: None for step in self.steps if step.retires and step.before is not None}
        return {**{s.capability: s.folded.text for s in self.steps if s.writes and not s.retires}, **retired}


def place(capability: str) -> str:
    """Where a capability's living spec lies."""
    return f"openspec/specs/{capability}/spec.md"


def barred(paths: Mapping[str, tuple[str, str]], capabilities: Iterable[str]) -> dict[str, str]:
    """capability -> why no spec can be written there, in a tree that has these paths (path -> (mode, blob))."""
    out: dict[str, str] = {}
    for name in capabilities:
        parts = place(name).split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        if place(name) in paths and paths[place(name)][0] not in REGULAR:
            out[name] = f"{place(name)} is a link, so no delta can be folded into it"
        for each in above:
            if each in paths:
                out[name] = f"{each} is no folder, so no spec can be written there"
    return out


def land(deltas: Mapping[str, bytes], living: Mapping[str, bytes], change: str, *, retire: bool = False) -> Landing:
    """`deltas` folded into `living`, both by capability; a capability without a living spec is a new one."""
    steps, problems = list[Step](), dict[str, str]()
    for name in sorted(deltas):
        try:
            delta, before = _text(deltas[name]), _text(living[name]) if name in living else None
        except ValueError:
            problems[name] = f"{name}: its delta or its living spec is not UTF-8, or larger than {MOST_BYTES} bytes"
            continue
        out = fold(before, delta, name, change, place(name))
        found = Judged(Step(name, before, out)) if out.problem else judged(Step(name, before, out), retire=retire)
        why = out.problem or _why(name, found)
        if why:
            problems[name] = " ".join(why.split())
        steps.append(found.step)
    return Landing(tuple(steps), problems)


def _why(name: str, found: Judged) -> str:
    """Why the new spec can't stand, in one sentence."""
    wrong = next((issue.message for issue in found.issues if issue.level == "ERROR"), "")
    if not wrong:
        return ""
    return f"{name}: the spec would not be valid: {wrong.splitlines()[0]}. {found.fix}"


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise ValueError("too large")
    return data.decode("utf-8")
