"""Lists what a change does to the architecture. The reviewer's verdict answers the list item by item."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import GateResult
from harness.domain.permission import matches
from harness.gates import accepted
from harness.gates.manifest import declared
from harness.gates.result import clean, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "architecture"
SKIPPED = ("openspec/**",)
"""Words about the architecture are no architecture."""
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
    for path in sorted(changed):
        if matches(path, SKIPPED):
            continue
        for kind, globs in sorted(subject.config.architecture.surface.items()):
            if matches(path, globs, fold=True):
                out += _items(subject, bench, kind, path, _WORDS.get(changed[path], "changed"))
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
