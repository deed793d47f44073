"""Only paths that the stage's role may write have changed since the stage was entered."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import GateResult
from harness.domain.permission import matches
from harness.gates.result import finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "scope"
RECORD = ("openspec/changes/*/record/**", "openspec/backlog.md", "TBC/**")
"""What the harness itself writes; no role does."""
_WORDS = {"A": "added", "M": "changed", "D": "deleted", "T": "changed in type"}


def ready(config: Config, sandbox: Sandbox) -> str:
    """Always '': the gate reads git only."""
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Compare the commits at which the stage was entered and that is under test."""
    found = []
    changed = bench.changed(subject.entered, subject.head)
    for path, letter in sorted(changed.items()):
        why = "only the harness writes its records" if matches(path, RECORD, fold=True) else subject.writes(path)
        if why:
            text = f"{_WORDS.get(letter, letter)}, but {why}; put the file back as it was"
            found.append(finding("scope", text, path))
    return judged(NAME, subject, found, figures={"paths": len(changed)})
