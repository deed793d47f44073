"""Typed values out of a request's body and query. Whatever breaks a rule raises InvalidRequest, naming the field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import InvalidRequest

IDENTIFIER = re.compile(r"[0-9a-f]{32}")
MOST_NAME = 128
"""Characters of an unknown field's name that an answer repeats."""


def json_object(body: bytes, allowed: Sequence[str]) -> dict[str, Any]:
    """The JSON object in `body`; InvalidRequest if it is none, or holds other fields than `allowed`."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise InvalidRequest("The body is not a JSON object.")
    for name in value:
        if name not in allowed:
            raise InvalidRequest(
                f"The body may hold {', '.join(allowed)} and nothing else.", _printable(name)[:MOST_NAME]
            )
    return value


def text(body: Mapping[str, Any], name: str, *, most: int, default: str | None = None) -> str:
    """The string `name`, of at most `most` characters; without a `default` it is required and may not be blank.

    Raises InvalidRequest where it breaks one of these rules.
    """
    value = body.get(name, default)
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} must be a string.", name)
    if default is None and not value.strip():
        raise InvalidRequest(f"{name} must hold at least one visible character.", name)
    if len(value) > most:
        raise InvalidRequest(f"{name} must have at most {most} characters.", name)
    if value != _printable(value):
        raise InvalidRequest(f"{name} must be valid Unicode text.", name)
    return value


def integer(query: Mapping[str, Sequence[str]], name: str, *, default: int, least: int, most: int) -> int:
    """The whole number `name` of the query, from `least` to `most`; InvalidRequest for anything else."""
    values = query.get(name, [str(default)])
    if len(values) != 1 or not re.fullmatch(r"[0-9]{1,9}", values[0]) or not least <= int(values[0]) <= most:
        raise InvalidRequest(f"{name} must be given once, as a whole number from {least} to {most}.", name)
    return int(values[0])


def identifier(value: str, name: str) -> str:
    """`value` if it is 32 lower-case hexadecimal digits; InvalidRequest otherwise."""
    if not IDENTIFIER.fullmatch(value):
        raise InvalidRequest(f"{name} must be 32 lower-case hexadecimal digits.", name)
    return value


def _printable(value: str) -> str:
    # JSON can spell half a surrogate pair, which neither the database nor an answer can hold.
    return value.encode("utf-8", "replace").decode()
