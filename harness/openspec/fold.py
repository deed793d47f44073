"""What a delta makes of a living spec. Archiving writes it, validating asks it, and a merge can: one engine for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.domain.digest import digest_bytes
from harness.openspec.living import Living, endings, lf, split, structure
from harness.openspec.markdown import fenced, headings
from harness.openspec.plan import Plan, read
from harness.openspec.requirement import Block, near
from harness.openspec.scenario import loss
from harness.openspec.script import length, trim

SHORT = 50
"""Characters that a purpose should have."""
_COMMENT = re.compile("<!--.*?-->", re.S)


@dataclass(slots=True)
class Folded:
    """The outcome: either `problem`, or the new text and what was done."""

    text: str = ""
    """The new spec, in the line ends of the old one; meaningless where there is a problem."""
    problem: str = ""
    """Why the delta can't be folded in, '' if it can."""
    created: bool = False
    added: int = 0
    modified: int = 0
    removed: int = 0
    renamed: int = 0
    warnings: list[str] = field(default_factory=list)
    base: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every block that MODIFIED, REMOVED or RENAMED is about, as the living spec has it now: who kept it
    from an earlier time can tell that the base has moved. A name without a block is left out."""
    left: tuple[Block, ...] = ()
    """The requirements that the new spec has."""
    gone: tuple[Block, ...] = ()
    """The requirements that were taken out."""

    @property
    def changed(self) -> bool:
        return bool(self.added or self.modified or self.removed or self.renamed)


class _Refusal(Exception):
    """Ends a fold inside this module."""


def fold(current: str | None, delta: str, capability: str, change: str, where: str = "") -> Folded:
    """`current` (None: there is no such spec) with `delta` folded in; `where` is the spec's path for messages."""
    plan = read(delta)
    out = Folded(created=current is None)
    try:
        _once(plan, capability)
        _consistent(plan, capability)
        if not plan.size:
            raise _Refusal(
                f"Delta parsing found no operations for {capability}. "
                "Provide ADDED/MODIFIED/REMOVED/RENAMED sections in change spec."
            )
        living = _begin(out, current, plan, capability, change, where)
        out.base = _base(plan, living)
        _rename(out, living, plan, capability)
        _remove(out, living, plan, capability)
        _modify(out, living, plan, capability)
        _add(out, living, plan, capability)
    except _Refusal as refusal:
        out.problem = str(refusal)
        return out
    out.left = tuple(living.blocks)
    out.warnings += strays(plan, capability)
    out.text = living.text if endings(current or "") == "\n" else living.text.replace("\n", "\r\n")
    return out


def strays(plan: Plan, capability: str) -> list[str]:
    """A sentence for each requirement that stands under no delta section."""
    return [
        f'{capability} - requirement "{note.name}" (line {note.line}) is {under(note.where)}, which is not a delta '
        "section, so it was not applied. Move it under ADDED/MODIFIED/REMOVED/RENAMED Requirements."
        for note in plan.notes
        if note.kind == "stray"
    ]


def under(heading: str) -> str:
    """Where a stray requirement stands."""
    return f'under "{heading}"' if heading else "above any section header"


def header(name: str) -> str:
    return f'"### Requirement: {name}"'


def _once(plan: Plan, capability: str) -> None:
    kinds = [(kind, [each.name for each in blocks]) for kind, blocks in plan.first]
    for kind, names in kinds:
        if twice := next(repeated(names), None):
            text = f"{capability} validation failed - duplicate requirement in {kind} for header {header(twice)}"
            raise _Refusal(text)
    froms: set[str] = set()
    tos: set[str] = set()
    for old, new in plan.renamed:
        for word, name, seen in (("FROM", old, froms), ("TO", new, tos)):
            if name in seen:
                raise _Refusal(
                    f"{capability} validation failed - duplicate {word} in RENAMED for header {header(name)}"
                )
            seen.add(name)


