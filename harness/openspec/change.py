"""A change's deltas: what is wrong with them, and as the command line shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.openspec.fold import clashes, fold, repeated, under
from harness.openspec.issue import Issue
from harness.openspec.living import lf, split
from harness.openspec.markdown import sections
from harness.openspec.plan import KINDS, Note, Plan, read
from harness.openspec.proposal import told
from harness.openspec.requirement import Block, binding
from harness.openspec.scenario import loss
from harness.openspec.script import S, trim
from harness.openspec.spec import BODY, RFC, requirement

VERBS = {"ADDED": "Add", "MODIFIED": "Modify", "REMOVED": "Remove"}
HEADED = re.compile(f"(?:\\A|(?<=[\n\r\u2028\u2029]))##{S}+(?:ADDED|MODIFIED|REMOVED|RENAMED){S}+Requirements", re.I)
"""What makes a file one of deltas, for archiving."""
_TITLED = re.compile(f"(?ai:Requirement):{S}*[^\\s]")
_LEVEL = re.compile(f"###{S}*")
REFUSED = "Archive would refuse this delta: "
"""How a finding begins that comes from the fold."""
_SECTIONS = ", ".join(f'"## {kind} Requirements"' for kind in KINDS[:-1]) + f', or "## {KINDS[-1]} Requirements"'
_STEPS = (
    " (a scenario header with no body under it does not count; add its steps, "
    'e.g. "- **WHEN** ..." and "- **THEN** ...")'
)


@dataclass(frozen=True, slots=True)
class Delta:
    """One delta file of a change."""

    capability: str
    text: str
    living: str | None = None
    """The living spec's text; None where the capability is new."""
    unread: tuple[str, str] | None = None
    """Where the living spec lies that can't be read, and why, as the system calls it."""

    @property
    def path(self) -> str:
        return f"{self.capability}/spec.md"


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with a change's deltas."""

    issues: list[Issue]
    """About single files, in the files' order; then what archiving would refuse."""
    missing: list[Issue]
    """Files without any requirement."""
    total: int
    """How many requirements are named."""


def check(deltas: Sequence[Delta], change: str, *, archiving: bool = False) -> Found:
    """`archiving`: what only the fold can tell is left to it."""
    out: list[Issue] = []
    refused: list[Issue] = []
    plans = [(delta, read(delta.text)) for delta in deltas]
    for delta, plan in plans:
        own = list(_file(delta, plan, () if archiving else _losses(delta, plan)))
        if not archiving:
            refused += _refused(delta, plan, change, own)
        out += own
    empty = [(delta, plan) for delta, plan in plans if not plan.size]
    missing = [_unfilled(delta, plan) for delta, plan in empty if plan.sections]
    missing += [_unsectioned(delta) for delta, plan in empty if not plan.sections]
    return Found(out + refused, missing, sum(plan.size for _, plan in plans))


def _file(delta: Delta, plan: Plan, losses: Iterable[Issue] = ()) -> Iterator[Issue]:
    for note in plan.notes:
        yield _noted(delta, note)
    for kind, blocks in plan.first[:-1]:
        for block, again in zip(blocks, _again([each.name for each in blocks]), strict=True):
            if again:
                yield Issue("ERROR", delta.path, f'Duplicate requirement in {kind}: "{block.name}"')
            yield from _complete(delta, kind, block)
    yield from losses
    for name in repeated([each.name for each in plan.removed]):
        yield Issue("ERROR", delta.path, f'Duplicate requirement in REMOVED: "{name}"')
    olds, news = zip(*plan.renamed, strict=True) if plan.renamed else ((), ())
    for (old, new), first, second in zip(plan.renamed, _again(olds), _again(news), strict=True):
        for word, name, again in (("FROM", old, first), ("TO", new, second)):
            if again:
                yield Issue("ERROR", delta.path, f'Duplicate {word} in RENAMED: "{name}"')
    for one, other, name, spelling in clashes(plan):
        yield Issue("ERROR", delta.path, _clash(one, other, name, spelling))


def _again(names: Sequence[str]) -> list[bool]:
    """For each name, whether it was there before."""
    first: dict[str, int] = {}
    return [first.setdefault(name, at) < at for at, name in enumerate(names)]


def _clash(one: str, other: str, name: str, spelling: str) -> str:
    if (one, other) == ("RENAMED", "MODIFIED"):
        return f'MODIFIED references old name from RENAMED. Use new header for "{name}"'
    if (one, other) == ("RENAMED", "ADDED"):
        return f'RENAMED TO collides with ADDED for "{name}"'
    end = f' (REMOVED spells it "{spelling}")' if spelling and spelling != name else ""
    return f'Requirement present in both {one} and {other}: "{name}"{end}'


def _noted(delta: Delta, note: Note) -> Issue:
    if note.kind == "stray":
        text = f'Requirement "{note.name}" is {under(note.where)}, which is not a delta section, so it is ignored. '
        return Issue("WARNING", delta.path, f"{text}Move it under {_SECTIONS}.", note.line)
    if note.kind in ("from", "to"):
        mate = {"from": "TO:", "to": "FROM:"}[note.kind]
        text = f'RENAMED {note.kind.upper()}: "{note.name}" has no matching {mate} line. '
        text += "Write each rename as a FROM: line followed immediately by its TO: line."
        return Issue("ERROR", delta.path, text, note.line)
    if note.kind == "nameless":
        text = f'Header "### {note.name}" in {note.where} is missing a requirement name and is ignored by validation. '
        text += 'Add a name, e.g. "### Requirement: <name>".'
        return Issue("INFO", delta.path, text, note.line)
    text = f'Header "### {note.name}" in {note.where} is not a "### Requirement:" header and is ignored by validation. '
    text += f'Use "### Requirement: {note.name}" if it should be validated as a requirement.'
    return Issue("INFO", delta.path, text, note.line)


