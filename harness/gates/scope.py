"""Only paths that the stage's role may write have changed since the stage was entered."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.domain.permission import ALWAYS_DENIED, matches
from harness.gates.result import finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "scope"
DOCUMENTS = (
    "**/*.md", "**/*.rst", "**/*.txt", "**/*.adoc", "docs/**", "doc/**", "openspec/**", "TBC/**",
    "**/CHANGELOG*", "**/LICENSE*", "**/*.png", "**/*.svg", "**/*.jpg", "**/mkdocs.y*ml",
    "**/.readthedocs.y*ml",
)  # fmt: skip
"""What a docs change may touch: nothing else is measured for it."""
RECORD = (
    "openspec/changes/*/record/**", "openspec/changes/*/qa-report.md",
    "openspec/changes/archive/**", "openspec/archive/**", "openspec/backlog.md",
    "TBC/**",
)  # fmt: skip
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
    found += smuggled(subject, bench) + _undocumented(subject, bench)
    return judged(NAME, subject, found, figures={"paths": len(changed)})


def smuggled(subject: Subject, bench: Bench) -> list[Finding]:
    """What the whole branch brings that no change may bring, whoever put it there: it would rule the next change."""
    return [
        finding(
            "scope-base",
            f"{_WORDS.get(letter, letter)} on the branch; it changes on {subject.config.git.develop} alone",
            path,
        )
        for path, letter in sorted(bench.changed(subject.base, subject.head).items())
        if matches(path, ALWAYS_DENIED, fold=True) and not matches(path, RECORD, fold=True)
    ]


def _undocumented(subject: Subject, bench: Bench) -> list[Finding]:
    """What in a docs change is no document."""
    if subject.change.kind != "docs":
        return []
    return [
        finding("scope-docs", "a docs change touches documents alone; make it a feature or a fix", path)
        for path in sorted(bench.changed(subject.base, subject.head))
        if not matches(path, DOCUMENTS)
    ]
