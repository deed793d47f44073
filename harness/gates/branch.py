"""The change's name and its branch are well formed."""

from __future__ import annotations

import re

from harness.config import Config
from harness.domain.change import KINDS, named
from harness.domain.gate import GateResult
from harness.errors import Mistake
from harness.gates.result import finding, judged
from harness.gates.scope import smuggled
from harness.ports import Bench, Sandbox, Subject

NAME = "branch"
_BRANCH = re.compile(rf"(?:{'|'.join(KINDS)})/[a-z0-9][a-z0-9-]*")


def ready(config: Config, sandbox: Sandbox) -> str:
    """Always '': the gate reads names only."""
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Look at the names; the branch must not be one that everybody shares, nor bring what rules the next change."""
    change, git = subject.change, subject.config.git
    found = []
    try:
        named(change.name)
    except Mistake as error:
        found.append(finding("branch-name", str(error)))
    if not _BRANCH.fullmatch(change.branch):
        kinds = ", ".join(f"{kind}/…" for kind in KINDS)
        found.append(finding("branch-form", f"the branch {change.branch!r} must have the form {kinds}"))
    if change.branch in (git.develop, git.main):
        found.append(finding("branch-shared", f"{change.branch!r} is a branch that everybody shares"))
    return judged(NAME, subject, found + smuggled(subject, bench))