def repeated(names: list[str]) -> Iterator[str]:
    """Each name that was there before, as often as it comes again."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield name
        seen.add(name)


def clashes(plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    """(section, section, name, the other section's spelling) of what is named in two sections that exclude each other:
    first what has to do with renames."""
    added, modified = ({each.name for each in blocks} for blocks in (plan.added, plan.modified))
    spelled = {near(each.name): each.name for each in plan.removed}
    for old, new in plan.renamed:
        if near(old) in spelled:
            yield "RENAMED", "REMOVED", old, spelled[near(old)]
        if old in modified:
            yield "RENAMED", "MODIFIED", new, ""
        if new in added:
            yield "RENAMED", "ADDED", new, ""
    removed = {each.name for each in plan.removed}
    for each in plan.modified:
        if each.name in removed:
            yield "MODIFIED", "REMOVED", each.name, ""
        if each.name in added:
            yield "MODIFIED", "ADDED", each.name, ""
    for each in plan.added:
        if each.name in removed:
            yield "ADDED", "REMOVED", each.name, ""


def _consistent(plan: Plan, capability: str) -> None:
    for one, other, name, spelling in clashes(plan):
        start = f"{capability} validation failed - "
        if (one, other) == ("RENAMED", "MODIFIED"):
            raise _Refusal(f"{start}when a rename exists, MODIFIED must reference the NEW header {header(name)}")
        if (one, other) == ("RENAMED", "ADDED"):
            raise _Refusal(f"{start}RENAMED TO header collides with ADDED for {header(name)}")
        end = f' (REMOVED spells it "{spelling}")' if spelling and spelling != name else ""
        text = f"requirement present in multiple sections ({one} and {other}) for header {header(name)}{end}"
        raise _Refusal(start + text)


def _begin(out: Folded, current: str | None, plan: Plan, capability: str, change: str, where: str) -> Living:
    if current is None:
        if plan.modified or plan.renamed:
            raise _Refusal(
                f"{capability}: target spec does not exist; only ADDED requirements are allowed for new specs. "
                "MODIFIED and RENAMED operations require an existing spec."
            )
        if plan.removed:
            text = (
                f"{capability} - {len(plan.removed)} REMOVED requirement(s) ignored for new spec (nothing to remove)."
            )
            out.warnings.append(text)
        purpose = _purpose(out, plan, capability, change)
        return Living(f"# {capability} Specification\n\n## Purpose\n{purpose}", "## Requirements", "")
    text = lf(current)
    if problems := structure(text):
        lines = "\n".join(f"line {each.line}: {each.message}" for each in problems)
        raise _Refusal(f"{capability}: target spec is structurally invalid and cannot be updated until fixed:\n{lines}")
    if plan.purpose is not None and visible(plan.purpose):
        text_ = (
            f"{capability} - delta Purpose ignored; {capability} already has one. Edit {where} directly to change it."
        )
        out.warnings.append(text_)
    return split(text)


def _purpose(out: Folded, plan: Plan, capability: str, change: str) -> str:
    """The purpose of a new spec: the delta's, if it can be carried."""
    placeholder = f"TBD - created by archiving change {change}. Update Purpose after archive."
    given = plan.purpose or ""
    if not visible(given):
        return placeholder
    lines = given.split("\n")
    if any(headings(lines, fenced(lines))):
        out.warnings.append(
            f"{capability} - delta Purpose ignored (it would leave the new spec unreadable); "
            "wrote the placeholder Purpose instead."
        )
        return placeholder
    if length(given) < SHORT:
        out.warnings.append(
            f"{capability} - carried Purpose is under {SHORT} characters; "
            "openspec validate --strict reports it as too brief."
        )
    return given


def visible(text: str) -> str:
    """What a reader sees of a section: neither code nor comments."""
    lines = text.split("\n")
    code = fenced(lines)
    return trim(_COMMENT.sub("", "\n".join(line for i, line in enumerate(lines) if not code[i])))


def _base(plan: Plan, living: Living) -> dict[str, str]:
    names = [each.name for each in plan.modified + plan.removed] + [old for old, _ in plan.renamed]
    blocks = {each.name: each for each in living.blocks}
    return {name: digest_bytes(blocks[name].raw.encode()) for name in names if name in blocks}


def _position(living: Living, name: str) -> int | None:
    return next((i for i, each in enumerate(living.blocks) if each.name == name), None)


def _like(living: Living, name: str, but: str = "") -> str:
    """The name of a requirement that differs from `name` in case or spacing only."""
    return next((b.name for b in living.blocks if near(b.name) == near(name) and b.name not in (name, but)), "")


def _rename(out: Folded, living: Living, plan: Plan, capability: str) -> None:
    for old, new in plan.renamed:
        at, taken = _position(living, old), _position(living, new)
        if at is None:
            if taken is not None:
                continue
            raise _Refusal(f"{capability} RENAMED failed for header {header(old)} - source not found")
        if taken is not None:
            raise _Refusal(f"{capability} RENAMED failed for header {header(new)} - target already exists")
        if alike := _like(living, new, but=old):
            raise _Refusal(
                f"{capability} RENAMED failed for header {header(new)} - {header(alike)} already exists and differs "
                "only in case or spacing; choose a distinct name"
            )
        was = living.blocks[at]
        living.blocks[at] = Block(new, was.line, (f"### Requirement: {new}", *was.lines[1:]))
        out.renamed += 1


def _remove(out: Folded, living: Living, plan: Plan, capability: str) -> None:
    for each in plan.removed:
        at = _position(living, each.name)
        if at is not None:
            out.gone = (*out.gone, living.blocks.pop(at))
            out.removed += 1
        elif alike := _like(living, each.name):
            raise _Refusal(
                f"{capability} REMOVED failed for header {header(each.name)} - not found, but {header(alike)} exists; "
                "fix the header to match it exactly"
            )
        elif not out.created:
            text = f'REMOVED requirement "{each.name}" is not in the current spec; treating it as already removed.'
            out.warnings.append(f"{capability} - {text}")


def _modify(out: Folded, living: Living, plan: Plan, capability: str) -> None:
    for each in plan.modified:
        at = _position(living, each.name)
        if at is None:
            raise _Refusal(f"{capability} MODIFIED failed for header {header(each.name)} - not found")
        was = living.blocks[at]
        if was.raw == each.raw:
            continue
        if lost := loss(was, each):
            raise _Refusal(
                f"{capability} MODIFIED failed for header {header(each.name)} - current spec contains scenario(s) not "
                f"present in the modified block: {lost} Refresh the change spec before archiving to avoid dropping "
                "scenarios."
            )
        living.blocks[at] = each
        out.modified += 1


def _add(out: Folded, living: Living, plan: Plan, capability: str) -> None:
    for each in plan.added:
        at = _position(living, each.name)
        if at is not None:
            if living.blocks[at].raw == each.raw:
                continue
            raise _Refusal(f"{capability} ADDED failed for header {header(each.name)} - already exists")
        if alike := _like(living, each.name):
            raise _Refusal(
                f"{capability} ADDED failed for header {header(each.name)} - {header(alike)} already exists and "
                "differs only in case or spacing; use MODIFIED with that exact header to change it, or choose a "
                "distinct name"
            )
        living.blocks.append(each)
        out.added += 1
