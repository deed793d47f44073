"""Sends recorded requests again, with the values that a running service hands out anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from harness.gates import unix
from harness.gates.exchange import Exchange, Where, leaves, parsed, pick

MOST_DEPTH = 6
MOST_LOOKBACK = 2000
FEWEST = 8
"""Characters from which on a value of a query or a body counts as handed out by an earlier answer."""


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
        """JSON of producers that were played and may serve again."""
        self._made: dict[int, Any] = {}
        """JSON of the last success of each: what has a name of its own can be made once only."""

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
            self._made[index] = parsed(answer.body)
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
                known[link.producer] = self._made.get(link.producer, parsed(answer.body))
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
            if exchange.token():
                wanted[exchange.token()] = True
            self._links[index] = tuple(self._found(index, wanted))
        return self._links[index]

    def _found(self, index: int, wanted: dict[str, bool]) -> list[Link]:
        out: list[Link] = []
        for earlier in range(index - 1, max(-1, index - 1 - MOST_LOOKBACK), -1):
            exchange = self.exchanges[earlier]
            if not wanted or exchange.method == "GET" or not (exchange.good and exchange.whole):
                continue
            sent = parsed(exchange.request_body)
            for where, text in sorted(leaves(exchange.answer()), key=_rank):
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
        token = exchange.token()
        if token in values:
            headers = tuple(
                (k, v.replace(token, values[token]) if k.lower() == "authorization" else v) for k, v in headers
            )
        return unix.send(self._service, exchange.method, f"{target}?{query}" if query else target, headers, body)


def _rank(leaf: tuple[Where, str]) -> bool:
    """Identifiers first: a count may happen to have the same value."""
    name = str(leaf[0][-1]).lower() if leaf[0] else ""
    return not name.endswith(("id", "token", "key", "code", "slug"))


def _swapped(part: str, values: dict[str, str]) -> str:
    plain = unquote(part)
    return quote(values[plain], safe="") if plain in values else part
