"""Schemas that say nothing of a value: whatever a service sends or takes would match them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.gates.bundle import Api, follow

_NOTES = (
    "title", "description", "example", "examples", "default", "nullable", "deprecated", "externalDocs", "xml",
    "discriminator", "readOnly", "writeOnly", "$comment", "$schema", "$defs", "definitions",
)  # fmt: skip
_OPEN = ("type", "additionalProperties", "unevaluatedProperties", "minProperties", "maxProperties")
_LIST = ("type", "items", "minItems", "maxItems", "uniqueItems")
_EVERY = ("", ".*", "^.*", ".*$", "^.*$", "(.*)", "^(.*)$", r"[\s\S]*", r"^[\s\S]*$")
At = tuple[str, ...]


def untyped(node: Any) -> bool:
    """Whether a schema holds nothing but notes for a reader."""
    return not isinstance(node, Mapping) or all(key in _NOTES or key.startswith("x-") for key in node)


def kinds(schema: Mapping[str, Any]) -> set[str]:
    """The types that a schema names."""
    named = schema.get("type")
    return (
        {named}
        if isinstance(named, str)
        else {k for k in named if isinstance(k, str)}
        if isinstance(named, list)
        else set()
    )


def vague(api: Api, node: Any, at: At, known: dict[At, bool] | None = None) -> bool:
    """Whether any object, any list, or anything at all matches the schema."""
    schema, at = follow(api.value, node, at)
    known = {} if known is None else known
    if at not in known:
        # What leads back to itself says at least that.
        known[at] = False
        known[at] = not isinstance(schema, Mapping) or _vague(api, schema, at, known)
    return known[at]


def _vague(api: Api, schema: Mapping[str, Any], at: At, known: dict[At, bool]) -> bool:
    words = {key for key in schema if key not in _NOTES and not key.startswith("x-")}
    for key in ("allOf", "anyOf", "oneOf"):
        rows = schema.get(key)
        parts = list(enumerate(rows)) if isinstance(rows, list) else []
        parts = [(i, row) for i, row in parts if not (isinstance(row, Mapping) and row.get("type") == "null")]
        if all(vague(api, row, (*at, key, str(i)), known) for i, row in parts):
            words.discard(key)
    words -= {key for key in ("properties", "patternProperties", "required") if not schema.get(key)}
    named = kinds(schema)
    if named - {"object", "array", "null"} or named == {"null"}:
        return False
    if "array" in named or "items" in words:
        return words <= set(_LIST) and vague(api, schema.get("items"), (*at, "items"), known)
    return words <= set(_OPEN) and not _closed(schema)


def _closed(schema: Mapping[str, Any]) -> bool:
    """Whether the names that are not listed are ruled, or ruled out."""
    more = [schema.get(key) for key in ("additionalProperties", "unevaluatedProperties")]
    return (
        any(row is False or bool(isinstance(row, Mapping) and row) for row in more) or schema.get("maxProperties") == 0
    )


def every(pattern: Any) -> bool:
    """Whether a string's pattern rules nothing out."""
    return pattern in _EVERY
