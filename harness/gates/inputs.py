"""Null, empty and invalid input was sent to every operation with a body, and answered as the spec documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.bundle import Api, follow
from harness.gates.doubt import Docket, bare, schema_of
from harness.gates.exchange import Exchange
from harness.gates.judge import Check, judge
from harness.gates.operation import Operation, Routes, operations, secured
from harness.gates.parameter import Parameter, parameters
from harness.gates.recorded import recorded
from harness.gates.request import FORM, MULTIPART, Body, Unread, body, parsed
from harness.gates.response import response
from harness.gates.result import blocked, finding, judged
from harness.gates.service import unserved
from harness.gates.variant import SORTS, Sort, variants
from harness.ports import Bench, Sandbox, Subject

NAME = "inputs"
MOST_CHECKS = 20_000
MOST_OF_ONE = 50
"""Checks of one exchange that there is always room for."""
MOST_SHOWN = 300
"""Characters of an example request in a finding."""
_ELSEWHERE = (404, 405, 406, 408, 410, 429)
"""Refusals that say nothing about the input."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unserved(config, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Look through the recorded traffic for what each operation should have been tried with."""
    command = subject.config.commands.integration
    run = recorded(NAME, subject, bench)
    if isinstance(run, GateResult):
        return run
    routes, docket = Routes(run.api), Docket(MOST_CHECKS)
    tried: dict[str, list[Exchange]] = {}
    for exchange in run.seen.exchanges:
        operation = routes.find(exchange.method, exchange.path)
        if operation and exchange.sent:
            tried.setdefault(operation.name, []).append(exchange)
    trials = [
        Trial(run.api, operation, documented, docket, tried.get(operation.name, []))
        for operation in operations(run.api)
        if (documented := body(run.api, operation)) is not None
    ]
    for trial in trials:
        trial.expect()
    share = (MOST_CHECKS - len(docket.rows)) // max(1, len(trials))
    for trial in trials:
        trial.look(share)
    docket.verdict = judge(run.api, docket.checks, validate=False)
    if docket.verdict.failure:
        return blocked(NAME, subject, docket.verdict.failure, command=command, evidence=run.evidence)
    if docket.left:
        text = f"the spec has more than {MOST_CHECKS} inputs to be tried"
        return blocked(NAME, subject, text, command=command, evidence=run.evidence)
    figures: dict[str, float | int | str] = {"operations with a body": len(trials)}
    found = [row for trial in trials for row in trial.findings(figures)]
    for operation in operations(run.api):
        found += _parameters(run.api, operation, tried.get(operation.name, []))
    return judged(NAME, subject, found, command=command, figures=figures, evidence=run.evidence)


@dataclass(frozen=True, slots=True)
class Sent:
    """One input that a test sent."""

    exchange: Exchange
    value: Any
    """The body; None also for one that was left out."""
    blank: bool
    """Whether there was no body."""
    mark: str
    answers: tuple[str, ...]
    """Marks of what the response has to match."""
    faults: tuple[str, ...]
    """What is wrong with the response at sight."""


