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
from harness.gates.again import TRIES, Way, Ways
from harness.gates.operation import Operation, Routes, operations
from harness.gates.recorded import standard
from harness.gates.replay import Replay
from harness.gates.result import blocked, finding, judged
from harness.gates.service import Failed, Running, ended, serving, traffic, unserved
from harness.ports import Bench, Sandbox, Subject

NAME = "latency"
WARM = 10
"""Requests before the first round, or as many as all rounds have together."""
REPLAY = "latency-replay"
MOMENT = 0.5
OFTEN = 0.95
"""The share of successes from which on they are what was measured."""
SPENT = (404, 409, 410, 412, 423, 429)
"""Documented refusals of what is done already, gone, or asked for too often."""
SECONDS = 900.0
"""The most that all rounds may take together."""


class Slow(Exception):
    """The measurement itself takes too long; the message says how far it came."""


@dataclass(slots=True)
class Times:
    """Milliseconds of one operation's successes, by round, and the statuses seen."""

    rounds: list[list[float]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    successes: int = 0
    how: str = ""
    """In which way the request was sent again; '' for as it was."""

    def best(self, percent: float) -> float:
        """The lowest percentile (nearest rank) of the rounds."""
        return min(nearest(times, percent) for times in self.rounds)

    @property
    def said(self) -> str:
        return ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))


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
    chosen: dict[str, list[int]] = {}
    for index, exchange in enumerate(seen.exchanges):
        operation = routes.find(exchange.method, exchange.path)
        if operation and exchange.sent and _success(operation, exchange.status):
            chosen.setdefault(operation.name, []).append(index)
    found: list[Finding] = []
    figures: dict[str, float | int | str] = {}
    try:
        with serving(subject, bench) as service:
            replay = Replay(seen.exchanges, service.socket)
            end = time.monotonic() + SECONDS
            for operation in operations(api):
                course = Course(operation, chosen.get(operation.name, []), replay, routes, subject.config, end)
                told = course.findings(figures)
                found += told
                if any(row.rule == REPLAY for row in told) and _dead(service):
                    why = f"the service died while it was measured ({ended(service.stop())})"
                    raise Failed(why, service.log())
    except Failed as error:
        text = f"{error}; its log ends: {error.log or '(nothing)'}"
        if any(row.rule == REPLAY for row in found):
            return judged(NAME, subject, [finding("latency-service", text)], command=command, figures=figures)
        return blocked(NAME, subject, text, command=command, figures=figures)
    except Slow as error:
        return blocked(NAME, subject, str(error), command=command, figures=figures)
    drawn = plot(rows(figures)).encode("utf-8", "backslashreplace")
    return judged(NAME, subject, found, command=command, figures=figures, evidence=bench.keep(drawn))


