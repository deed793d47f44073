"""Null, empty and invalid variants of a request body, by its schema: what tests should have sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from harness.gates.bundle import Api, follow

Sort = Literal["null", "empty", "invalid"]
SORTS: tuple[Sort, ...] = ("null", "empty", "invalid")
MOST_PROPERTIES = 12
MOST_LENGTH = 2000
"""Characters up to which a text is made longer than its limit."""
_WRONG: Mapping[str, Any] = {
    "string": 12345, "integer": "twelve", "number": "twelve", "boolean": "perhaps", "array": "none", "object": "none",
}  # fmt: skip
_EMPTY: Mapping[str, Any] = {"string": "", "array": [], "object": {}}


def variants(api: Api, schema: Any, sample: Any, *, form: bool, depth: int = 2) -> Iterator[tuple[Sort, Any]]:
    """(sort, body): each may or may not violate the schema, which is for a validator to say. A form has no null, and
    any text of it is a string. Of an array, its items are varied, `depth` arrays deep."""
    found, _ = follow(api.value, schema, ())
    if isinstance(found, Mapping) and _kind(found) == "array" and not form:
        yield "null", None
        yield "empty", []
        yield "empty", {}
        yield "invalid", "text"
        first = sample[0] if isinstance(sample, list) and sample else {}
        if depth:
            for sort, value in variants(api, found.get("items"), first, form=form, depth=depth - 1):
                yield sort, [value]
        return
    base = dict(sample) if isinstance(sample, Mapping) else {}
    rows = list(properties(api, schema).items())[:MOST_PROPERTIES]
    for name, row in rows:
        kind = _kind(row)
        if not form:
            yield "null", {**base, name: None}
        if kind in _EMPTY:
            yield "empty", {**base, name: _EMPTY[kind]}
        for value in _invalid(kind, row):
            if form and kind == "string" and not isinstance(value, str):
                continue
            yield "invalid", {**base, name: value}
    if not form:
        yield "null", None
    yield "empty", {}
    for name in base:
        yield "invalid", {key: value for key, value in base.items() if key != name}
    yield "invalid", {**base, "noSuchProperty": "x"}
    if not form and not isinstance(sample, str):
        yield "invalid", "text"


def properties(api: Api, schema: Any, depth: int = 4) -> dict[str, Mapping[str, Any]]:
    """name -> schema of the properties, those of `allOf` and of the first alternative among them."""
    found, _ = follow(api.value, schema, ())
    if not isinstance(found, Mapping) or depth < 0:
        return {}
    out: dict[str, Mapping[str, Any]] = {}
    parts = found.get("allOf")
    others = [part for key in ("oneOf", "anyOf") for part in _rows(found.get(key))[:1]]
    for part in (*_rows(parts), *others):
        out |= properties(api, part, depth - 1)
    own = found.get("properties")
    for name, raw in own.items() if isinstance(own, Mapping) else ():
        row, _ = follow(api.value, raw, ())
        out[name] = row if isinstance(row, Mapping) else {}
    return out


def _rows(value: Any) -> list[Any]:
    return value[:20] if isinstance(value, list) else []


def _kind(row: Mapping[str, Any]) -> str:
    kinds = row.get("type")
    names = [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else [kinds]
    return str(names[0]) if names else ""


def _invalid(kind: str, row: Mapping[str, Any]) -> Iterator[Any]:
    if kind in _WRONG:
        yield _WRONG[kind]
    least: Any = row.get("minimum")
    most: Any = row.get("maximum")
    if _number(least):
        yield least - 1
    if _number(most):
        yield most + 1
    length = row.get("maxLength")
    if isinstance(length, int) and 0 <= length < MOST_LENGTH:
        yield "x" * (length + 1)
    if isinstance(row.get("enum"), list) or "format" in row or "pattern" in row:
        yield "no such value"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
