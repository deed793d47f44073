"""The service reads and writes the real servers that the configuration names, by these servers' own counters."""

from __future__ import annotations

import json
from dataclasses import asdict

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.junit import Unusable, cases_of
from harness.gates.report import tail, unready, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.server import Use
from harness.gates.service import Traffic, traffic, unservable
from harness.gates.tests import judge
from harness.ports import Bench, Sandbox, Subject

NAME = "services"
TESTS = "services-tests"


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    if not config.services.postgres and not config.services.redis:
        return "harness.toml names no [services]"
    if not config.server.start.strip():
        return "harness.toml has no [server] start"
    return unready("integration", config.commands.integration, sandbox) or unservable(config, sandbox)


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
    if seen.forgotten:
        text = f"{seen.forgotten}: it keeps what clients write in its own memory, whatever it sends to the servers"
        found.append(finding("services-forgotten", text))
    try:
        found += _failing(seen)
    except Unusable as error:
        if found:
            return judged(NAME, subject, found, command=command, figures=figures, evidence=evidence)
        text = f"{error}; the tests ended with {seen.outcome.code}: {tail(seen.outcome.output, 600)}"
        return blocked(NAME, subject, text, command=command, figures=figures, evidence=evidence)
    return judged(NAME, subject, found, command=command, figures=figures, evidence=evidence)


def _failing(seen: Traffic) -> list[Finding]:
    """The tests that do not pass against the real servers; raises Unusable where no report says."""
    cases, _ = cases_of(seen.reports)
    found = [finding(TESTS, seen.failure)] if seen.failure else []
    wrong = judge(cases, seen.outcome.code, tail(seen.outcome.output))
    return found + [finding(TESTS, row.text, row.path, row.line) for row in wrong]


def _unused(use: Use) -> Finding:
    own = f" (the tests themselves: {use.tests})" if use.tests else ""
    text = (
        f"while the integration tests ran, the service sent {use.server} no {use.what}{own}: what it answers comes "
        f"from somewhere else, such as its memory; connect to the address in the environment"
    )
    return finding("services-unused", text)
