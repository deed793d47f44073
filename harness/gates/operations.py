"""Integration tests reach every operation and documented status of the approved spec, and the answers agree with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.bundle import Api, follow
from harness.gates.exchange import Exchange
from harness.gates.judge import Check, judge
from harness.gates.junit import Unusable, cases_of
from harness.gates.operation import Operation, Routes, operations
from harness.gates.report import tail, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.service import Traffic, traffic, unserved
from harness.gates.spec import VERSIONS, approved
from harness.gates.tests import counts
from harness.gates.tests import judge as judge_tests
from harness.ports import Bench, Sandbox, Subject

NAME = "operations"
MOST_CHECKS = 3000
MOST_SAID = 500


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unserved(config, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Start the service, run `[commands] integration` against it, and judge the recorded traffic."""
    command = subject.config.commands.integration
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command)
    api = approved(subject, bench)
    if isinstance(api, str):
        return blocked(NAME, subject, api, command=command)
    if api.version not in VERSIONS:
        return blocked(NAME, subject, f"{api.path} is not OpenAPI 3.0 or 3.1", command=command)
    seen = traffic(subject, bench)
    evidence = bench.keep(_evidence(seen))
    if seen.failure and not seen.exchanges:
        return judged(NAME, subject, [finding("operations-service", seen.failure)], command=command, evidence=evidence)
    why = unrun(seen.outcome, command)
    if why:
        return blocked(NAME, subject, why, command=command, evidence=evidence)
    try:
        cases, _ = cases_of(seen.reports)
    except Unusable as error:
        text = f"{error}; the tests ended with {seen.outcome.code}: {tail(seen.outcome.output, 600)}"
        return blocked(NAME, subject, text, command=command, evidence=evidence)
    found = [finding("operations-service", seen.failure)] if seen.failure else []
    found += judge_tests(cases, seen.outcome.code, tail(seen.outcome.output))
    report = Report(api, subject.config)
    report.run(seen)
    figures = counts(cases) | report.figures
    return judged(NAME, subject, found + report.findings, command=command, figures=figures, evidence=evidence)


