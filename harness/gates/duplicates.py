"""No clone in production code that the base does not have, whatever its names were changed to."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import ceil
from typing import Any

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.errors import Mistake
from harness.gates.inspector import each, inspect, load
from harness.gates.language import lacking, measured, shipped
from harness.gates.result import blocked, finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "duplicates"
RENAMED = 1.25
"""How many times longer a clone has to be whose names were changed: short code of one shape is no copy."""
_ALIKE = 0.95
"""Share of the syntax trees of two functions in common, names and values apart, from which one is a copy."""
VALUES = 2
"""How many strings and numbers of a copy with other names may be others, too."""
_LITERAL = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<![\w.])\d[\w.]*")
_DESCRIBED = re.compile(r"\"\"\".*?\"\"\"|/\*.*?\*/|(?m:^\s*(?:#|//|\*).*$)", re.S)
_SCAN = (
    "mkdir -p $HOME/code && tar -cf - --null -T {given}/files | tar -xf - -C $HOME/code && cd $HOME/code || exit 1\n"
    "grep -rlZ jscpd . | xargs -0 -r sed -i s/jscpd:ignore/jscpd-ignore/g\n"
    "for pass in exact renamed valued alike; do {tools}/jscpd --config {given}/$pass.json --no-gitignore "
    "--reporters json -o {out} --report-name $pass . || exit 1; done"
)
_SAME = 0.6
"""Share of words in common from which a clone of two files is the older one, edited in both places."""
_MOST_WORDS = 600
_SPACE = re.compile(r"\s+")
_HEAD = re.compile(
    r"\s*(?:import\b.*|from\s+\S+\s+import\b.*|export\s+(?:\*|\{[^}]*\}).*from.*|[\w\s,*]+|[}\])]+(?:\s*from\s.*)?[;,]?"
    r"|const\s.*=\s*require\(.*|#.*|//.*|/?\*.*|[\"']use \w+[\"'];?)?\s*"
)
_ACTS = re.compile(r"\b(?:return|if|for|while|throw|raise|await|yield|switch|match)\b")


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two places of a clone."""

    path: str
    first: int
    last: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Clone:
    """Two places with the same code."""

    one: Place
    other: Place
    renamed: bool
    lines: int

    @property
    def mark(self) -> frozenset[str]:
        """What is cloned, wherever it lies."""
        return frozenset({_SPACE.sub(" ", place.text).strip() for place in (self.one, self.other)})

    @property
    def pair(self) -> frozenset[str]:
        return frozenset({self.one.path, self.other.path})


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return f"commands cannot run here: {sandbox.why}" if sandbox.level == 0 else lacking("jscpd")


def check(subject: Subject, bench: Bench) -> GateResult:
    """Compare the clones of the tree with those of the base."""
    config = subject.config
    files, why = measured(subject, bench, ready(config, bench.sandbox))
    if why:
        return blocked(NAME, subject, why)
    now, raw = _clones(subject.tree, config, bench)
    same = bench.paths(subject.base) == bench.paths(subject.tree)
    before = _clones(subject.base, config, bench)[0] if now and not same else []
    changed = bench.changed(subject.base, subject.tree)
    new = _new(now, before)
    found = [_finding(clone, changed, subject, bench) for clone in new]
    figures: dict[str, float | int | str] = {
        "files": len(files), "clones": len(now), "older clones": len(now) - len(new),
    }  # fmt: skip
    return judged(NAME, subject, found, figures=figures, evidence=bench.keep(raw))


def _clones(tree: str, config: Config, bench: Bench) -> tuple[list[Clone], bytes]:
    return bench.once(("jscpd", tree, config.digest), lambda: _scan(tree, config, bench))


