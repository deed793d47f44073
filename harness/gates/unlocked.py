"""Operations that need credentials by the spec, and answer without: asked where no other measurement came that far."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.gates import unix
from harness.gates.bundle import Api, follow
from harness.gates.operation import Operation, base
from harness.gates.parameter import parameters

SECONDS = 10.0
MOST = 200
"""Operations that are asked."""


def unlocked(api: Api, closed: Iterable[Operation], service: Path) -> Iterator[tuple[Operation, int]]:
    """(operation, status) of each that answers 2xx to one request with the spec's own examples and no credentials."""
    for operation in list(closed)[:MOST]:
        body = _body(api, operation)
        headers = [("Content-Type", "application/json")] if body else []
        try:
            answer = unix.send(
                service, operation.method, base(api) + _target(api, operation), headers, body, seconds=SECONDS
            )
        except unix.FAULTS:
            continue
        if 200 <= answer.status < 300:
            yield operation, answer.status


def _target(api: Api, operation: Operation) -> str:
    """The operation's path and required query with examples of their parameters."""
    rows = list(parameters(api, operation))
    values = {row.name: _sample(row.schema) for row in rows if row.place == "path"}
    path = re.sub(r"\{([^{}]*)\}", lambda found: quote(values.get(found[1], "1"), safe=""), operation.path)
    query = [f"{quote(row.name)}={quote(_sample(row.schema))}" for row in rows if row.place == "query" and row.required]
    return f"{path}?{'&'.join(query)}" if query else path


def _sample(schema: Mapping[str, Any]) -> str:
    for key in ("example", "default", "const", "minimum"):
        if isinstance(schema.get(key), (str, int, float)):
            return str(schema[key])
    for key in ("examples", "enum"):
        rows = schema.get(key)
        if isinstance(rows, list) and rows:
            return str(rows[0])
    return "1"


def _body(api: Api, operation: Operation) -> bytes:
    """The example of a JSON body; b'' where there is none."""
    found, _ = follow(api.value, operation.value.get("requestBody"), ())
    content = found.get("content") if isinstance(found, Mapping) else None
    row, _ = follow(api.value, (content or {}).get("application/json"), ())
    if not isinstance(row, Mapping):
        return b""
    if "example" in row:
        return json.dumps(row["example"]).encode()
    examples = row.get("examples")
    first, _ = follow(api.value, next(iter(examples.values())), ()) if isinstance(examples, Mapping) else (None, ())
    return json.dumps(first["value"]).encode() if isinstance(first, Mapping) and "value" in first else b""
