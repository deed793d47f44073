"""Every operation answers fast enough: 95th percentile by the harness's own driver, best of several rounds."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, field

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.domain.permission import matches
from harness.domain.plot import plot, rows, spread
from harness.gates import unix
from harness.gates.operation import Operation, Routes, operations
from harness.gates.recorded import standard
from harness.gates.replay import Replay
from harness.gates.result import blocked, finding, judged
from harness.gates.service import Failed, serving, traffic, unserved
from harness.ports import Bench, Sandbox, Subject

NAME = "latency"
WARM = 10
SECONDS = 900.0
"""The most that all rounds may take together."""


class Slow(Exception):
    """The measurement itself takes too long; the message says how far it came."""


@dataclass(slots=True)
class Times:
    """Milliseconds of one operation, by round, and the statuses seen."""

    rounds: list[list[float]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def best(self, percent: float) -> float:
        """The lowest percentile (nearest rank) of the rounds."""
        return min(nearest(times, percent) for times in self.rounds)


def nearest(times: list[float], percent: float) -> float:
    """The percentile of `times` by nearest rank."""
    ordered = sorted(times)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    if config.latency.rounds < 1 or config.latency.requests < 1:
        return "harness.toml has [latency] rounds or requests below 1"
    return unserved(config, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Replay the successful requests of the integration tests against a fresh service and take the time."""
    command = subject.config.server.start
    api = standard(NAME, subject, bench, ready(subject.config, bench.sandbox), command)
    if isinstance(api, GateResult):
        return api
    seen = traffic(subject, bench)
    if not seen.exchanges:
        why = seen.failure or "the integration tests sent no request, so there is nothing to measure with"
        return blocked(NAME, subject, why, command=command)
    routes = Routes(api)
    chosen: dict[str, int] = {}
    for index, exchange in enumerate(seen.exchanges):
        operation = routes.find(exchange.method, exchange.path)
        if operation and exchange.good and exchange.whole:
            chosen.setdefault(operation.name, index)
    found: list[Finding] = []
    figures: dict[str, float | int | str] = {}
    try:
        with serving(subject, bench) as service:
            replay = Replay(seen.exchanges, service.socket)
            end = time.monotonic() + SECONDS
            for operation in operations(api):
                found += _measured(operation, chosen.get(operation.name), replay, subject.config, figures, end)
    except Failed as error:
        return blocked(NAME, subject, f"{error}; its log ends: {error.log}", command=command, figures=figures)
    except Slow as error:
        return blocked(NAME, subject, str(error), command=command, figures=figures)
    drawn = plot(rows(figures)).encode("utf-8", "backslashreplace")
    return judged(NAME, subject, found, command=command, figures=figures, evidence=bench.keep(drawn))


def _measured(
    operation: Operation,
    index: int | None,
    replay: Replay,
    config: Config,
    figures: dict[str, float | int | str],
    end: float,
) -> list[Finding]:
    """The findings of one operation; its figures are added."""
    name = operation.name
    if index is None:
        text = f"no integration test got a 2xx answer from {name}, so its latency is unknown"
        return [finding("latency-unknown", text)]
    wanted = replay.exchanges[index].status
    try:
        times = _timed(replay, index, config, end)
    except unix.FAULTS as error:
        text = f"{name} did not answer when its request was sent again: {type(error).__name__}: {error}"
        return [finding("latency-replay", text)]
    total = sum(times.statuses.values())
    # A conflict is what a repeated creation may rightly get; any other answer is not the one that was to be measured.
    right = times.statuses[wanted] + times.statuses[409]
    p95 = times.best(95)
    figures[f"{name} p50 ms"] = round(times.best(50), 1)
    figures[f"{name} p95 ms"] = round(p95, 1)
    token = matches(operation.path.lstrip("/"), config.latency.token_paths)
    limit = config.latency.token if token else config.latency.other
    figures[f"{name} limit ms"] = limit
    figures[f"{name} spread"] = spread(time for row in times.rounds for time in row)
    figures[f"{name} statuses"] = ", ".join(f"{status}: {n}" for status, n in sorted(times.statuses.items()))
    if right < 0.95 * total:
        text = f"{name} answered {figures[f'{name} statuses']} when its request ({wanted}) was sent again and again"
        return [finding("latency-replay", text)]
    if not p95 < limit:
        text = f"{name}: the 95th percentile is {p95:.1f} ms; it must be below {limit:g} ms"
        return [finding("latency-slow", text)]
    return []


def _timed(replay: Replay, index: int, config: Config, end: float) -> Times:
    """Warm up, then measure; sequential, so that the service competes with nothing but itself."""
    wanted = replay.exchanges[index].status
    times = Times()
    for _ in range(WARM):
        if replay.play(index).status != wanted:
            replay.forget()
    for _ in range(config.latency.rounds):
        row: list[float] = []
        for _ in range(config.latency.requests):
            if time.monotonic() > end:
                raise Slow(f"the measurement took more than {SECONDS:g} s; lower [latency] rounds or requests")
            answer = replay.play(index)
            if answer.status == 401 != wanted:
                replay.forget()
                answer = replay.play(index)
            times.statuses[answer.status] += 1
            row.append(answer.seconds * 1000)
        times.rounds.append(row)
    return times
