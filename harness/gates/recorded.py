"""The approved spec and the recorded traffic that a gate holds against it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from harness.domain.gate import GateResult
from harness.gates.bundle import Api
from harness.gates.report import tail, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.service import Traffic, traffic, unserved
from harness.gates.spec import VERSIONS, approved
from harness.ports import Bench, Subject


@dataclass(frozen=True, slots=True)
class Recorded:
    """A whole run of the integration tests."""

    api: Api
    seen: Traffic
    evidence: str


def standard(gate: str, subject: Subject, bench: Bench, why: str, command: str) -> Api | GateResult:
    """The approved spec that a gate measures against, or its result: for `why` it could not run, or without a spec."""
    api = why if why else approved(subject, bench)
    if isinstance(api, str):
        return blocked(gate, subject, api, command=command)
    if api.version not in VERSIONS:
        return blocked(gate, subject, f"{api.path} is not OpenAPI 3.0 or 3.1", command=command)
    return api


def recorded(gate: str, subject: Subject, bench: Bench) -> Recorded | GateResult:
    """What the integration tests sent and got, or the result where that can't be measured."""
    command = subject.config.commands.integration
    api = standard(gate, subject, bench, unserved(subject.config, bench.sandbox), command)
    if isinstance(api, GateResult):
        return api
    seen = traffic(subject, bench)
    evidence = bench.keep(_evidence(seen))
    if seen.failure and not seen.exchanges:
        found = [finding(f"{gate}-service", seen.failure)]
        return judged(gate, subject, found, command=command, evidence=evidence)
    why = unrun(seen.outcome, command)
    if why:
        return blocked(gate, subject, why, command=command, evidence=evidence)
    return Recorded(api, seen, evidence)


def _evidence(seen: Traffic) -> bytes:
    """One JSON line per exchange. Headers stay out: they hold credentials."""
    rows = [
        json.dumps(
            {
                "method": e.method, "path": e.path, "query": e.query, "status": e.status,
                "request": e.request_type, "response": e.response_type, "ms": round(e.seconds * 1000, 2),
            }
        )
        for e in seen.exchanges
    ]  # fmt: skip
    end = (*seen.faults, seen.failure, tail(seen.outcome.output, 20_000))
    return ("\n".join([*rows, *end])).encode("utf-8", "backslashreplace")
