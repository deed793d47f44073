"""OpenSpec's delta files: `## ADDED|MODIFIED|REMOVED|RENAMED Requirements`, read and checked without any I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

SECTIONS = ("ADDED", "MODIFIED", "REMOVED", "RENAMED")
# Lines come without space at their end, and what a group holds is stripped by hand: a lazy group in front of optional
# space would take quadratic time on a hostile line.
_SECTION = re.compile(r"##[ \t]+(\S.*)")
_DELTA = re.compile(r"(ADDED|MODIFIED|REMOVED|RENAMED) Requirements", re.I)
_REQUIREMENT = re.compile(r"###[ \t]+Requirement:(.*)", re.I)
_SCENARIO = re.compile(r"####[ \t]+(\S.*)")
_BULLET = re.compile(r"[ \t]*[-*+][ \t]*`?[ \t]*###[ \t]+Requirement:(.*)", re.I)
_MOVE = re.compile(r"[ \t]*(?:[-*+][ \t]+)?(FROM|TO):[ \t]*`?[ \t]*###[ \t]+Requirement:(.*)", re.I)
_SHALL = re.compile(r"\b(?:SHALL|MUST)\b")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_TASK = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]+\[[ xX]\][ \t]+\S.*")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at a 1-based line (0: the whole file)."""

    line: int
    rule: str
    text: str


@dataclass(slots=True)
class Requirement:
    """One `### Requirement:` with what follows it."""

    name: str
    line: int
    section: str
    body: list[str] = field(default_factory=list)
    """The lines in front of the first scenario."""
    scenarios: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The name as names are compared: without regard to space and case."""
        return " ".join(self.name.split()).casefold()


@dataclass(slots=True)
class Delta:
    """One delta file."""

    requirements: list[Requirement] = field(default_factory=list)
    renames: list[tuple[str, str, int]] = field(default_factory=list)
    """(from, to, line)."""
    problems: list[Problem] = field(default_factory=list)
    """What was wrong with the form itself."""

    def of(self, section: str) -> list[Requirement]:
        """The requirements under one section."""
        return [r for r in self.requirements if r.section == section]

    @property
    def empty(self) -> bool:
        return not self.requirements and not self.renames


def plain(text: str) -> Iterator[tuple[int, str, bool]]:
    """(1-based line, text, whether it lies in a code fence), comments blanked."""
    fence = ""
    for number, raw in enumerate(_uncommented(text.replace("\r\n", "\n")).split("\n"), 1):
        line = raw.rstrip()
        mark = _FENCE.match(line)
        if fence:
            yield number, line, True
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        else:
            fence = mark[1] if mark else ""
            yield number, line, bool(mark)


def _uncommented(text: str) -> str:
    """`text` with the content of `<!-- … -->` taken out and its line ends left in."""
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end + 3
    return "".join([*parts, text[at:]])


def parse(text: str) -> Delta:
    """The deltas in a file. What is not understood is in `problems`, never lost in silence."""
    delta = Delta()
    section, heading, current = "", "", None
    left: tuple[str, int] | None = None
    for number, line, fenced in plain(text):
        if not fenced and (found := _SECTION.fullmatch(line)):
            heading, current = found[1].rstrip("# \t"), None
            match = _DELTA.fullmatch(heading)
            section = match[1].upper() if match else ""
        elif not fenced and (found := _REQUIREMENT.fullmatch(line)):
            current = _opened(delta, found[1].strip(), number, section, heading)
        elif not fenced and section == "RENAMED" and (found := _MOVE.fullmatch(line)):
            left = _moved(delta, left, found[1].upper(), found[2].strip(" \t`"), number)
        elif not fenced and section == "REMOVED" and not current and (found := _BULLET.fullmatch(line)):
            delta.requirements.append(Requirement(found[1].strip(" \t`"), number, section))
        elif current and not fenced and (found := _SCENARIO.fullmatch(line)):
            current.scenarios.append(found[1])
        elif current and not fenced and not current.scenarios:
            current.body.append(line)
    if left:
        delta.problems.append(Problem(left[1], "openspec-rename", f"FROM {left[0]!r} has no TO line after it"))
    return delta


def _opened(delta: Delta, name: str, line: int, section: str, heading: str) -> Requirement | None:
    if not name:
        delta.problems.append(Problem(line, "openspec-name", "a requirement has no name after `### Requirement:`"))
        return None
    if not section:
        text = f"requirement {name!r} is under {heading or 'no heading'!r}, which is not a delta section"
        delta.problems.append(Problem(line, "openspec-section", text + "; use `## ADDED Requirements` or its like"))
        return None
    if section == "RENAMED":
        delta.problems.append(Problem(line, "openspec-rename", "write a rename as a FROM: line and a TO: line"))
        return None
    delta.requirements.append(Requirement(name, line, section))
    return delta.requirements[-1]


def _moved(delta: Delta, left: tuple[str, int] | None, word: str, name: str, line: int) -> tuple[str, int] | None:
    if word == "FROM":
        if left:
            delta.problems.append(Problem(left[1], "openspec-rename", f"FROM {left[0]!r} has no TO line after it"))
        return name, line
    if left is None:
        delta.problems.append(Problem(line, "openspec-rename", f"TO {name!r} has no FROM line in front of it"))
        return None
    delta.renames.append((left[0], name, left[1]))
    return None


def names(spec: str) -> dict[str, str]:
    """The requirements of a living spec file: exact name -> the text below its heading."""
    out: dict[str, list[str]] = {}
    current = ""
    for _, line, fenced in plain(spec):
        if not fenced and (found := _REQUIREMENT.fullmatch(line)):
            current = found[1].strip()
            out[current] = []
        elif not fenced and _SECTION.fullmatch(line):
            current = ""
        elif current:
            out[current].append(line)
    return {name: "\n".join(lines) for name, lines in out.items()}


def scenarios(block: str) -> list[str]:
    """The titles of the scenarios in the text of one requirement."""
    return [found[1] for _, line, fenced in plain(block) if not fenced and (found := _SCENARIO.fullmatch(line))]


def problems(delta: Delta, living: str) -> list[Problem]:
    """Everything wrong with `delta`, given the living spec's text of the same capability ('' if there is none)."""
    out = list(delta.problems)
    if delta.empty:
        out.append(
            Problem(0, "openspec-empty", "no requirement under `## ADDED|MODIFIED|REMOVED|RENAMED Requirements`")
        )
    for requirement in delta.of("ADDED") + delta.of("MODIFIED"):
        out += _complete(requirement)
    return out + _twice(delta) + _against(delta, names(living))


