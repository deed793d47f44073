"""Sends recorded requests again, with the values that a running service hands out anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from harness.gates import unix
from harness.gates.exchange import Exchange, Where, leaves, parsed, pick

MOST_DEPTH = 6
MOST_LOOKBACK = 2000
FEWEST = 8
"""Characters from which on a value of a query or a body counts as handed out by an earlier answer."""
_HANDED = re.compile(r"(?:x-)?[\w-]*(?:token|auth|csrf|session|key)[\w-]*", re.I)
"""Headers that hold what a service hands out to be sent back."""
MOST_LOCATION = 4000
_TAGS = ("if-match", "if-none-match")
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A value of a request that an earlier answer had handed out."""

    value: str
    producer: int
    """Index of the earlier exchange."""
    where: Where
    lasting: bool
    """Whether the same value serves many requests (a token), or each request that changes something takes a new one."""


class Replay:
    """Plays exchanges of one recording against one service."""

    def __init__(self, exchanges: tuple[Exchange, ...], service: Path) -> None:
        self.exchanges = exchanges
        self._service = service
        self._links: dict[int, tuple[Link, ...]] = {}
        self._answers: dict[int, Any] = {}
        """What producers handed out that were played and may serve again."""
        self._made: dict[int, Any] = {}
        """What the last success of each handed out: what has a name of its own can be made once only."""

    def play(self, index: int, body: bytes | None = None) -> unix.Answer:
        """Exchange `index` again, its producers before it, untimed; raises one of unix.FAULTS. `body` is sent instead
        of its own."""
        return self._sent(index, 0, body)

    def undo(self, index: int) -> unix.Answer:
        """Exchange `index` again on what was made last, so that it is gone; raises one of unix.FAULTS."""
        found = {link.value: pick(self._made.get(link.producer), link.where) for link in self.links(index)}
        known = {old: new for old, new in found.items() if new is not None}
        return self._send(index, {**known, **self._values(index, 0, skip=frozenset(known))}, None)

    def forget(self) -> None:
        """Play every producer anew from here on, as a token may have run out."""
        self._answers.clear()

    def _sent(self, index: int, depth: int, body: bytes | None = None) -> unix.Answer:
        answer = self._send(index, self._values(index, depth), body)
        if answer.status < 300:
            self._made[index] = told(answer.headers, answer.body)
        return answer

    def _values(self, index: int, depth: int, skip: frozenset[str] = frozenset()) -> dict[str, str]:
        out: dict[str, str] = {}
        if depth >= MOST_DEPTH:
            return out
        safe = self.exchanges[index].method in ("GET", "HEAD", "OPTIONS")
        fresh: dict[int, Any] = {}
        for link in self.links(index):
            if link.value in skip:
                continue
            known = self._answers if link.lasting or safe else fresh
            if link.producer not in known:
                answer = self._sent(link.producer, depth + 1)
                known[link.producer] = self._made.get(link.producer, told(answer.headers, answer.body))
            new = pick(known[link.producer], link.where)
            if new is not None:
                out[link.value] = new
        return out

    def links(self, index: int) -> tuple[Link, ...]:
        """The values of exchange `index` that came from earlier answers, each from the latest one."""
        if index not in self._links:
            exchange = self.exchanges[index]
            wanted = {unquote(part): False for part in exchange.path.split("/") if part}
            wanted |= {v: False for _, v in parse_qsl(exchange.query) if len(v) >= FEWEST}
            wanted |= {v: False for _, v in leaves(parsed(exchange.request_body)) if len(v) >= FEWEST}
            wanted |= _carried(exchange.headers)
            if exchange.token():
                wanted[exchange.token()] = True
            self._links[index] = tuple(self._found(index, wanted))
        return self._links[index]

    def _found(self, index: int, wanted: dict[str, bool]) -> list[Link]:
        out: list[Link] = []
        for earlier in range(index - 1, max(-1, index - 1 - MOST_LOOKBACK), -1):
            exchange = self.exchanges[earlier]
            if not wanted or not exchange.good or not exchange.sent:
                continue
            sent = {"body": parsed(exchange.request_body)}
            found = told(exchange.response_headers, exchange.response_body if exchange.whole else b"")
            if exchange.method == "GET":
                # What is read was handed out when it was made, but for what stands in headers.
                del found["body"]
            for where, text in sorted(leaves(found), key=_rank):
                # What the caller itself had sent in the same place was not handed out to it.
                if text in wanted and pick(sent, where) != text:
                    out.append(Link(text, earlier, where, wanted.pop(text)))
        return out

    def _send(self, index: int, values: dict[str, str], other: bytes | None) -> unix.Answer:
        exchange = self.exchanges[index]
        target = "/".join(_swapped(part, values) for part in exchange.path.split("/"))
        query, headers = exchange.query, exchange.headers
        body = exchange.request_body if other is None else other
        for old, new in values.items():
            query = query.replace(quote(old, safe=""), quote(new, safe=""))
            body = body.replace(old.encode(), new.encode()) if len(old) >= FEWEST else body
        headers = tuple((name, _renewed(name, value, values)) for name, value in headers)
        return unix.send(self._service, exchange.method, f"{target}?{query}" if query else target, headers, body)


def told(headers: Headers, body: bytes) -> dict[str, Any]:
    """What an answer may hand out: its JSON, the name of what it made, cookies, tokens and tags in headers."""
    out: dict[str, Any] = {"body": parsed(body), "location": "", "cookie": {}, "header": {}}
    for name, value in headers:
        low = name.lower()
        if low == "location":
            out["location"] = unquote(urlsplit(value[:MOST_LOCATION]).path.rstrip("/").rpartition("/")[2])
        elif low == "set-cookie":
            out["cookie"] |= _cookies(value)
        elif low == "etag" or _HANDED.fullmatch(low):
            out["header"][low] = value
    return out


def _cookies(text: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(text).items()}
    except CookieError:
        return {}


def _carried(headers: Headers) -> dict[str, bool]:
    """value -> whether it lasts, of what a request's headers carry that an answer may have handed out."""
    out: dict[str, bool] = {}
    for name, value in headers:
        if name.lower() == "cookie":
            out |= {text: True for text in _cookies(value).values() if text}
        elif name.lower() in _TAGS:
            out[value] = False
        elif _HANDED.fullmatch(name) and len(value) >= FEWEST:
            out[value] = True
    return out


def _renewed(name: str, value: str, values: dict[str, str]) -> str:
    """A header with what was handed out anew."""
    low = name.lower()
    if low == "authorization":
        token = value.rpartition(" ")[2]
        return value.replace(token, values[token]) if token in values else value
    if low == "cookie":
        pairs = [part.strip().partition("=") for part in value.split(";")]
        return "; ".join(f"{key}{sign}{values.get(text, text)}" for key, sign, text in pairs)
    return values.get(value, value) if low in _TAGS or _HANDED.fullmatch(name) else value


def _rank(leaf: tuple[Where, str]) -> bool:
    """Identifiers first: a count may happen to have the same value."""
    if leaf[0] == ("location",):
        return False
    name = str(leaf[0][-1]).lower() if leaf[0] else ""
    return not name.endswith(("id", "token", "key", "code", "slug"))


def _swapped(part: str, values: dict[str, str]) -> str:
    plain = unquote(part)
    return quote(values[plain], safe="") if plain in values else part