@dataclass(frozen=True, slots=True)
class Course:
    """The measurement of one operation."""

    operation: Operation
    successes: list[int]
    """Exchanges of the integration tests that it answered with success."""
    replay: Replay
    routes: Routes
    config: Config
    end: float

    def findings(self, figures: dict[str, float | int | str]) -> list[Finding]:
        """What is wrong; its figures are added."""
        name = self.operation.name
        if not self.successes:
            text = f"no integration test got a 2xx answer from {name}, so its latency is unknown"
            return [finding("latency-unknown", text)]
        try:
            times = self._timed()
        except unix.FAULTS as error:
            text = f"{name} did not answer when its request was sent again: {type(error).__name__}: {error}"
            return [finding(REPLAY, text)]
        total = sum(times.statuses.values())
        often = times.successes >= OFTEN * total
        # What can be done but a few times has the median of these: one slow answer more or less is no percentile.
        percent = 95 if often else 50
        if not often and not self._spent(times):
            wanted = self.replay.exchanges[self.successes[0]].status
            text = f"{name} answered {times.said} when its request ({wanted}) was sent again and again"
            return [finding(REPLAY, text)]
        if not often:
            own = [self.replay.exchanges[index].seconds * 1000 for index in self.successes]
            times.rounds = [[*own, *(time for row in times.rounds for time in row)]]
            what = f"the median of {len(times.rounds[0])} successes; refusals are not counted"
            figures[f"{name} measured"] = what
        elif times.how:
            figures[f"{name} measured"] = times.how
        value = times.best(percent)
        limit = self._limit()
        figures[f"{name} p50 ms"] = round(times.best(50), 1)
        figures[f"{name} p95 ms"] = round(value, 1)
        figures[f"{name} limit ms"] = limit
        figures[f"{name} spread"] = spread(time for row in times.rounds for time in row)
        figures[f"{name} statuses"] = times.said
        if value < limit:
            return []
        what = "the 95th percentile" if often else str(figures[f"{name} measured"])
        return [finding("latency-slow", f"{name}: {what} is {value:.1f} ms; it must be below {limit:g} ms")]

    def _limit(self) -> float:
        token = matches(self.operation.path.lstrip("/"), self.config.latency.token_paths)
        return self.config.latency.token if token else self.config.latency.other

    def _spent(self, times: Times) -> bool:
        """Whether all that was no success was refused as the spec documents for what can't be done again."""
        others = [status for status in times.statuses if not _success(self.operation, status)]
        return all(status in SPENT and self.operation.documented(status) for status in others)

    def _way(self, times: Times) -> tuple[Way | None, int]:
        """(the first way that goes on to be answered as the tests were, else one that goes on to succeed; the number of
        the next try). The plain way is the warm-up; its statuses are noted."""
        latency = self.config.latency
        warm = max(TRIES, min(WARM, latency.rounds * latency.requests))
        wanted = self.replay.exchanges[self.successes[0]].status
        other: Way | None = None
        number = 0
        for way in Ways(self.replay, self.routes, self.successes[0]):
            same = good = 0
            for _ in range(warm if not way.how else TRIES + 1):
                status = self._sent(way, number).status
                number += 1
                same = same + 1 if status == wanted else 0
                good = good + 1 if _success(self.operation, status) else 0
                if not way.how:
                    times.statuses[status] += 1
                elif same >= TRIES:
                    break
            if same >= TRIES:
                return way, number
            other = way if other is None and good >= TRIES else other
        return other, number

    def _timed(self) -> Times:
        """Warm up, then measure; sequential, so that the service competes with nothing but itself."""
        times, latency = Times(), self.config.latency
        way, number = self._way(times)
        if way is None:
            # What follows a refusal tells nothing of a success.
            times.successes = sum(n for status, n in times.statuses.items() if _success(self.operation, status))
            return times
        times.how, times.statuses = way.how, Counter()
        for _ in range(latency.rounds):
            found: list[float] = []
            for _ in range(latency.requests):
                answer = self._sent(way, number)
                number += 1
                times.statuses[answer.status] += 1
                if _success(self.operation, answer.status):
                    found.append(answer.seconds * 1000)
            times.successes += len(found)
            times.rounds += [found] if found else []
        return times

    def _sent(self, way: Way, number: int) -> unix.Answer:
        """One more request; a second one where the token has run out."""
        if time.monotonic() > self.end:
            raise Slow(f"the measurement took more than {SECONDS:g} s; lower [latency] rounds or requests")
        answer = way.send(number)
        if not _success(self.operation, answer.status):
            self.replay.forget()
            if answer.status == 401:
                answer = way.send(number)
        return answer


def _dead(service: Running) -> bool:
    """Whether the service has ended; one that is about to has a moment."""
    end = time.monotonic() + MOMENT
    while service.process.running and time.monotonic() < end:
        time.sleep(0.05)
    return not service.process.running


def _success(operation: Operation, status: int) -> bool:
    """Whether the document calls it a success: 2xx, or a redirect where the operation has no 2xx."""
    if 200 <= status < 300:
        return True
    known = [each for each in operation.responses() if each[:1] == "2" or each == "default"]
    return not known and 300 <= status < 400 and status != 304
