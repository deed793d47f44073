"""The documented parameters and headers of an operation, and the values that one request sent for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from harness.gates.bundle import Api, follow
from harness.gates.exchange import Exchange
from harness.gates.operation import Operation

MOST_FIELDS = 1000
_INTEGER = re.compile(r"-?[0-9]{1,300}")
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,3})?")
_ELSEWHERE = ("accept", "content-type", "authorization")
"""Header parameters that OpenAPI describes in other places."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One documented parameter."""

    name: str
    place: str
    """`path`, `query`, `header` or `cookie`."""
    required: bool
    at: tuple[str, ...]
    """Where its schema stands; () where it has none."""
    schema: Mapping[str, Any]
    joined: bool
    """Whether an array's items are one value, divided by commas."""
    blank: bool = False
    """Whether it may be sent without a value."""

    def sent(self, exchange: Exchange, path: Mapping[str, str]) -> list[str]:
        """Its values in a request; [] where it was left out."""
        if self.place == "path":
            return [path[self.name]] if self.name in path else []
        if self.place == "query":
            return fields(exchange.query).get(self.name, [])
        if self.place == "header":
            return [value for name, value in exchange.headers if name.lower() == self.name.lower()]
        return [value for name, value in _cookies(exchange) if name == self.name]

    @property
    def plain(self) -> bool:
        """Whether it is sent under its own name: an object's properties may be sent under theirs."""
        return self.schema.get("type") != "object"


def parameters(api: Api, operation: Operation) -> Iterator[Parameter]:
    """The operation's own parameters and those of its path item; its own win."""
    seen: set[tuple[str, str]] = set()
    for owner, start in ((operation.value, operation.at), (operation.item, operation.at[:-1])):
        rows = owner.get("parameters")
        for number, raw in enumerate(rows if isinstance(rows, list) else ()):
            row, at = follow(api.value, raw, (*start, "parameters", str(number)))
            if not isinstance(row, Mapping):
                continue
            name, place = str(row.get("name", "")), str(row.get("in", ""))
            if (name, place) in seen or (place == "header" and name.lower() in _ELSEWHERE):
                continue
            seen.add((name, place))
            schema, _ = follow(api.value, row.get("schema"), at)
            form = place in ("query", "cookie")
            joined = not form or (row.get("style", "form") == "form" and row.get("explode", True) is False)
            known = isinstance(schema, Mapping)
            required = row.get("required") is True
            blank = row.get("allowEmptyValue") is True
            own = (*at, "schema") if known else ()
            yield Parameter(name, place, required, own, schema if known else {}, joined, blank)


def fields(text: str) -> dict[str, list[str]]:
    """The fields of a query or of a form; {} where there are too many."""
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}


def _cookies(exchange: Exchange) -> list[tuple[str, str]]:
    jar = SimpleCookie()
    for name, value in exchange.headers:
        if name.lower() == "cookie":
            try:
                jar.load(value)
            except CookieError:
                continue
    return [(name, morsel.value) for name, morsel in jar.items()]


def read(api: Api, schema: Any, values: Sequence[str], *, joined: bool = False) -> Any:
    """What text stands for by its schema: a number, an array, …; the text itself where it can be nothing else."""
    found, _ = follow(api.value, schema, ())
    kinds = found.get("type") if isinstance(found, Mapping) else None
    names = kinds if isinstance(kinds, list) else [kinds]
    if "array" in names:
        items = [part for value in values for part in value.split(",")] if joined else list(values)
        return [read(api, found.get("items"), [item]) for item in items]
    text = values[-1]
    if "integer" in names and _INTEGER.fullmatch(text):
        return int(text)
    if ("number" in names or "integer" in names) and _NUMBER.fullmatch(text):
        return float(text)
    if "boolean" in names and text in ("true", "false"):
        return text == "true"
    if "object" in names:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text
