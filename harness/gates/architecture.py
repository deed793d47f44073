"""Lists what a change does to the architecture. The reviewer's verdict answers the list item by item."""

from __future__ import annotations

import re
from collections.abc import Collection

from harness.config import Config
from harness.domain.gate import GateResult
from harness.domain.permission import matches
from harness.gates import accepted, protected
from harness.gates.layer import breaches
from harness.gates.manifest import declared
from harness.gates.result import clean, judged
from harness.gates.steering import steering
from harness.ports import Bench, Sandbox, Subject

NAME = "architecture"
SKIPPED = ("openspec/**",)
"""Words about the architecture are no architecture."""
_AUTHOR = re.compile(r"(?:^|/)authors?(?=[._/-]|$)", re.I)
"""Who wrote something is no authentication, although it begins like it."""
_CLASS = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?:default[ \t]+)?(?:abstract[ \t]+)?class[ \t]+(\w+)[ \t]*"
    r"(?:\(([^)]*)\)|extends[ \t]+([\w.]+))",
    re.M,
)
_WORD = re.compile(r"\w+")
_WORDS = {"A": "added", "M": "changed", "D": "deleted", "T": "changed in type"}


def ready(config: Config, sandbox: Sandbox) -> str:
    """Always '': the gate reads git only."""
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Passes with the number of items: whether each is accepted is decided by the review."""
    return judged(NAME, subject, [], figures={"items": len(items(subject, bench))})


def items(subject: Subject, bench: Bench) -> list[str]:
    """The architectural surface that the change touches, as stable sentences in a stable order."""
    out: list[str] = []
    changed = bench.changed(subject.base, subject.tree)
    paths = bench.paths(subject.tree).keys() if subject.config.architecture.layers else set()
    run = protected.named(subject.config) | steering(subject.base, subject.config, bench)
    for path in sorted(changed):
        if matches(path, SKIPPED):
            continue
        for kind, globs in sorted(subject.config.architecture.surface.items()):
            if matches(path, globs, fold=True) and not _AUTHOR.search(path):
                out += _items(subject, bench, kind, path, _WORDS.get(changed[path], "changed"))
        out += _hierarchy(subject, bench, path, _WORDS.get(changed[path], "changed"))
        out += _protected(subject, bench, path, path in run, _WORDS.get(changed[path], "changed"))
        out += _layering(subject, bench, path, paths)
    out += accepted.items(subject, bench)
    return list(dict.fromkeys(clean(item) for item in out))


def _items(subject: Subject, bench: Bench, kind: str, path: str, word: str) -> list[str]:
    plain = [f"{kind}: {path} {word}"]
    if kind != "dependency":
        return plain
    before = declared(path, bench.read(subject.base, path))
    after = declared(path, bench.read(subject.tree, path))
    if before is None or after is None:
        return plain
    out = [f"{kind}: {path} adds {after[key]}" for key in sorted(after.keys() - before.keys())]
    out += [f"{kind}: {path} removes {before[key]}" for key in sorted(before.keys() - after.keys())]
    out += [
        f"{kind}: {path} changes {before[key]} to {after[key]}"
        for key in sorted(after.keys() & before.keys())
        if after[key] != before[key]
    ]
    return out


def _hierarchy(subject: Subject, bench: Bench, path: str, word: str) -> list[str]:
    """The file that defines a root of the configured hierarchy of errors, where its classes of errors are others."""
    roots = frozenset(subject.config.errors.hierarchy)
    if not roots or matches(path, subject.config.architecture.surface.get("errors", ()), fold=True):
        return []
    before, after = (_classes(bench.read(tree, path), roots) for tree in (subject.base, subject.tree))
    defined = any(name in roots for name, _ in before | after)
    return [f"errors: {path} {word}"] if defined and before != after else []


def _classes(data: bytes | None, roots: frozenset[str]) -> frozenset[tuple[str, str]]:
    """(class, what it is below) of the roots and of the classes below them in one file."""
    text = (data or b"").decode("utf-8", "replace")
    rows = [(name, " ".join((below or extended).split())) for name, below, extended in _CLASS.findall(text)]
    known, size = set(roots), 0
    while len(known) > size:
        size = len(known)
        known |= {name for name, below in rows if known & {*_WORD.findall(below)}}
    return frozenset(row for row in rows if row[0] in known)


def _protected(subject: Subject, bench: Bench, path: str, run: bool, word: str) -> list[str]:
    """What configures tools, start-up and agents, or is `run` by the commands; a lock file that is on the list as a
    dependency is there once."""
    if protected.rules(path) or run:
        listed = matches(path, subject.config.architecture.surface.get("dependency", ()), fold=True)
        return [] if listed else [f"{protected.KIND}: {path} {word}"]
    parts = protected.parts(path, bench.read(subject.base, path), bench.read(subject.tree, path))
    return [f"{protected.KIND}: {path} changes {part}" for part in parts]


def _layering(subject: Subject, bench: Bench, path: str, paths: Collection[str]) -> list[str]:
    """What a file newly takes from a layer that it may not reach."""
    layers = subject.config.architecture.layers
    new = breaches(path, bench.read(subject.tree, path), layers, paths)
    old = breaches(path, bench.read(subject.base, path), layers, paths) if new else []
    return [f"layering: {path} {breach}" for breach in new if breach not in old]