@dataclass(slots=True)
class Report:
    """Traffic held against a spec."""

    api: Api
    config: Config
    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, float | int | str] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    checks: dict[str, tuple[Check, str]] = field(default_factory=dict)
    """Bodies to be judged, each once: (check, operation and status)."""

    def run(self, seen: Traffic) -> None:
        """Count and judge every exchange."""
        routes = Routes(self.api)
        hits: dict[str, set[str]] = {}
        unknown: dict[str, None] = {}
        for exchange in seen.exchanges:
            operation = routes.find(exchange.method, exchange.path)
            if operation is None:
                # A test that asks for what is not there is a good test, as long as the service says so.
                if exchange.status not in (404, 405, 501) and not (exchange.method == "OPTIONS" and exchange.good):
                    what = f"{exchange.method} {exchange.path} answers {exchange.status}"
                    unknown[f"{what}, but the spec has no such operation"] = None
                continue
            hits.setdefault(operation.name, set()).add(str(exchange.status))
            self._exchange(operation, exchange)
        self.findings += [finding("operations-unknown", text) for text in unknown]
        self._coverage(hits)
        self._bodies()
        self.figures["exchanges"] = len(seen.exchanges)
        if seen.dropped:
            text = f"{seen.dropped} exchanges came after the first {len(seen.exchanges)} and were not judged"
            self.findings.append(finding("operations-many", text))

    def say(self, rule: str, text: str) -> None:
        """Add a finding, once."""
        if text not in self.said and len(self.said) < MOST_SAID:
            self.said.add(text)
            self.findings.append(finding(rule, text))

    def _coverage(self, hits: Mapping[str, set[str]]) -> None:
        excused = {(row.operation, row.status): row.reason for row in self.config.operations.not_provokable}
        total = reached = statuses = met = 0
        for op in operations(self.api):
            total += 1
            seen = hits.get(op.name, set())
            place = self.api.at(op.at)
            if not seen:
                self.findings.append(finding("operations-unreached", f"no integration test calls {op.name}", *place))
                continue
            reached += 1
            for status in op.responses():
                if status[:1] not in "234":
                    continue
                statuses += 1
                if any(_covers(status, one) for one in seen):
                    met += 1
                elif (op.name, status) in excused:
                    self.figures[f"not provokable: {op.name} {status}"] = (
                        excused[op.name, status] or "(no reason given)"
                    )
                else:
                    text = f"{op.name} documents {status}, but no integration test makes the service answer it"
                    self.findings.append(finding("operations-status", text, *place))
        self.figures |= {"operations": total, "reached": reached, "statuses": statuses, "statuses seen": met}

    def _exchange(self, operation: Operation, exchange: Exchange) -> None:
        name = f"{operation.name} {exchange.status}"
        key = operation.documented(exchange.status)
        if not key:
            text = f"{operation.name} answers {exchange.status}, which the spec does not document"
            self.say("operations-undocumented", f"{text}: {exchange.response_body[:200].decode(errors='replace')}")
            return
        start = (*operation.at, "responses", key)
        response, at = follow(self.api.value, operation.responses()[key], start)
        content = response.get("content") if isinstance(response, Mapping) else None
        if exchange.method == "HEAD":
            return
        if not isinstance(content, Mapping) or not content:
            if exchange.response_body:
                self.say("operations-body", f"{name}: there is a body, but the spec documents none")
            return
        kind = media(content, exchange.response_type)
        if not kind:
            got = exchange.response_type or "nothing"
            self.say("operations-type", f"{name}: the content type is {got}; the spec documents {', '.join(content)}")
        elif kind.partition(";")[0].strip().lower().endswith("json") or _json(exchange.response_type):
            self._body(name, (*at, "content", kind), exchange)

    def _body(self, name: str, at: tuple[str, ...], exchange: Exchange) -> None:
        if not exchange.whole:
            self.figures["bodies too large"] = int(self.figures.get("bodies too large", 0)) + 1
            return
        found, place = follow(self.api.value, {"$ref": "#" + _uri(at)}, at)
        if not isinstance(found, Mapping) or "schema" not in found:
            return
        try:
            value = json.loads(exchange.response_body)
        except (ValueError, RecursionError):
            text = exchange.response_body[:200].decode(errors="replace")
            self.say("operations-body", f"{name}: the body is not JSON: {text!r}")
            return
        mark = f"{name} {exchange.response_body!r}"
        if len(self.checks) < MOST_CHECKS:
            self.checks.setdefault(mark, (Check((*place, "schema"), value, False), name))
        else:
            self.figures["bodies not judged"] = int(self.figures.get("bodies not judged", 0)) + 1

    def _bodies(self) -> None:
        rows = list(self.checks.values())
        if not rows:
            return
        verdict = judge(self.api, [row[0] for row in rows], validate=False)
        if verdict.failure:
            self.findings.append(finding("operations-body", verdict.failure))
        for (_, name), texts in zip(rows, verdict.mismatches, strict=False):
            for text in texts[:5]:
                self.say("operations-body", f"{name}: the body does not match the spec: {text}")
        self.figures["bodies"] = len(rows)


def media(content: Mapping[str, object], kind: str) -> str:
    """The key of `content` that documents the content type `kind`, or ''."""
    plain = kind.partition(";")[0].strip().lower()
    wanted = (plain, f"{plain.partition('/')[0]}/*", "*/*") if plain else ()
    for want in wanted:
        for key in content:
            if key.partition(";")[0].strip().lower() == want:
                return key
    return ""


def _json(kind: str) -> bool:
    return kind.partition(";")[0].strip().lower().endswith("json")


def _covers(documented: str, seen: str) -> bool:
    return documented == seen or (documented.upper().endswith("XX") and documented[0] == seen[0])


def _uri(at: tuple[str, ...]) -> str:
    return "".join("/" + token.replace("~", "~0").replace("/", "~1").replace("%", "%25") for token in at)


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
    return ("\n".join([*rows, seen.failure, tail(seen.outcome.output, 20_000)])).encode("utf-8", "backslashreplace")
