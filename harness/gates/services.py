"""The service reads and writes the real servers that the configuration names, by these servers' own counters."""

from __future__ import annotations

import json
from dataclasses import asdict

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.report import tail, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.server import Use
from harness.gates.service import traffic, unserved
from harness.ports import Bench, Sandbox, Subject

NAME = "services"


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    if not config.services.postgres and not config.services.redis:
        return "harness.toml names no [services]"
    return unserved(config, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Judge what the servers counted during the run of the integration tests that the other gates judge, too."""
    command = subject.config.commands.integration
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command)
    seen = traffic(subject, bench)
    if not seen.uses:
        said = seen.failure or tail(seen.outcome.output, 600)
        return blocked(NAME, subject, f"nothing was counted: {said}", command=command)
    evidence = bench.keep(json.dumps([asdict(use) for use in seen.uses], indent=2).encode())
    why = unrun(seen.outcome, command)
    if why:
        return blocked(NAME, subject, why, command=command, evidence=evidence)
    figures: dict[str, float | int | str] = {}
    for use in seen.uses:
        figures[f"{use.server}: {use.what}"] = use.service
        if use.tests is not None:
            figures[f"{use.server}: {use.what} by the tests"] = use.tests
    found = [_unused(use) for use in seen.uses if not use.service]
    return judged(NAME, subject, found, command=command, figures=figures, evidence=evidence)


def _unused(use: Use) -> Finding:
    own = f" (the tests themselves: {use.tests})" if use.tests else ""
    text = (
        f"while the integration tests ran, the service sent {use.server} no {use.what}{own}: what it answers comes "
        f"from somewhere else, such as its memory; connect to the address in the environment"
    )
    return finding("services-unused", text)
