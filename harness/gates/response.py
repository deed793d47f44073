"""Whether a recorded response is one that the spec documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.gates.bundle import Api, follow
from harness.gates.doubt import Doubt, bare, media, schema_of
from harness.gates.exchange import Exchange
from harness.gates.judge import Check
from harness.gates.operation import Operation
from harness.gates.parameter import read


def response(api: Api, operation: Operation, exchange: Exchange) -> Doubt:
    """What is wrong or in doubt with the answer: its status, content type, headers and body."""
    doubt = Doubt()
    key = operation.documented(exchange.status)
    if not key:
        text = f"which the spec does not document: {exchange.response_body[:200].decode(errors='replace')}"
        doubt.problems.append(("undocumented", text))
        return doubt
    found, at = follow(api.value, operation.responses()[key], (*operation.at, "responses", key))
    if not isinstance(found, Mapping):
        return doubt
    _headers(api, found.get("headers"), (*at, "headers"), exchange, doubt)
    if exchange.method == "HEAD":
        return doubt
    content = found.get("content")
    if not isinstance(content, Mapping) or not content:
        # A redirect says the same again to whoever does not follow it, and no client reads that.
        if exchange.response_body and not 300 <= exchange.status < 400:
            doubt.problems.append(("body", "there is a body, but the spec documents none"))
        return doubt
    kind = media(content, exchange.response_type)
    if not kind:
        got = exchange.response_type or "nothing"
        doubt.problems.append(("type", f"the content type is {got}; the spec documents {', '.join(content)}"))
    elif bare(kind).endswith("json") or bare(exchange.response_type).endswith("json"):
        _body(api, content, kind, (*at, "content"), exchange, doubt)
    return doubt


def _headers(api: Api, headers: Any, at: tuple[str, ...], exchange: Exchange, doubt: Doubt) -> None:
    for name, raw in headers.items() if isinstance(headers, Mapping) else ():
        row, place = follow(api.value, raw, (*at, name))
        # OpenAPI ignores it here: the content type is documented by `content`.
        if not isinstance(row, Mapping) or name.lower() == "content-type":
            continue
        values = [value for key, value in exchange.response_headers if key.lower() == name.lower()]
        if not values:
            if row.get("required") is True:
                doubt.problems.append(("header", f"the header {name} is missing, which the spec requires"))
        elif isinstance(row.get("schema"), Mapping):
            value = read(api, row["schema"], values, joined=True)
            doubt.checks.append(("header", f"the header {name}", Check((*place, "schema"), value, False)))


def _body(
    api: Api, content: Mapping[str, Any], kind: str, at: tuple[str, ...], exchange: Exchange, doubt: Doubt
) -> None:
    schema, place = schema_of(api, content, kind, at)
    if not exchange.whole:
        doubt.unread = True
        return
    if schema is None:
        return
    try:
        value = json.loads(exchange.response_body)
    except (ValueError, RecursionError):
        text = exchange.response_body[:200].decode(errors="replace")
        doubt.problems.append(("body", f"the body is not JSON: {text!r}"))
        return
    doubt.checks.append(("body", "the body", Check(place, value, False)))
