"""What the harness itself asks a service by the spec's own examples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.gates import unix
from harness.gates.bundle import Api, bundle
from harness.gates.document import load
from harness.gates.operation import operations, secured
from harness.gates.sampled import mounted
from harness.gates.unlocked import unlocked

SPEC = """openapi: 3.1.0
info: {title: Orders, version: '1'}
servers: [{url: 'https://api.example.com/v1'}, {url: 'http://localhost:8080'}]
security: [{key: []}]
paths:
  /orders/{order}:
    parameters: [{name: order, in: path, required: true, schema: {type: string, examples: [a b]}}]
    get:
      parameters: [{name: part, in: query, required: true, schema: {enum: [head, body]}}]
      responses: {'200': {description: One.}}
    delete: {responses: {'204': {description: Gone.}}}
  /orders:
    post:
      requestBody: {content: {application/json: {examples: {one: {value: {size: 3}}}}}}
      responses: {'201': {description: Made.}}
  /open: {get: {security: [], responses: {'200': {description: Open.}}}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
"""
PLACE = Path("service.sock")


def api() -> Api:
    return bundle("openapi.yaml", load(SPEC.encode(), "openapi.yaml"), ".", lambda name: None)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """`METHOD target body` -> status of a service that is asked; whatever else is asked for is not there."""
    known: dict[str, int] = {}

    def send(
        path: Path, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, *, seconds: float
    ) -> unix.Answer:
        status = known.get(f"{method} {target} {body.decode()}".strip(), 404)
        if not status:
            raise TimeoutError
        return unix.Answer(status, "", (), b"", 0.0)

    monkeypatch.setattr(unix, "send", send)
    return known


def test_what_is_closed_is_asked_without_credentials(asked: dict[str, int]) -> None:
    asked |= {
        "GET /orders/a%20b?part=head": 401, "DELETE /orders/a%20b": 204, 'POST /orders {"size": 3}': 201,
        "GET /open": 200,
    }  # fmt: skip
    closed = [each for each in operations(api()) if secured(api(), each)]
    found = [(operation.name, status) for operation, status in unlocked(api(), closed, PLACE, "")]
    assert found == [("DELETE /orders/{order}", 204), ("POST /orders", 201)]
    asked['POST /orders {"size": 3}'] = 0
    assert len(list(unlocked(api(), closed, PLACE, ""))) == 1


def test_the_server_that_the_service_is_below_is_found(asked: dict[str, int]) -> None:
    assert mounted(api(), PLACE) == "/v1", "nothing answers: the first"
    asked["GET /open"] = 200
    assert mounted(api(), PLACE) == ""
    asked["GET /v1/orders/a%20b?part=head"] = 401
    assert mounted(api(), PLACE) == "/v1"
