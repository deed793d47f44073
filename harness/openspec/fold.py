"""What a delta makes of a living spec. Archiving writes it, validating asks it, and a merge can: one engine for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.domain.digest import digest_bytes
from harness.openspec.living import Living, endings, lf, split, structure
from harness.openspec.markdown import find, sections
from harness.openspec.plan import Plan, purpose, read
from harness.openspec.requirement import Block, foreign, near
from harness.openspec.scenario import loss
from harness.openspec.script import length, trim

SHORT = 50
"""Characters that a purpose should have."""


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
        _paired(plan, capability)
        out.warnings += strays(plan, capability)
        _once(plan, capability)
        _consistent(plan, capability)
        if not plan.size:
            raise _Refusal(
                f"Delta parsing found no operations for {capability}. "
                "Provide ADDED/MODIFIED/REMOVED/RENAMED sections in change spec."
            )
        living = _begin(out, current, delta, plan, capability, change, where)
        was = list(living.blocks)
        out.base = _base(plan, living)
        _rename(out, living, plan, capability)
        _remove(out, living, plan, capability)
        _modify(out, living, plan, capability)
        _add(out, living, plan, capability)
        out.warnings += _carried(was, living, plan, capability)
    except _Refusal as refusal:
        out.problem = str(refusal)
        return out
    out.left = tuple(living.blocks)
    out.text = living.text if endings(current or "") == "\n" else living.text.replace("\n", "\r\n")
    return out


def _carried(was: list[Block], living: Living, plan: Plan, capability: str) -> Iterator[str]:
    """A sentence for each requirement that takes text under a foreign heading away with it."""
    now = {each.name: each.raw for each in living.blocks}
    for each in was:
        name = each.name
        for old, new in plan.renamed:
            name = new if name == old else name
        tail = foreign(each)
        if tail and now.get(name, "").count(trim(tail)) < each.raw.count(trim(tail)):
            heading = trim(tail.partition("\n")[0])
            yield (
                f'{capability} - "{heading}" sits inside requirement "{each.name}" and goes with it. '
                "Move it under its own requirement, or above `## Requirements`, to keep it."
            )


def _paired(plan: Plan, capability: str) -> None:
    note = next((note for note in plan.notes if note.kind in ("from", "to")), None)
    if note:
        mate = {"from": "TO:", "to": "FROM:"}[note.kind]
        raise _Refusal(
            f"{capability} validation failed - RENAMED entry on line {note.line} has no matching {mate} for header "
            f"{header(note.name)}. Write each rename as a FROM: line followed immediately by its TO: line."
        )


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
    return f'under "{heading}"' if heading else 'above the first "## " section'


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


Clash = tuple[str, str, str, str]
"""(section, section, name, the other section's spelling) of what is named in two sections that exclude each other."""


def clashes(plan: Plan) -> Iterator[Clash]:
    """Every clash, those of renames last."""
    added, removed = ({each.name for each in blocks} for blocks in (plan.added, plan.removed))
    for name in dict.fromkeys(each.name for each in plan.modified):
        if name in removed:
            yield "MODIFIED", "REMOVED", name, ""
        if name in added:
            yield "MODIFIED", "ADDED", name, ""
    for name in dict.fromkeys(each.name for each in plan.added):
        if name in removed:
            yield "ADDED", "REMOVED", name, ""
    for old, new in plan.renamed:
        yield from _renames(plan, old, new)


def _renames(plan: Plan, old: str, new: str) -> Iterator[Clash]:
    """The clashes of one rename."""
    if any(each.name == old for each in plan.modified):
        yield "RENAMED", "MODIFIED", new, ""
    if any(each.name == new for each in plan.added):
        yield "RENAMED", "ADDED", new, ""
    if spelling := next((each.name for each in plan.removed if near(each.name) == near(old)), ""):
        yield "RENAMED", "REMOVED", old, spelling


def _consistent(plan: Plan, capability: str) -> None:
    """_Refusal for the first clash, those of renames first, of one rename's that with REMOVED."""
    of_renames = (
        sorted(_renames(plan, old, new), key=lambda clash: clash[1] != "REMOVED") for old, new in plan.renamed
    )
    first = next((found[0] for found in of_renames if found), None) or next(clashes(plan), None)
    if first is None:
        return
    one, other, name, spelling = first
    start = f"{capability} validation failed - "
    if (one, other) == ("RENAMED", "MODIFIED"):
        raise _Refusal(f"{start}when a rename exists, MODIFIED must reference the NEW header {header(name)}")
    if (one, other) == ("RENAMED", "ADDED"):
        raise _Refusal(f"{start}RENAMED TO header collides with ADDED for {header(name)}")
    end = f' (REMOVED spells it "{spelling}")' if spelling and spelling != name else ""
    text = f"requirement present in multiple sections ({one} and {other}) for header {header(name)}{end}"
    raise _Refusal(start + text)


def _begin(
    out: Folded, current: str | None, delta: str, plan: Plan, capability: str, change: str, where: str
) -> Living:
    given = purpose(delta)
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
        return split(lf(_fresh(out, given, capability, change)))
    if given and (has := purpose(current)) and has != given:
        text = (
            f"{capability} - delta Purpose ignored; {capability} already has one. Edit {where} directly to change it."
        )
        out.warnings.append(text)
    if problems := structure(current):
        lines = "\n".join(f"line {each.line}: {each.message}" for each in problems)
        raise _Refusal(f"{capability}: target spec is structurally invalid and cannot be updated until fixed:\n{lines}")
    return split(lf(current))


def _fresh(out: Folded, given: str, capability: str, change: str) -> str:
    """A new spec without requirements: with the delta's purpose, if a reader would find it there."""

    def spec(purpose: str) -> str:
        return f"# {capability} Specification\n\n## Purpose\n{purpose}\n\n## Requirements\n"

    placeholder = spec(f"TBD - created by archiving change {change}. Update Purpose after archive.")
    if not given:
        return placeholder
    seen = _overview(spec(given))
    if not seen:
        out.warnings.append(
            f"{capability} - delta Purpose ignored (it would leave the new spec unreadable); "
            "wrote the placeholder Purpose instead."
        )
        return placeholder
    if length(seen) < SHORT:
        out.warnings.append(
            f"{capability} - carried Purpose is under {SHORT} characters; "
            "openspec validate --strict reports it as too brief."
        )
    return spec(given)


def _overview(text: str) -> str:
    """The purpose that a spec is read to have; '' where the spec would be wrong."""
    if "<!--" in text or structure(text):
        return ""
    roots = sections(text)
    found = find(roots, "Purpose")
    return found.content if found and find(roots, "Requirements") else ""


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
            if taken is not None and not (alike := _like(living, old, but=new)):
                continue
            if taken is not None:
                raise _Refusal(
                    f"{capability} RENAMED failed for header {header(old)} - source not found, but {header(alike)} "
                    "exists; fix the header to match it exactly"
                )
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
