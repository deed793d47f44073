"""The gates, one row each. A gate's own code is loaded when it is asked: what was measured before needs none of it."""

from __future__ import annotations

from importlib import import_module

from harness.config import Config
from harness.domain.gate import GateResult
from harness.errors import Mistake
from harness.gates.result import blocked
from harness.ports import Bench, Gate, Sandbox, Subject


def row(name: str, title: str) -> Gate:
    """The gate of the module `name`; whatever goes wrong in it is *could not run*, which blocks."""
    module = f"{__package__}.{name}"

    def check(subject: Subject, bench: Bench) -> GateResult:
        try:
            found: GateResult = import_module(module).check(subject, bench)
            return found
        except Mistake as error:
            return blocked(name, subject, str(error))
        except Exception as error:
            return blocked(name, subject, f"the gate itself failed: {type(error).__name__}: {error}")

    def ready(config: Config, sandbox: Sandbox) -> str:
        return str(import_module(module).ready(config, sandbox))

    return Gate(name, title, check, ready)


GATES: tuple[Gate, ...] = (
    row("proposal", "Proposal"),
    row("branch", "Name and branch"),
    row("scope", "Scope of the diff"),
    row("spec", "API specification"),
    row("openspec", "OpenSpec deltas"),
    row("lock", "Spec lock"),
    row("build", "Build"),
    row("lint", "Lint"),
    row("types", "Types"),
    row("docs", "Documentation of code"),
    row("errors", "Typed errors"),
    row("suppressions", "Suppressions"),
    row("duplicates", "Duplicates"),
    row("tests", "Tests"),
    row("regression", "Regression"),
    row("assertions", "Assertions"),
    row("coverage", "Coverage"),
    row("reach", "Reach"),
    row("mutation", "Mutation"),
    row("commits", "Commit messages"),
    row("environment", "Environment variables"),
    row("documents", "Documents"),
    row("secrets", "Secrets"),
    row("dependencies", "Dependencies"),
    row("changelog", "Changelog"),
    row("migrations", "Migrations"),
    row("architecture", "Architecture list"),
    row("operations", "Operations over HTTP"),
    row("inputs", "Null, empty and invalid input"),
    row("conformance", "Conformance to the spec"),
    row("drift", "Routes against the spec"),
    row("services", "Real services"),
    row("latency", "Latency"),
)
