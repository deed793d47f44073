"""The project's own lint command passes on a clean checkout."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates.report import command, unready
from harness.ports import Bench, Sandbox, Subject

NAME = "lint"


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready(NAME, config.commands.lint, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Run `[commands] lint` on the tree that would be merged."""
    return command(NAME, subject.config.commands.lint, subject, bench)
