"""The gates, one row each."""

from __future__ import annotations

from collections.abc import Callable

from harness.domain.gate import GateResult
from harness.errors import Mistake
from harness.gates import (
    architecture,
    assertions,
    branch,
    build,
    changelog,
    commits,
    conformance,
    coverage,
    dependencies,
    docs,
    documents,
    drift,
    duplicates,
    environment,
    errors,
    inputs,
    latency,
    lint,
    lock,
    migrations,
    mutation,
    openspec,
    operations,
    proposal,
    reach,
    regression,
    scope,
    secrets,
    services,
    spec,
    suppressions,
    tests,
    types,
)
from harness.gates.result import blocked
from harness.ports import Bench, Gate, Subject

Check = Callable[[Subject, Bench], GateResult]


def guarded(name: str, check: Check) -> Check:
    """`check`, with whatever goes wrong in the gate itself turned into *could not run*, which blocks."""

    def safe(subject: Subject, bench: Bench) -> GateResult:
        try:
            return check(subject, bench)
        except Mistake as error:
            return blocked(name, subject, str(error))
        except Exception as error:
            return blocked(name, subject, f"the gate itself failed: {type(error).__name__}: {error}")

    return safe


GATES: tuple[Gate, ...] = (
    Gate("proposal", "Proposal", guarded("proposal", proposal.check), proposal.ready),
    Gate("branch", "Name and branch", guarded("branch", branch.check), branch.ready),
    Gate("scope", "Scope of the diff", guarded("scope", scope.check), scope.ready),
    Gate("spec", "API specification", guarded("spec", spec.check), spec.ready),
    Gate("openspec", "OpenSpec deltas", guarded("openspec", openspec.check), openspec.ready),
    Gate("lock", "Spec lock", guarded("lock", lock.check), lock.ready),
    Gate("build", "Build", guarded("build", build.check), build.ready),
    Gate("lint", "Lint", guarded("lint", lint.check), lint.ready),
    Gate("types", "Types", guarded("types", types.check), types.ready),
    Gate("docs", "Documentation of code", guarded("docs", docs.check), docs.ready),
    Gate("errors", "Typed errors", guarded("errors", errors.check), errors.ready),
    Gate("suppressions", "Suppressions", guarded("suppressions", suppressions.check), suppressions.ready),
    Gate("duplicates", "Duplicates", guarded("duplicates", duplicates.check), duplicates.ready),
    Gate("tests", "Tests", guarded("tests", tests.check), tests.ready),
    Gate("regression", "Regression", guarded("regression", regression.check), regression.ready),
    Gate("assertions", "Assertions", guarded("assertions", assertions.check), assertions.ready),
    Gate("coverage", "Coverage", guarded("coverage", coverage.check), coverage.ready),
    Gate("reach", "Reach", guarded("reach", reach.check), reach.ready),
    Gate("mutation", "Mutation", guarded("mutation", mutation.check), mutation.ready),
    Gate("commits", "Commit messages", guarded("commits", commits.check), commits.ready),
    Gate("environment", "Environment variables", guarded("environment", environment.check), environment.ready),
    Gate("documents", "Documents", guarded("documents", documents.check), documents.ready),
    Gate("secrets", "Secrets", guarded("secrets", secrets.check), secrets.ready),
    Gate("dependencies", "Dependencies", guarded("dependencies", dependencies.check), dependencies.ready),
    Gate("changelog", "Changelog", guarded("changelog", changelog.check), changelog.ready),
    Gate("migrations", "Migrations", guarded("migrations", migrations.check), migrations.ready),
    Gate("architecture", "Architecture list", guarded("architecture", architecture.check), architecture.ready),
    Gate("operations", "Operations over HTTP", guarded("operations", operations.check), operations.ready),
    Gate("inputs", "Null, empty and invalid input", guarded("inputs", inputs.check), inputs.ready),
    Gate("conformance", "Conformance to the spec", guarded("conformance", conformance.check), conformance.ready),
    Gate("drift", "Routes against the spec", guarded("drift", drift.check), drift.ready),
    Gate("services", "Real services", guarded("services", services.check), services.ready),
    Gate("latency", "Latency", guarded("latency", latency.check), latency.ready),
)
