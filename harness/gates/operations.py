"""Integration tests reach every operation and documented status of the approved spec; the traffic agrees with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.bundle import Api
from harness.gates.doubt import Docket, Doubt
from harness.gates.exchange import Exchange
from harness.gates.judge import judge
from harness.gates.junit import Unusable, cases_of
from harness.gates.operation import Operation, Routes, operations, secured
from harness.gates.recorded import recorded
from harness.gates.report import tail
from harness.gates.request import request
from harness.gates.response import response
from harness.gates.result import blocked, finding, judged
from harness.gates.service import Traffic, unserved
from harness.gates.tests import counts
from harness.gates.tests import judge as judge_tests
from harness.ports import Bench, Sandbox, Subject

NAME = "operations"
MOST_CHECKS = 20_000
MOST_SAID = 500
_NOWHERE = (401, 403, 404, 405, 501)
"""Refusals of what is not there; many services ask who calls before they look."""
_MOVED = (301, 302, 307, 308)
_OPEN = "default"
MOST_LOCATION = 4000
UNUSED = "not provokable, but not needed: "


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unserved(config, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Start the service, run `[commands] integration` against it, and judge the recorded traffic."""
    run = recorded(NAME, subject, bench)
    if isinstance(run, GateResult):
        return run
    command, seen = subject.config.commands.integration, run.seen
    try:
        cases, _ = cases_of(seen.reports)
    except Unusable as error:
        text = f"{error}; the tests ended with {seen.outcome.code}: {tail(seen.outcome.output, 600)}"
        return blocked(NAME, subject, text, command=command, evidence=run.evidence)
    found = [finding("operations-service", seen.failure)] if seen.failure else []
    found += judge_tests(cases, seen.outcome.code, tail(seen.outcome.output))
    report = Report(run.api, subject.config)
    report.run(seen)
    figures = counts(cases) | report.figures
    return judged(NAME, subject, found + report.findings, command=command, figures=figures, evidence=run.evidence)