def _scan(tree: str, config: Config, bench: Bench) -> tuple[list[Clone], bytes]:
    files = shipped(tree, config, bench)
    if not files:
        return [], b""
    limits = config.duplicates
    plain = {"mode": "weak", "maxSize": "20mb", "maxLines": 1_000_000, "absolute": False}
    exact = {**plain, "minLines": limits.lines, "minTokens": limits.tokens}
    renamed = {
        **plain, "minLines": ceil(limits.lines * RENAMED), "minTokens": ceil(limits.tokens * RENAMED),
        "ignoreIdentifiers": "consistent",
    }  # fmt: skip
    valued = {**renamed, "ignoreLiterals": True}
    # the syntax trees of functions: some copies with other names have no run of tokens that the others find
    alike = {**exact, "minLines": renamed["minLines"], "similarity": _ALIKE}
    settings = {"exact.json": exact, "renamed.json": renamed, "valued.json": valued, "alike.json": alike}
    give = {"files": each(files), **{name: json.dumps(setting) for name, setting in settings.items()}}
    done = inspect("jscpd", _SCAN, tree, bench, give=give)
    if done.outcome.code:
        raise Mistake(f"jscpd ended with {done.outcome.code}: {done.outcome.output.strip()[-400:]}")
    text = _Text(tree, bench)
    found: list[Clone] = []
    for kind in ("exact", "renamed", "valued", "alike"):
        known = {_place(clone) for clone in found}
        rows = load("jscpd", done, f"{kind}.json")["duplicates"]
        if kind == "alike":
            rows = [row for row in rows if row["kind"] == "similar" and row["tokens"] >= renamed["minTokens"]]
        clones = (_clone(row, text, kind != "exact") for row in rows)
        found += [clone for clone in clones if _place(clone) not in known and _copied(clone, kind)]
    return [clone for clone in found if _beyond_imports(clone.one.text, limits.lines)], done.raw


def _place(clone: Clone) -> tuple[str, int, str]:
    return clone.one.path, clone.one.first // 3, clone.other.path


def _copied(clone: Clone, kind: str) -> bool:
    """Whether code of one shape is a copy: it does something, and few of its values differ where any may."""
    if kind == "exact":
        return True
    acts = bool(_ACTS.search(_DESCRIBED.sub("", clone.one.text)))
    return acts and (kind == "renamed" or _differing(clone.one.text, clone.other.text) <= VALUES)


def _differing(one: str, other: str) -> int:
    """How many strings and numbers of two texts differ, what describes code apart."""
    first, second = (_LITERAL.findall(_DESCRIBED.sub("", text)) for text in (one, other))
    if len(first) == len(second):
        return sum(a != b for a, b in zip(first, second, strict=True))
    return len(first) + len(second)


class _Text:
    """Lines of files of one tree."""

    def __init__(self, tree: str, bench: Bench) -> None:
        self._tree, self._bench = tree, bench
        self._files: dict[str, list[str]] = {}

    def between(self, path: str, first: int, last: int) -> str:
        if path not in self._files:
            data = self._bench.read(self._tree, path) or b""
            self._files[path] = data.decode("utf-8", "replace").split("\n")
        return "\n".join(self._files[path][max(0, first - 1) : last])


def _clone(row: dict[str, Any], text: _Text, renamed: bool) -> Clone:
    places = []
    for side in (row["firstFile"], row["secondFile"]):
        path, first, last = str(side["name"]).removeprefix("./"), int(side["start"]), int(side["end"])
        places.append(Place(path, first, last, text.between(path, first, last)))
    return Clone(places[0], places[1], renamed, int(row["lines"]))


def _beyond_imports(text: str, least: int) -> bool:
    """Whether enough is left of a clone without the imports that it begins with, if it does."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if not _HEAD.fullmatch(line[:400])), len(lines))
    return first == 0 or len(lines) - first >= least


def _new(now: list[Clone], before: list[Clone]) -> list[Clone]:
    """The clones that the base has not, nor has in an older form in the same two files."""
    known = Counter(clone.mark for clone in before)
    rest = []
    for clone in now:
        known[clone.mark] -= 1
        if known[clone.mark] < 0:
            rest.append(clone)
    kept = Counter(clone.mark for clone in now)
    older = [clone for clone in before if kept[clone.mark] <= 0]
    found = []
    for clone in rest:
        form = next((each for each in older if each.pair == clone.pair and _alike(each, clone)), None)
        if form is None:
            found.append(clone)
        else:
            older.remove(form)
    return found


def _alike(one: Clone, other: Clone) -> bool:
    first, second = one.one.text.split()[:_MOST_WORDS], other.one.text.split()[:_MOST_WORDS]
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _SAME


def _finding(clone: Clone, changed: Iterable[str], subject: Subject, bench: Bench) -> Finding:
    """At the place that the branch brought, as far as that can be told."""
    touched = set(changed)
    here, there = clone.other, clone.one
    if here.path not in touched or _was(here, subject, bench):
        here, there = there, here
    how = ", with other names" if clone.renamed else ""
    text = f"{clone.lines} lines are those of {there}{how}: have one of them, and use it in both places"
    return finding("duplicates-clone", text, here.path, here.first)


def _was(place: Place, subject: Subject, bench: Bench) -> bool:
    """Whether the base has the place as it is."""
    data = (bench.read(subject.base, place.path) or b"").decode("utf-8", "replace")
    return _SPACE.sub(" ", place.text).strip() in _SPACE.sub(" ", data)