@dataclass(slots=True)
class Trial:
    """One operation with a body, what it should have been sent, and what it was."""

    api: Api
    operation: Operation
    documented: Body
    docket: Docket
    exchanges: list[Exchange]
    expected: list[tuple[Sort, Any, str]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The content type that examples are made for: JSON before forms; '' where a schema can describe neither."""
        kinds = [key for key in self.documented.content if bare(key).endswith("json")]
        kinds += [key for key in self.documented.content if bare(key) in (FORM, MULTIPART)]
        kinds += [key for key in self.documented.content if bare(key) in ("*/*", "application/*")]
        return kinds[0] if kinds else ""

    @property
    def form(self) -> bool:
        return bare(self.kind) in (FORM, MULTIPART)

    def expect(self) -> None:
        """Put the variants on the docket."""
        if not self.kind:
            return
        schema, at = schema_of(self.api, self.documented.content, self.kind, self.documented.at)
        if at:
            for sort, value in variants(self.api, schema, self._sample(schema), form=self.form):
                self.expected.append((sort, value, self.docket.add(Check(at, value, True))))

    def _sample(self, schema: Any) -> Any:
        """A body that was accepted, else the spec's own example; {} where there is neither."""
        for exchange in self.exchanges:
            if exchange.good and self.documented.kind(exchange) == self.kind:
                try:
                    read = parsed(self.api, self.kind, schema, exchange)
                except Unread:
                    continue
                if read is not None:
                    return read[0]
        row, at = follow(self.api.value, self.documented.content.get(self.kind), ())
        if not isinstance(row, Mapping):
            return {}
        examples = row.get("examples")
        if "example" not in row and isinstance(examples, Mapping) and examples:
            row, _ = follow(self.api.value, next(iter(examples.values())), at)
            return row.get("value", {}) if isinstance(row, Mapping) else {}
        return row.get("example", {})

    def look(self, share: int) -> None:
        """Put what was sent and answered on the docket, `share` checks at the most; refusals come first."""
        start = len(self.docket.rows)
        for exchange in sorted(self.exchanges, key=lambda each: each.good) if self.expected else ():
            if len(self.docket.rows) - start >= share - MOST_OF_ONE:
                break
            blank = not exchange.request_body
            value, mark = None, ""
            if blank and self.form:
                # A form of which no field was filled in.
                schema, at = schema_of(self.api, self.documented.content, self.kind, self.documented.at)
                value, mark = {}, self.docket.add(Check(at, {}, True)) if at else ""
            elif not blank:
                kind = self.documented.kind(exchange)
                schema, at = schema_of(self.api, self.documented.content, kind, self.documented.at)
                try:
                    read = parsed(self.api, kind, schema, exchange) if at else None
                except Unread:
                    continue
                if read is None:
                    continue
                value = read[0]
                mark = self.docket.add(Check(at, value, True))
            answer = response(self.api, self.operation, exchange)
            marks = tuple(self.docket.add(check) for _, _, check in answer.checks)
            faults = tuple(text for _, text in answer.problems)
            self.sent.append(Sent(exchange, value, blank, mark, marks, faults))

    def findings(self, figures: dict[str, float | int | str]) -> list[Finding]:
        """What was not sent, or not answered as documented, by sort."""
        violating = {sort: self._violating(sort) for sort in SORTS}
        if not any(violating.values()):
            return []
        out = []
        for sort in SORTS:
            if not violating[sort] and sort != "empty":
                continue
            rows = [row for row in self.sent if self._is(row, sort)]
            good = [row for row in rows if self._answered(row, bool(violating[sort])) == ""]
            figures[f"{self.operation.name} {sort}"] = len(good)
            if not good:
                out.append(self._missing(sort, violating[sort], rows))
        return out

    def _missing(self, sort: Sort, violating: list[Any], rows: list[Sent]) -> Finding:
        name = self.operation.name
        if rows:
            said = f"{name}: {_shown(rows[-1])} was answered {rows[-1].exchange.status}"
            text = f"{said}: {self._answered(rows[-1], bool(violating))}"
        else:
            example = _json(violating[0]) if violating else "{}"
            text = f"{name}: no integration test sends {_ARTICLE[sort]} {sort} input such as {example}"
        return finding(f"inputs-{sort}", text, *self.api.at(self.operation.at))

    def _violating(self, sort: Sort) -> list[Any]:
        return [value for own, value, mark in self.expected if own == sort and self.docket.texts(mark)]

    def _is(self, row: Sent, sort: Sort) -> bool:
        if sort == "invalid":
            # Any text is a string: what is wrong with a form of texts is that they are missing.
            return self.docket.beyond(row.mark) or (self.form and row.value == {} and bool(self.docket.texts(row.mark)))
        if row.blank:
            return sort == "empty"
        return _holds(row.value, (None,) if sort == "null" else ("", [], {}))

    def _answered(self, row: Sent, refused: bool) -> str:
        """Why the answer is not the one that the spec documents for it, or ''."""
        status = row.exchange.status
        wrong = [text for mark in row.answers for text in self.docket.texts(mark)]
        violates = (row.blank and self.documented.required) or bool(self.docket.texts(row.mark))
        if status >= 500:
            return "the input breaks the service"
        if violates and status < 400:
            return "the spec does not allow this input, so it has to be refused with a documented 4xx"
        if row.faults or wrong:
            return (*row.faults, *wrong)[0]
        # Without the right credentials the input itself is never looked at.
        if status in _ELSEWHERE or (status in (401, 403) and secured(self.api, self.operation)):
            return "the request was refused for another reason than its input"
        if refused and not violates:
            return "the spec allows this input; send one that it does not allow as well"
        return ""


_ARTICLE: Mapping[Sort, str] = {"null": "a", "empty": "an", "invalid": "an"}


def _parameters(api: Api, operation: Operation, exchanges: list[Exchange]) -> list[Finding]:
    """Required query parameters that no test leaves out, where the spec has an answer for that."""
    if not any(operation.documented(status) in (str(status), "4XX", "4xx") for status in (400, 422)):
        return []
    return [
        finding(
            "inputs-parameter",
            f"{operation.name}: no integration test leaves out the required query parameter {row.name} and is refused",
            *api.at(operation.at),
        )
        for row in parameters(api, operation)
        if row.place == "query" and row.required and row.plain and not _refused(row, operation, exchanges)
    ]


def _refused(parameter: Parameter, operation: Operation, exchanges: list[Exchange]) -> bool:
    return any(
        not any(parameter.sent(row, {}))
        and 400 <= row.status < 500
        and row.status not in (401, 403, *_ELSEWHERE)
        and bool(operation.documented(row.status))
        for row in exchanges
    )


def _holds(value: Any, wanted: tuple[Any, ...], depth: int = 20) -> bool:
    """Whether a value, or one below it, is one of those wanted."""
    if any(value == each and isinstance(value, type(each)) for each in wanted):
        return True
    if depth and isinstance(value, dict):
        return any(_holds(each, wanted, depth - 1) for each in value.values())
    return bool(depth) and isinstance(value, list) and any(_holds(each, wanted, depth - 1) for each in value)


def _shown(row: Sent) -> str:
    return "a request without a body" if row.blank else _json(row.value)


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} …"
