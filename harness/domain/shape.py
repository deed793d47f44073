"""Whether a tool's input fits its schema: only what our own schemas use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "array": list,
    "boolean": bool,
    "object": dict,
}


def wrong(schema: Mapping[str, Any], given: Any) -> str:
    """The first thing about `given` that does not fit `schema`, in one sentence, or ''."""
    if not isinstance(given, dict):
        return "the input is not an object"
    known: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in given:
            return f"{name} is missing"
    for name, value in given.items():
        if name not in known:
            return f"there is no {name}; the input takes {', '.join(known) or 'nothing'}"
        kind = known[name].get("type", "")
        if not _fits(kind, value):
            return f"{name} must be of the type {kind}"
        inner = known[name].get("items", {}).get("type", "")
        if isinstance(value, list) and not all(_fits(inner, item) for item in value):
            return f"{name} must hold values of the type {inner} alone"
    return ""


def _fits(kind: str, value: Any) -> bool:
    wanted = _TYPES.get(kind)
    if wanted is None:
        return True
    return isinstance(value, wanted) and not (isinstance(value, bool) and kind == "integer")
