"""The project's own build command passes on a clean checkout."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates.report import command, unready
from harness.ports import Bench, Sandbox, Subject

NAME = "build"


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready(NAME, config.commands.build, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Run `[commands] build` on the tree that would be merged."""
    return command(NAME, subject.config.commands.build, subject, bench)
