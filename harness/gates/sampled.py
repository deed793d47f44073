"""One request of an operation by the spec's own examples, sent by the harness itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.gates import unix
from harness.gates.bundle import Api, follow
from harness.gates.operation import Operation, base, operations, prefixes
from harness.gates.parameter import parameters

SECONDS = 10.0
MOST = 20
"""Operations that are asked to find out where the service is."""


def ask(api: Api, operation: Operation, service: Path, prefix: str) -> int:
    """The status of one request without credentials; 0 where none came."""
    body = _body(api, operation)
    headers = [("Content-Type", "application/json")] if body else []
    try:
        target = prefix + _target(api, operation)
        return unix.send(service, operation.method, target, headers, body, seconds=SECONDS).status
    except unix.FAULTS:
        return 0


def mounted(api: Api, service: Path) -> str:
    """The path prefix of the spec's servers below which the service is: the first that leads to anything."""
    reading = [each for each in operations(api) if each.method == "GET"][:MOST]
    places = list(dict.fromkeys(prefix for each in reading for prefix in prefixes(api, each)))
    for prefix in places if len(places) > 1 else ():
        if any(ask(api, each, service, prefix) not in (0, 404) for each in reading):
            return prefix
    return base(api)


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
