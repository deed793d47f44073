"""Whether what clients wrote is still told to them after the service was started again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from harness.gates import unix
from harness.gates.exchange import Exchange, leaves, parsed

MOST = 20
"""Requests that are sent again."""
SECONDS = 5.0
_WRITING = ("POST", "PUT", "PATCH")
_NAME, _NUMBER = 8, 4
"""Letters of a name, and digits of a number, that nothing else has by chance."""
_PLAIN = re.compile(r"[\w .@:/-]{3,200}")
"""Values that are the same in JSON, in a row of a table, and in a text."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one request is answered."""

    exchange: Exchange
    status: int
    values: frozenset[str]
    """Those of the written values that the answer holds."""


def written(exchanges: Iterable[Exchange]) -> frozenset[str]:
    """The texts in the bodies of requests that the service took, and the names that it gave to what they made."""
    found: set[str] = set()
    for each in exchanges:
        if each.method in _WRITING and each.good and each.whole:
            body = parsed(each.request_body)
            found |= {text for _, text in leaves(body)}
            found |= {text for _, text in leaves(each.answer()) if len(text) >= _NAME}
            if body is None and "form" in each.request_type:
                found |= {text for _, text in parse_qsl(each.request_body.decode(errors="replace"))}
    return frozenset(text for text in found if _PLAIN.fullmatch(text) and not (text.isdigit() and len(text) < _NUMBER))


def reads(exchanges: Sequence[Exchange], values: frozenset[str]) -> list[Exchange]:
    """The last requests whose answers told of written values, each once."""
    found: dict[tuple[str, str], Exchange] = {}
    for each in exchanges:
        if each.method == "GET" and each.status == 200 and _held(each.response_body, values):
            found[each.path, each.query] = each
    return list(found.values())[-MOST:]


def ask(service: Path, exchanges: Iterable[Exchange], values: frozenset[str]) -> list[Told]:
    """What the service answers now; status 0 where it does not."""
    out = []
    for each in exchanges:
        target = f"{each.path}?{each.query}" if each.query else each.path
        try:
            answer = unix.send(service, "GET", target, each.headers, seconds=SECONDS)
            out.append(Told(each, answer.status, _held(answer.body, values) if answer.status == 200 else frozenset()))
        except unix.FAULTS:
            out.append(Told(each, 0, frozenset()))
    return out


def told(rows: Iterable[Told]) -> frozenset[str]:
    """All written values that the answers hold."""
    return frozenset(value for row in rows for value in row.values)


def kept(before: Sequence[Told], after: Sequence[Told]) -> bool:
    """Whether anything is still told that was."""
    return any(one.values & other.values for one, other in zip(before, after, strict=True))


def gone(before: Sequence[Told], after: Sequence[Told]) -> str:
    """The first that is told no more; '' where nothing can be said, as who has to log in again was told nothing."""
    for one, other in zip(before, after, strict=True):
        if one.values and other.status in (200, 404, 410):
            what = "without it" if other.status == 200 else str(other.status)
            return (
                f'GET {one.exchange.path} told of "{min(one.values)}", and {what} after the service was started again'
            )
    return ""


def _held(body: bytes, values: frozenset[str]) -> frozenset[str]:
    told = parsed(body)
    if told is not None:
        return frozenset(text for _, text in leaves(told)) & values
    text = body.decode(errors="replace")
    return frozenset(value for value in values if value in text)