def _complete(requirement: Requirement) -> list[Problem]:
    out, which = [], f"{requirement.section} {requirement.name!r}"
    if not _SHALL.search("\n".join(requirement.body)):
        where = " in its body, not only in its header" if _SHALL.search(requirement.name) else ""
        out.append(Problem(requirement.line, "openspec-shall", f"{which} must say SHALL or MUST{where}"))
    if not requirement.scenarios:
        out.append(Problem(requirement.line, "openspec-scenario", f"{which} needs at least one `#### Scenario:`"))
    return out


def _twice(delta: Delta) -> list[Problem]:
    out: list[Problem] = []
    seen: dict[str, str] = {}
    for requirement in delta.requirements:
        if requirement.key in seen:
            text = f"requirement {requirement.name!r} is in {seen[requirement.key]} and again in {requirement.section}"
            out.append(Problem(requirement.line, "openspec-twice", text))
        seen.setdefault(requirement.key, requirement.section)
    froms: set[str] = set()
    tos: set[str] = set()
    for old, new, line in delta.renames:
        key, target = " ".join(old.split()).casefold(), " ".join(new.split()).casefold()
        if key in froms or target in tos:
            out.append(Problem(line, "openspec-twice", f"{old!r} or {new!r} is renamed twice"))
        froms.add(key)
        tos.add(target)
        if seen.get(key) in ("MODIFIED", "REMOVED"):
            out.append(Problem(line, "openspec-rename", f"{seen[key]} names {old!r}, which is renamed; use {new!r}"))
        if seen.get(target) == "ADDED":
            out.append(Problem(line, "openspec-rename", f"{new!r} is in RENAMED and in ADDED"))
    return out


def _against(delta: Delta, living: dict[str, str]) -> list[Problem]:
    out: list[Problem] = []
    renamed = {new: old for old, new, _ in delta.renames}
    for requirement in delta.of("MODIFIED") + delta.of("REMOVED"):
        name = renamed.get(requirement.name, requirement.name)
        if name not in living:
            text = f"{requirement.section} {requirement.name!r} is not in the living spec of this capability"
            out.append(Problem(requirement.line, "openspec-unknown", text))
        elif requirement.section == "MODIFIED":
            lost = sorted(set(scenarios(living[name])) - set(requirement.scenarios))
            if lost:
                text = f"MODIFIED {requirement.name!r} leaves out the scenarios {lost}; repeat the whole requirement"
                out.append(Problem(requirement.line, "openspec-lost", text))
    out += [
        Problem(line, "openspec-unknown", f"RENAMED {old!r} is not in the living spec of this capability")
        for old, new, line in delta.renames
        if old not in living and old not in renamed
    ]
    free = {old for old, _, _ in delta.renames} | {r.name for r in delta.of("REMOVED")}
    for requirement in delta.of("ADDED"):
        if requirement.name in living and requirement.name not in free:
            text = f"ADDED {requirement.name!r} is in the living spec already; use MODIFIED"
            out.append(Problem(requirement.line, "openspec-known", text))
    return out


def tasks(text: str) -> int:
    """How many checkboxes a tasks file has, done or open."""
    return sum(1 for _, line, fenced in plain(text) if not fenced and _TASK.fullmatch(line))
