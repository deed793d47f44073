"""The spec is, byte for byte, the one that was approved."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates.result import blocked, finding, judged
from harness.openspec.lock import lock
from harness.ports import Bench, Sandbox, Subject

NAME = "lock"


def ready(config: Config, sandbox: Sandbox) -> str:
    """Always '': the gate reads git only."""
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Compute the lock at the head again and compare it in full."""
    if not subject.lock:
        return blocked(NAME, subject, "there is no approved spec yet, so there is nothing to compare with")
    folder = subject.change.folder
    now = lock(lambda path: bench.read(subject.head, path), bench.paths(subject.head), folder, subject.base)
    found = []
    if now != subject.lock:
        touched = [path for path in bench.changed(subject.entered, subject.head) if path.startswith(f"{folder}/")]
        text = "the approved spec has changed: put it back, or say in spec_problem why it can't be met"
        found = [finding("lock", text, path) for path in sorted(touched) or [folder]]
    return judged(NAME, subject, found, figures={"lock": now, "approved": subject.lock})
