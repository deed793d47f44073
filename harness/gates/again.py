"""How a request that changes something can succeed again and again, as it has to for its time to be taken."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from harness.gates import unix
from harness.gates.exchange import Where, leaves, parsed
from harness.gates.operation import Routes
from harness.gates.replay import Replay

TRIES = 3
"""Successes in a row after which a way is taken to be one."""
MOST_STEPS = 6
MOST_LEAVES = 12
MOST_NEAR = 400
"""Exchanges before and after a request that are looked through."""
_SAFE = ("GET", "HEAD", "OPTIONS")
_NAMES = re.compile(r"(?:id|name|key|slug|code|e?-?mail|login|user|title|token|number|ref|isbn|sku)$", re.I)
_HEX = re.compile(r"[0-9a-f-]{32,36}", re.I)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send a request once more."""

    how: str
    """In words, for a figure; '' for the request as it was."""
    send: Callable[[int], unix.Answer]
    """Takes the number of the try; the answer's time is that of the request alone."""


class Ways:
    """What can be tried for one recorded request, the plainest first."""

    def __init__(self, replay: Replay, routes: Routes, index: int) -> None:
        self.replay = replay
        self.routes = routes
        self.index = index

    def __iter__(self) -> Iterator[Way]:
        yield Way("", lambda number: self.replay.play(self.index))
        before = self._steps(range(max(0, self.index - MOST_NEAR), self.index), ("POST", "PUT", "PATCH"))
        if before:
            yield Way("what it needs is made anew each time", self._after(before[-MOST_STEPS:]))
        if self.replay.exchanges[self.index].method in _SAFE:
            return
        gone = self._steps(range(max(0, self.index - MOST_NEAR), self.index + MOST_NEAR), ("DELETE",))
        if gone:
            yield Way("what it makes is removed each time", self._undone(gone[0]))
        for where in self._places():
            yield Way(f"with another {'.'.join(map(str, where[0]))} each time", self._varied(where))

    def _after(self, steps: list[int]) -> Callable[[int], unix.Answer]:
        def send(number: int) -> unix.Answer:
            for step in steps:
                self.replay.play(step)
            return self.replay.play(self.index)

        return send

    def _undone(self, step: int) -> Callable[[int], unix.Answer]:
        def send(number: int) -> unix.Answer:
            self.replay.undo(step)
            return self.replay.play(self.index)

        return send

    def _varied(self, places: list[Where]) -> Callable[[int], unix.Answer]:
        value = parsed(self.replay.exchanges[self.index].request_body)

        def send(number: int) -> unix.Answer:
            body = value
            for where in places:
                body = _put(body, where, number + 1)
            return self.replay.play(self.index, json.dumps(body).encode())

        return send

    def _steps(self, among: range, methods: tuple[str, ...]) -> list[int]:
        """Successful requests that changed what this one is about."""
        mine, named = self._about(self.index), self._named(self.index)
        out = []
        for other in among:
            if other == self.index or other >= len(self.replay.exchanges):
                continue
            exchange = self.replay.exchanges[other]
            if exchange.method in methods and exchange.good and exchange.sent:
                theirs = self._named(other)
                if (theirs & mine) or (named & self._about(other)):
                    out.append(other)
        return out

    def _named(self, index: int) -> set[str]:
        """The values in the path's parameters."""
        exchange = self.replay.exchanges[index]
        operation = self.routes.find(exchange.method, exchange.path)
        return set(self.routes.values(operation, exchange.path).values()) if operation else set()

    def _about(self, index: int) -> set[str]:
        """Values that name what a request was about: in its path, its body and its answer."""
        exchange = self.replay.exchanges[index]
        said = [parsed(exchange.request_body), exchange.answer()]
        return self._named(index) | {text for value in said for _, text in leaves(value, 300)}

    def _places(self) -> Iterator[list[Where]]:
        """What to vary in a JSON body: each text or number alone, those first that look like names; then all texts."""
        exchange = self.replay.exchanges[self.index]
        value = parsed(exchange.request_body)
        if not exchange.sent or value is None:
            return
        rows = [where for where, _ in leaves(value, 200)]
        rows.sort(key=lambda where: not (where and _NAMES.search(str(where[-1]))))
        for where in rows[:MOST_LEAVES]:
            yield [where]
        for chosen in ([w for w in rows if w and _NAMES.search(str(w[-1]))], rows):
            if 1 < len(chosen) <= MOST_LEAVES:
                yield chosen


def _put(value: Any, where: Where, number: int) -> Any:
    """`value` with another leaf at `where`."""
    if not where:
        return value + number if isinstance(value, int) else fresh(str(value), number)
    step, rest = where[0], where[1:]
    if isinstance(value, list):
        return [_put(item, rest, number) if i == step else item for i, item in enumerate(value)]
    return {key: _put(item, rest, number) if key == step else item for key, item in value.items()}


def fresh(text: str, number: int) -> str:
    """Another text of the same length and look: its last letters and digits are counted on, before an `@`."""
    end = text.find("@") if "@" in text else len(text)
    out, left = list(text), number
    for at in range(end - 1, -1, -1):
        sign = out[at]
        signs = next((row for row in _alphabets(text) if sign in row), "")
        if not signs or left == 0:
            continue
        left += signs.index(sign)
        out[at], left = signs[left % len(signs)], left // len(signs)
    return "".join(out) if left == 0 else text[:end] + str(number) + text[end:]


def _alphabets(text: str) -> tuple[str, ...]:
    if _HEX.fullmatch(text):
        return ("0123456789abcdef", "ABCDEF")
    return (string.digits, string.ascii_lowercase, string.ascii_uppercase)
