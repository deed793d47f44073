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
from harness.ports import Bench, Sandbox, Subject

NAME = "architecture"
SKIPPED = ("openspec/**",)
"""Words about the architecture are no architecture."""
_AUTHOR = re.compile(r"(?:^|/)authors?(?=[._/-]|$)", re.I)
"""Who wrote something is no authentication, although it begins like it."""
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
    for path in sorted(changed):
        if matches(path, SKIPPED):
            continue
        for kind, globs in sorted(subject.config.architecture.surface.items()):
            if matches(path, globs, fold=True) and not _AUTHOR.search(path):
                out += _items(subject, bench, kind, path, _WORDS.get(changed[path], "changed"))
        out += _protected(subject, bench, path, _WORDS.get(changed[path], "changed"))
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


def _protected(subject: Subject, bench: Bench, path: str, word: str) -> list[str]:
    """What configures tools, start-up and agents; a lock file that is on the list as a dependency is there once."""
    if protected.rules(path) or path in protected.named(subject.config):
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
