"""One recorded request with its response, and the values that one exchange handed to another."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_BODY = 64 << 10
"""Bytes of each body that are kept."""
Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a proxy saw."""

    method: str
    path: str
    """As sent, percent-encoded, without the query."""
    query: str
    headers: tuple[tuple[str, str], ...]
    """Of the request, without those that concern one connection only."""
    request_type: str
    request_body: bytes
    status: int
    response_type: str
    response_body: bytes
    seconds: float
    whole: bool = True
    """Whether both bodies were kept in full."""
    response_headers: tuple[tuple[str, str], ...] = ()

    @property
    def sent(self) -> bool:
        """Whether the request's body was kept in full, whatever became of the answer's."""
        return self.whole or len(self.request_body) < MOST_BODY

    @property
    def good(self) -> bool:
        """Whether the answer was 2xx."""
        return 200 <= self.status < 300

    def answer(self) -> Any:
        """The response's JSON; None where it is none."""
        return parsed(self.response_body)

    def token(self) -> str:
        """The credentials of the Authorization header, without their scheme."""
        value = next((v for k, v in self.headers if k.lower() == "authorization"), "")
        return value.rpartition(" ")[2]


def unpacked(encoding: str, body: bytes) -> tuple[bytes, bool]:
    """(what a body of that `Content-Encoding` holds, up to the bound; whether that is all of it)."""
    kind = encoding.strip().lower()
    if kind in ("", "identity") or not body:
        return body[:MOST_BODY], len(body) <= MOST_BODY
    if kind not in ("gzip", "x-gzip", "deflate"):
        return b"", False
    try:
        # 32: the header says whether it is gzip or zlib.
        machine = zlib.decompressobj(zlib.MAX_WBITS | 32)
        out = machine.decompress(body, MOST_BODY)
    except zlib.error:
        return body[:MOST_BODY], len(body) <= MOST_BODY
    return out, machine.eof


def parsed(body: bytes) -> Any:
    """`body` as JSON; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def leaves(value: Any, most: int = 5000) -> Iterator[tuple[Where, str]]:
    """(where, text) of every string and integer of a JSON value, `most` at the most."""
    left: list[tuple[Where, Any]] = [((), value)]
    for _ in range(most):
        if not left:
            return
        where, node = left.pop()
        if isinstance(node, dict):
            left += [((*where, key), item) for key, item in node.items()]
        elif isinstance(node, list):
            left += [((*where, i), item) for i, item in enumerate(node)]
        elif isinstance(node, str) or (isinstance(node, int) and not isinstance(node, bool)):
            yield where, str(node)


def pick(value: Any, where: Where) -> str | None:
    """The leaf at `where`, or None."""
    for step in where:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