def _complete(delta: Delta, kind: str, block: Block) -> Iterator[Issue]:
    who, words = f'{kind} "{block.name}"', block.text
    if not words:
        lacks = f"must contain {BODY}" if binding(block.name) else "is missing requirement text"
        yield Issue("ERROR", delta.path, f"{who} {lacks}")
    elif not binding(words):
        tail = BODY if binding(block.name) else "SHALL or MUST"
        yield Issue("WARNING", delta.path, f"{who} should contain {tail}{RFC}")
    steps, any_ = block.tested
    if not steps:
        yield Issue("ERROR", delta.path, f"{who} must include at least one scenario{_STEPS if any_ else ''}")


def _losses(delta: Delta, plan: Plan) -> Iterator[Issue]:
    if delta.unread and plan.modified:
        where, why = delta.unread
        text = f"Could not read {where} to check the MODIFIED requirements against it "
        text += f"({why}). Archive reads the same file, so fix the file before archiving."
        yield Issue("ERROR", delta.path, text)
    if delta.living is None or not plan.modified:
        return
    now = {each.name: each for each in split(lf(delta.living)).blocks}
    was = {new: old for old, new in plan.renamed}
    away = {old for old, _ in plan.renamed}
    for each in plan.modified:
        before = None if each.name in away else _origin(each.name, now, was)
        if before and (lost := loss(before, each)):
            text = f'MODIFIED "{each.name}" omits scenario(s) the current spec still has: {lost} Copy the omitted '
            text += "scenarios into the MODIFIED block (a MODIFIED requirement replaces the whole block, so archive "
            yield Issue("ERROR", delta.path, f"{text}refuses to drop them).")


def _origin(name: str, now: Mapping[str, Block], was: Mapping[str, str]) -> Block | None:
    """The living requirement that comes to have a name, through renames of renamed ones too."""
    seen = set[str]()
    while name not in now and name in was and name not in seen:
        seen.add(name)
        name = was[name]
    return now.get(name)


def _unsectioned(delta: Delta) -> Issue:
    text = 'No delta sections found. Add headers such as "## ADDED Requirements" or move non-delta notes outside '
    return Issue("ERROR", delta.path, f"{text}specs/.")


def _unfilled(delta: Delta, plan: Plan) -> Issue:
    shown = [f"## {kind} Requirements" for kind in plan.sections]
    listed = shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + f" and {shown[-1]}"
    text = f"Delta sections {listed} were found, but no requirement entries parsed. Ensure each section includes at "
    text += 'least one "### Requirement:" block (REMOVED may use bullet list syntax).'
    return Issue("ERROR", delta.path, text)


def _refused(delta: Delta, plan: Plan, change: str, own: Sequence[Issue]) -> Iterator[Issue]:
    if not plan.size or delta.unread or any(each.level == "ERROR" for each in own):
        return
    if problem := fold(delta.living, delta.text, delta.capability, change).problem:
        yield Issue("INFO", delta.path, f"{REFUSED}{problem}")


def shown(deltas: Sequence[Delta], what: str = "") -> list[dict[str, Any]]:
    """The deltas as `show --json` prints them; those that the proposal's `what` lists where no file has a section."""
    if not any(read(delta.text).sections for delta in deltas):
        return told(what)
    out: list[dict[str, Any]] = []
    for delta in deltas:
        plan = read(delta.text)
        for kind, blocks in plan.first:
            for item in filter(None, map(_view, blocks)):
                text = f"{VERBS[kind]} requirement: {item['text']}"
                out.append({
                    "spec": delta.capability, "operation": kind, "description": text, "requirement": item,
                    "requirements": [item],
                })  # fmt: skip
        for old, new in plan.renamed:
            text = f'Rename requirement from "{old}" to "{new}"'
            rename = {"from": old, "to": new}
            out.append({"spec": delta.capability, "operation": "RENAMED", "description": text, "rename": rename})
    return out


def _view(block: Block) -> dict[str, Any] | None:
    """A requirement under its heading as written; None where that has no name."""
    title = trim(_LEVEL.sub("", block.lines[0], count=1))
    first = next(iter(sections("\n".join([f"### {title}", *block.lines[1:]]))), None)
    return requirement(first).json() if first and _TITLED.match(first.title) else None


def misplaced(path: str) -> Issue:
    """A file with deltas, `path` below specs/, that is no capability's spec.md."""
    if path == "spec.md":
        text = "Delta spec found at specs/spec.md. Delta specs must live under a capability path (e.g. "
        text += "specs/<capability-path>/spec.md) — a file at the specs/ root is ignored when the change is applied or "
        return Issue("ERROR", path, f"{text}archived.")
    text = f"Delta spec found at specs/{path}. Delta specs must be a spec.md inside a capability folder — this file is "
    text += f"ignored when the change is applied or archived. Move its requirements into {better_place(path)}."
    return Issue("ERROR", path, text)


def better_place(path: str) -> str:
    """Where the deltas of a misplaced file belong."""
    folder, _, name = path.rpartition("/")
    return f"specs/{folder or name[:-3]}/spec.md"