@dataclass(slots=True)
class Report:
    """Traffic held against a spec."""

    api: Api
    config: Config
    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, float | int | str] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    docket: Docket = field(default_factory=lambda: Docket(MOST_CHECKS))
    doubts: list[tuple[str, str, str]] = field(default_factory=list)
    """(rule, text that the mismatch follows, mark on the docket)"""

    def run(self, seen: Traffic) -> None:
        """Count and judge every exchange."""
        routes = Routes(self.api)
        hits: dict[str, set[str]] = {}
        for exchange in seen.exchanges:
            operation = routes.find(exchange.method, exchange.path)
            if operation is None and exchange.method == "HEAD":
                # What GET documents holds for HEAD, which frameworks answer by themselves.
                reading = routes.find("GET", exchange.path)
                if reading is not None:
                    self._exchange(reading, routes, exchange)
                    continue
            if operation is None:
                self._unknown(exchange)
                continue
            hits.setdefault(operation.name, set()).add(str(exchange.status))
            self._exchange(operation, routes, exchange)
        self._coverage(hits, len(seen.exchanges))
        self._bodies()
        self.findings += [finding("operations-answer", text) for text in seen.faults]
        self.figures["exchanges"] = len(seen.exchanges)
        if seen.dropped:
            text = f"{seen.dropped} exchanges came after the first {len(seen.exchanges)} and were not judged"
            self.findings.append(finding("operations-many", text))

    def say(self, rule: str, text: str) -> None:
        """Add a finding, once."""
        if text not in self.said and len(self.said) < MOST_SAID:
            self.said.add(text)
            self.findings.append(finding(rule, text))

    def _unknown(self, exchange: Exchange) -> None:
        # A test that asks for what is not there is a good test, as long as the service says so.
        if exchange.status in _NOWHERE or (exchange.method == "OPTIONS" and exchange.good):
            return
        if exchange.method in ("GET", "HEAD") and exchange.path == self.config.server.ready.partition("?")[0]:
            return
        if exchange.status in _MOVED and _slash(exchange):
            return
        what = f"{exchange.method} {exchange.path[:300]} answers {exchange.status}"
        self.say("operations-unknown", f"{what}, but the spec has no such operation")

    def _coverage(self, hits: Mapping[str, set[str]], exchanges: int) -> None:
        excused = {(row.operation, row.status): row.reason for row in self.config.operations.not_provokable}
        needed: set[tuple[str, str]] = set()
        total = reached = statuses = met = 0
        for op in operations(self.api):
            total += 1
            seen = hits.get(op.name, set())
            place = self.api.at(op.at)
            if not seen:
                self.findings.append(finding("operations-unreached", f"no integration test calls {op.name}", *place))
                needed |= {(op.name, status) for status in op.responses()}
                continue
            reached += 1
            for status in op.responses():
                if status[:1] not in "234" and not (status == _OPEN and _refuses(self.api, op)):
                    continue
                statuses += 1
                if any(_covers(op, status, one) for one in seen):
                    met += 1
                    continue
                needed.add((op.name, status))
                if excused.get((op.name, status), "").strip():
                    self.figures[f"not provokable: {op.name} {status}"] = excused[op.name, status]
                else:
                    text = f"{op.name} documents {status}, but no integration test makes the service answer it"
                    if (op.name, status) in excused:
                        text += "; [operations] not_provokable names it without a reason"
                    self.findings.append(finding("operations-status", text, *place))
        self.figures |= {"operations": total, "reached": reached, "statuses": statuses, "statuses seen": met}
        for name, status in sorted(excused.keys() - needed):
            self.figures[f"{UNUSED}{name} {status}"] = "it was seen, or the spec does not document it"
        if not exchanges and total:
            text = f"0 of {total} operations: the integration tests sent no request to the address in BASE_URL"
            self.findings.insert(0, finding("operations-none", text))

    def _exchange(self, operation: Operation, routes: Routes, exchange: Exchange) -> None:
        name = f"{operation.name} {exchange.status}"
        answer = response(self.api, operation, exchange)
        for kind, text in answer.problems:
            said = (
                f"{operation.name} answers {exchange.status}, {text}" if kind == "undocumented" else f"{name}: {text}"
            )
            self.say(f"operations-{kind}", said)
        for kind, what, check in answer.checks:
            text = f"{name}: {what} does not match the spec"
            self.doubts.append((f"operations-{kind}", text, self.docket.add(check)))
        if answer.unread:
            self.figures["bodies too large"] = int(self.figures.get("bodies too large", 0)) + 1
        if exchange.good:
            self._accepted(operation, request(self.api, operation, routes, exchange), exchange)

    def _accepted(self, operation: Operation, asked: Doubt, exchange: Exchange) -> None:
        start = f"{operation.name} accepts a request with {exchange.status}, though"
        for _, text in asked.problems:
            self.say("operations-accepted", f"{start} {text}")
        for _, what, check in asked.checks:
            mark = self.docket.add(check)
            self.doubts.append(("operations-accepted", f"{start} {what} does not match the spec", mark))

    def _bodies(self) -> None:
        if not self.docket.rows:
            return
        self.docket.verdict = verdict = judge(self.api, self.docket.checks, validate=False)
        if verdict.failure:
            self.findings.append(finding("operations-body", verdict.failure))
        for rule, start, mark in self.doubts:
            for text in self.docket.texts(mark)[:5]:
                self.say(rule, f"{start}: {text}")
        self.figures["bodies"] = len(self.docket.rows)
        if self.docket.left:
            text = (
                f"{self.docket.left} bodies and parameters came after {MOST_CHECKS} different ones and were not judged"
            )
            self.findings.append(finding("operations-many", text))


def _covers(operation: Operation, documented: str, seen: str) -> bool:
    if documented == _OPEN:
        return seen[0] == "4" and operation.documented(int(seen)) == _OPEN
    return documented == seen or (documented.upper().endswith("XX") and documented[0] == seen[0])


def _refuses(api: Api, operation: Operation) -> bool:
    """Whether `default` is all that the operation documents of its refusals, and it can be made to refuse."""
    known = [status for status in operation.responses() if status[:1] == "4"]
    return not known and ("{" in operation.path or "requestBody" in operation.value or secured(api, operation))


def _slash(exchange: Exchange) -> bool:
    """Whether a redirect leads to the same path with or without its last slash."""
    to = next((value for name, value in exchange.response_headers if name.lower() == "location"), "")
    path = urlsplit(to).path if len(to) < MOST_LOCATION else ""
    return path != exchange.path and path.rstrip("/") == exchange.path.rstrip("/")
