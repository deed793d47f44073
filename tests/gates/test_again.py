"""How a request is made to succeed again, and what is taken where it can't."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.config import Config
from harness.gates.again import Ways, fresh
from harness.gates.bundle import Api, bundle
from harness.gates.document import load
from harness.gates.exchange import Exchange
from harness.gates.latency import Course
from harness.gates.operation import Routes, operations
from harness.gates.replay import Replay
from harness.gates.unix import Answer

SPEC = """openapi: 3.0.3
info: {title: Keys, version: '1'}
paths:
  /keys:
    post: {responses: {'201': {description: Made.}, '409': {description: There already.}}}
  /keys/{key}:
    get: {responses: {'200': {description: One.}, '404': {description: None.}}}
    delete: {responses: {'204': {description: Gone.}, '404': {description: None.}}}
"""
Serve = Callable[[str, str, Any], int]


class Keys:
    """A store of keys that callers name; `most` may be made, as long as it lives."""

    def __init__(self, most: int = 10_000) -> None:
        self.keys: dict[str, Any] = {}
        self.left = most

    def __call__(self, method: str, path: str, value: Any) -> int:
        key = value["key"] if method == "POST" else path.rsplit("/", 1)[1]
        if method == "POST":
            if key in self.keys or self.left == 0:
                return 409
            self.left -= 1
            self.keys[key] = value
            return 201
        if key not in self.keys:
            return 404
        if method == "DELETE":
            del self.keys[key]
            return 204
        return 200


class Played(Replay):
    """A replay whose service is a function; a success takes 50 ms, a refusal none."""

    def __init__(self, exchanges: tuple[Exchange, ...], serve: Serve) -> None:
        super().__init__(exchanges, Path("nowhere"))
        self.serve = serve

    def _send(self, index: int, values: dict[str, str], other: bytes | None) -> Answer:
        exchange = self.exchanges[index]
        body = exchange.request_body if other is None else other
        status = self.serve(exchange.method, exchange.path, json.loads(body) if body else None)
        return Answer(status, "", (), b"", 0.05 if status < 400 else 0.0)


def sent(method: str, path: str, status: int, value: Any = None) -> Exchange:
    body = b"" if value is None else json.dumps(value).encode()
    return Exchange(method, path, "", (), "application/json", body, status, "", b"", 0.05)


def api() -> Api:
    return bundle("openapi.yaml", load(SPEC.encode(), "openapi.yaml"), ".", lambda name: None)


MADE = sent("POST", "/keys", 201, {"key": "ann", "size": 3})
GONE = sent("DELETE", "/keys/ann", 204)
READ = sent("GET", "/keys/ann", 200)


def course(exchanges: tuple[Exchange, ...], index: int, serve: Serve, **limits: float) -> Course:
    known, replay = api(), Played(exchanges, serve)
    method, path = exchanges[index].method, exchanges[index].path
    routes = Routes(known)
    config = Config.model_validate({"latency": {"rounds": 2, "requests": 5, **limits}})
    operation = next(each for each in operations(known) if each == routes.find(method, path))
    return Course(operation, [index], replay, routes, config, time.monotonic() + 60)


@pytest.mark.parametrize(
    ("exchanges", "index", "how"),
    [
        ((MADE, GONE), 0, "what it makes is removed each time"),
        ((MADE, GONE), 1, "what it needs is made anew each time"),
        ((MADE,), 0, "with another key each time"),
    ],
)
def test_a_success_is_had_again_and_again(exchanges: tuple[Exchange, ...], index: int, how: str) -> None:
    figures: dict[str, float | int | str] = {}
    found = course(exchanges, index, Keys()).findings(figures)
    name = next(key for key in figures if key.endswith(" measured"))
    assert (found, figures[name]) == ([], how)
    assert figures[name.replace("measured", "p50 ms")] == 50.0
    assert figures[name.replace("measured", "statuses")] in ("201: 10", "204: 10")


def test_a_creation_is_not_measured_by_what_finds_it_made() -> None:
    known = Keys()

    def serve(method: str, path: str, value: Any) -> int:
        status = known(method, path, value)
        return 200 if (method, status) == ("POST", 409) else status

    figures: dict[str, float | int | str] = {}
    assert course((MADE, GONE), 0, serve).findings(figures) == []
    assert figures["POST /keys statuses"] == "201: 10"
    assert course((MADE,), 0, lambda method, path, value: 200).findings(figures) == []
    assert figures["POST /keys statuses"] == "200: 10", "what can't be made again is measured as it is answered"


def test_what_was_removed_is_made_anew_to_be_read() -> None:
    figures: dict[str, float | int | str] = {}
    assert course((MADE, READ), 1, Keys()).findings(figures) == []
    assert figures["GET /keys/{key} measured"] == "what it needs is made anew each time"


@pytest.mark.parametrize(("limit", "rules"), [(60, []), (40, ["latency-slow"])])
def test_what_succeeds_but_once_is_judged_by_its_successes(limit: float, rules: list[str]) -> None:
    figures: dict[str, float | int | str] = {}
    found = course((MADE,), 0, Keys(most=1), other=limit).findings(figures)
    assert [row.rule for row in found] == rules
    assert figures["POST /keys p95 ms"] == 50.0, "a refusal takes no time at all"
    assert figures["POST /keys measured"] == "the median of 1 successes; refusals are not counted"


def test_a_refusal_that_the_document_does_not_have_is_no_measurement() -> None:
    (found,) = course((MADE,), 0, lambda method, path, value: 400).findings({})
    assert found.rule == "latency-replay"
    assert "answered 400: 10 when its request (201) was sent again" in found.text


def test_what_is_varied_keeps_its_look() -> None:
    rows = [fresh("ann-7@example.com", number) for number in range(1, 400)]
    assert len(set(rows)) == 399
    assert all(row.endswith("@example.com") and len(row) == 17 and row[3] == "-" for row in rows)
    assert {len(fresh("b", number)) for number in range(1, 25)} == {1}
    assert set(fresh("3fa85f64-5717-4562-b3fc-2c963f66afa6", 77)) <= set("0123456789abcdef-")


def test_ways_of_a_reading_change_nothing() -> None:
    ways = Ways(Played((MADE, READ, GONE), Keys()), Routes(api()), 1)
    assert [way.how for way in ways] == ["", "what it needs is made anew each time"]
