"""Findings about the shape of data, worded as OpenSpec's tool words them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]


class _Missing:
    """What stands for a key that is not there."""


MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, and a sentence; `details` are the fields around them in a JSON report."""

    path: Path
    message: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return ".".join(str(part) for part in self.path)

    def json(self) -> dict[str, Any]:
        return {**self.details, "path": list(self.path), "message": self.message}


_UNREAL = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
"""Numbers that are none."""
Check = Callable[[Any, Path], list[Fault]]


def kind(value: Any) -> str:
    """The name of a value's type."""
    if value is MISSING:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return _UNREAL.get(str(value), "number")
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _wrong(expected: str, value: Any, path: Path) -> list[Fault]:
    text = f"Invalid input: expected {expected}, received {kind(value)}"
    return [Fault(path, text, {"expected": expected, "code": "invalid_type"})]


def text(empty: str = "Too small: expected string to have >=1 characters", least: int = 0) -> Check:
    """A string of at least `least` characters."""

    def check(value: Any, path: Path) -> list[Fault]:
        if kind(value) != "string":
            return _wrong("string", value, path)
        if len(value) < least:
            details = {"origin": "string", "code": "too_small", "minimum": least, "inclusive": True}
            return [Fault(path, empty, details)]
        return []

    return check


def matching(pattern: str, message: str) -> Check:
    """A string of that pattern."""
    found = re.compile(pattern, re.A)

    def check(value: Any, path: Path) -> list[Fault]:
        if kind(value) != "string":
            return _wrong("string", value, path)
        if found.fullmatch(value):
            return []
        shown = {"origin": "string", "code": "invalid_format", "format": "regex", "pattern": f"/^{pattern}$/"}
        return [Fault(path, message, shown)]

    return check


def boolean(value: Any, path: Path) -> list[Fault]:
    """true or false."""
    return [] if kind(value) == "boolean" else _wrong("boolean", value, path)


def optional(inner: Check) -> Check:
    """What may be left out."""
    return lambda value, path: [] if value is MISSING else inner(value, path)


def array(inner: Check, empty: str = "", least: int = 0) -> Check:
    """A list of such, at least `least` long."""

    def check(value: Any, path: Path) -> list[Fault]:
        if kind(value) != "array":
            return _wrong("array", value, path)
        if len(value) < least:
            details = {"origin": "array", "code": "too_small", "minimum": least, "inclusive": True}
            return [Fault(path, empty, details)]
        return [fault for number, each in enumerate(value) for fault in inner(each, (*path, number))]

    return check


def table(**fields: Check) -> Check:
    """An object with these fields; others are let be."""

    def check(value: Any, path: Path) -> list[Fault]:
        if kind(value) != "object":
            return _wrong("object", value, path)
        return [f for name, inner in fields.items() for f in inner(value.get(name, MISSING), (*path, name))]

    return check


def closed(inner: Check, *names: str) -> Check:
    """An object without any other fields than these."""

    def check(value: Any, path: Path) -> list[Fault]:
        found = inner(value, path)
        odd = [key for key in value if key not in names] if kind(value) == "object" else []
        if not odd:
            return found
        noun = "key" if len(odd) == 1 else "keys"
        message = f"Unrecognized {noun}: " + ", ".join(f'"{key}"' for key in odd)
        return [*found, Fault(path, message, {"code": "unrecognized_keys", "keys": odd})]

    return check


def kebab(label: str) -> Check:
    """A name of lowercase letters and digits with single hyphens between."""

    def check(value: Any, path: Path) -> list[Fault]:
        if kind(value) != "string":
            return _wrong("string", value, path)
        if re.fullmatch("[a-z0-9]+(?:-[a-z0-9]+)*", value):
            return []
        text = f"{label} must be kebab-case with lowercase letters, numbers, and single hyphen separators"
        return [Fault(path, text, {"code": "custom", "message": text})]

    return check


def report(faults: list[Fault]) -> str:
    """All findings as JSON text."""
    return json.dumps([each.json() for each in faults], indent=2, ensure_ascii=False)
