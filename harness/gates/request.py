"""Whether a recorded request is one that the spec allows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

from harness.gates.bundle import Api, follow
from harness.gates.doubt import Doubt, bare, media, schema_of
from harness.gates.exchange import Exchange
from harness.gates.judge import Check
from harness.gates.operation import Operation, Routes
from harness.gates.parameter import MOST_FIELDS, Parameter, fields, parameters, read

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_NOTHING = (b"", b"{}", b"null")
"""What clients send that always send a body."""


class Unread(ValueError):
    """A body that is not what its content type says."""


@dataclass(frozen=True, slots=True)
class Body:
    """The documented body of an operation."""

    content: Mapping[str, Any]
    at: tuple[str, ...]
    """Where `content` stands."""
    required: bool

    def kind(self, exchange: Exchange) -> str:
        """The key of `content` that the request was sent as, or ''.

        JSON that was sent as another type is JSON, where the spec documents that: clients often forget to say so.
        """
        found = media(self.content, exchange.request_type)
        if found:
            return found
        named = next((key for key in self.content if bare(key).endswith("json")), "")
        try:
            json.loads(exchange.request_body)
        except (ValueError, RecursionError):
            return ""
        return named


def body(api: Api, operation: Operation) -> Body | None:
    """The operation's documented body, or None."""
    found, at = follow(api.value, operation.value.get("requestBody"), (*operation.at, "requestBody"))
    content = found.get("content") if isinstance(found, Mapping) else None
    if not isinstance(content, Mapping) or not content:
        return None
    return Body(content, (*at, "content"), found.get("required") is True)


def request(api: Api, operation: Operation, routes: Routes, exchange: Exchange) -> Doubt:
    """What is wrong or in doubt with the request: its parameters and its body."""
    doubt = Doubt()
    path = routes.values(operation, exchange.path)
    for parameter in parameters(api, operation):
        _parameter(api, parameter, exchange, path, doubt)
    documented = body(api, operation)
    if not exchange.sent:
        doubt.unread = True
        return doubt
    if documented is None:
        if operation.method in ("POST", "PUT", "PATCH") and exchange.request_body.strip() not in _NOTHING:
            doubt.problems.append(("request", "it has a body, which the spec does not document"))
        return doubt
    if not exchange.request_body:
        if documented.required:
            doubt.problems.append(("request", "it has no body, which the spec requires"))
        return doubt
    kind = documented.kind(exchange)
    if not kind:
        got, wanted = exchange.request_type or "nothing", ", ".join(documented.content)
        doubt.problems.append(("request", f"its content type is {got}; the spec documents {wanted}"))
        return doubt
    schema, at = schema_of(api, documented.content, kind, documented.at)
    try:
        value = parsed(api, kind, schema, exchange)
    except Unread as error:
        doubt.problems.append(("request", str(error)))
        return doubt
    if at and value is not None:
        doubt.checks.append(("request", "its body", Check(at, value[0], True)))
    return doubt


def _parameter(api: Api, parameter: Parameter, exchange: Exchange, path: Mapping[str, str], doubt: Doubt) -> None:
    name = f"the {parameter.place} parameter {parameter.name}"
    values = parameter.sent(exchange, path)
    if not values:
        if parameter.required and parameter.plain and parameter.place != "path":
            doubt.problems.append(("request", f"{name} is missing, which the spec requires"))
    elif parameter.at and parameter.plain and not (parameter.blank and values == [""]):
        value = read(api, parameter.schema, values, joined=parameter.joined)
        doubt.checks.append(("request", name, Check(parameter.at, value, True)))


def parsed(api: Api, kind: str, schema: Any, exchange: Exchange) -> tuple[Any] | None:
    """(the body's value by its schema,); None for a kind of body that no schema describes. Raises Unread."""
    if bare(kind).endswith("json") or bare(exchange.request_type).endswith("json"):
        try:
            return (json.loads(exchange.request_body),)
        except (ValueError, RecursionError) as error:
            raise Unread("its body is not JSON") from error
    if bare(kind) == FORM:
        return (_form(api, schema, fields(exchange.request_body.decode(errors="replace"))),)
    if bare(kind) == MULTIPART:
        return (_form(api, schema, _parts(exchange)),)
    return None


def _form(api: Api, schema: Any, sent: Mapping[str, list[str]]) -> dict[str, Any]:
    found, _ = follow(api.value, schema, ())
    properties = found.get("properties") if isinstance(found, Mapping) else None
    known = properties if isinstance(properties, Mapping) else {}
    return {name: read(api, known.get(name), values) for name, values in sent.items()}


def _parts(exchange: Exchange) -> dict[str, list[str]]:
    head = f"Content-Type: {exchange.request_type}\r\n\r\n".encode("latin-1", "replace")
    message = message_from_bytes(head + exchange.request_body)
    parts = message.get_payload()
    out: dict[str, list[str]] = {}
    for part in parts[:MOST_FIELDS] if isinstance(parts, list) else ():
        name = part.get_param("name", header="content-disposition") if not isinstance(part, str) else None
        if isinstance(name, str) and not isinstance(part, str):
            data = part.get_payload(decode=True)
            out.setdefault(name, []).append(data.decode(errors="replace") if isinstance(data, bytes) else "")
    return out
