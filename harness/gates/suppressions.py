"""No more comments and settings that silence a tool than the base has; moving one is no rise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates import demand, python, typescript
from harness.gates.exemption import Exemption, concerns, exemptions
from harness.gates.language import shipped, unready
from harness.gates.result import blocked, finding, judged
from harness.gates.threshold import lowered, sets
from harness.ports import Bench, Sandbox, Subject

NAME = "suppressions"
_EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Silence:
    """One comment that silences a tool."""

    path: str
    line: int
    tool: str
    text: str
    codes: tuple[str, ...]
    """The rules that it names, `*` for all of them."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready(config, sandbox, "ruff")


def check(subject: Subject, bench: Bench) -> GateResult:
    """Compare what is silenced in the tree and in the base, production code and tests alike."""
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why)
    same = bench.paths(subject.base) == bench.paths(subject.tree)
    now = _silences(subject.tree, subject.config, bench)
    before = [] if same else _silences(subject.base, subject.config, bench)
    left_out = _settings(subject.tree, bench)
    older = [] if same else _settings(subject.base, bench)
    files = shipped(subject.tree, subject.config, bench)
    found = [*_risen(now, before), *_widened(left_out, older, files)]
    if not same:
        found += [*_eased(subject, bench, files), *_lowered(subject, bench)]
    figures: dict[str, float | int | str] = {
        "comments": len(now), "on the base": len(before), "settings": len(left_out),
    }  # fmt: skip
    listed = "\n".join(f"{each.path}:{each.line}: {each.text}" for each in now)
    return judged(NAME, subject, found, figures=figures, evidence=bench.keep(listed.encode("utf-8", "replace")))


def _silences(tree: str, config: Config, bench: Bench) -> list[Silence]:
    facts = (
        *(python.look(tree, config, bench).facts if config.project.language != "typescript" else ()),
        *(typescript.lint(tree, config, bench).facts if config.project.language != "python" else ()),
    )
    return [
        Silence(path, line, fact["tool"], fact["text"], tuple(fact.get("codes", ())) or (_EVERYTHING,))
        for path, line, fact in facts
        if fact["kind"] == "silence"
    ]


def _settings(tree: str, bench: Bench) -> list[Exemption]:
    found = [path for path in bench.paths(tree) if concerns(path)]
    return [each for path in sorted(found) for each in exemptions(path, bench.read(tree, path) or b"")]


def _lowered(subject: Subject, bench: Bench) -> Iterator[Finding]:
    """Limits of coverage that the branch lowers in files that the base has."""
    paths = bench.paths(subject.tree)
    for path in sorted(path for path in bench.changed(subject.base, subject.tree) if path in paths and sets(path)):
        old, new = (bench.read(tree, path) or b"" for tree in (subject.base, subject.tree))
        for metric, was, now in lowered(old, new):
            text = (
                f"{metric} had to be covered to {was:g} %, and now {'not at all' if now is None else f'to {now:g} %'}"
            )
            yield finding("suppressions-settings", text, path)


def _risen(now: list[Silence], before: list[Silence]) -> list[Finding]:
    """The comments that are new, of every tool that is silenced more often, or for everything where it was for one."""
    found: list[Finding] = []
    for tool in dict.fromkeys(each.tool for each in now):
        mine = [each for each in now if each.tool == tool]
        theirs = [each for each in before if each.tool == tool]
        more = _weight(mine) - _weight(theirs)
        wider = _whole(mine) - _whole(theirs)
        if more <= 0 and wider <= 0:
            continue
        # one for everything that now names its rules, however many, is narrower than before
        if wider < 0 and more > 0 and len(mine) <= len(theirs):
            continue
        known = Counter((each.text.strip(), each.codes) for each in theirs)
        for each in mine:
            mark = each.text.strip(), each.codes
            known[mark] -= 1
            if known[mark] < 0 and (more > 0 or _EVERYTHING in each.codes):
                text = f"`{each.text.strip()}` silences a tool that the base lets speak: mend what it says"
                found.append(finding("suppressions-comment", text, each.path, each.line))
    return found


def _weight(silences: list[Silence]) -> int:
    return sum(len(each.codes) for each in silences)


def _whole(silences: list[Silence]) -> int:
    return sum(_EVERYTHING in each.codes for each in silences)


def _widened(now: list[Exemption], before: list[Exemption], files: list[str]) -> list[Finding]:
    """What settings leave out of the checks of production code that the base's did not."""
    known = Counter(each.mark for each in before)
    found = []
    for each in now:
        known[each.mark] -= 1
        if known[each.mark] < 0 and each.touches(files):
            text = f"{each.key} leaves {each.value} out of the checks, which the base does not"
            found.append(finding("suppressions-settings", text, each.path))
    return found


def _eased(subject: Subject, bench: Bench, files: list[str]) -> list[Finding]:
    """What settings ask of production code no more, of what the base's ask."""
    now, before = _asked(subject.tree, bench), _asked(subject.base, bench)
    known = Counter(row for rows in before.values() for row in demand.loose(rows))
    found = []
    for path, rows in now.items():
        for row in demand.loose(rows):
            known[row] -= 1
            if known[row] < 0 and _concerns(row[1], files):
                text = (
                    f"{row[0]}: {row[1]} is {row[2] or 'nothing'}, which it is not on the base: let it check as it did"
                )
                found.append(finding("suppressions-settings", text, path))
    every = [row for rows in now.values() for row in rows]
    for path, rows in before.items():
        for tool, key, value in demand.lost(rows, every):
            if _concerns(key, files):
                text = f"{tool}: {key} {value} is asked for on the base and no more: let it check as it did"
                found.append(finding("suppressions-settings", text, path))
    return found


def _asked(tree: str, bench: Bench) -> dict[str, list[demand.Row]]:
    found = {path: demand.rows(path, bench.read(tree, path) or b"") for path in bench.paths(tree) if concerns(path)}
    return {path: rows for path, rows in sorted(demand.heard(found).items()) if rows}


def _concerns(key: str, files: list[str]) -> bool:
    """Whether a switch is for one of `files`: for all of them, or for modules that are named before it."""
    module, named, _ = key.rpartition(": ")
    if not named:
        return True
    parts = module.removesuffix(".*").replace(".", "/")
    return module in ("*", "") or any(f"/{path}".find(f"/{parts}{end}") >= 0 for path in files for end in ("/", ".py"))
