"""What clients wrote, and whether a service that was started again still tells of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.gates.exchange import Exchange
from harness.gates.lasting import Told, gone, kept, reads, told, written


def exchange(method: str, path: str, sent: Any, status: int, said: Any, kind: str = "application/json") -> Exchange:
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return Exchange(method, path, "", (), kind, body, status, "application/json", json.dumps(said).encode(), 0.1)


MADE = exchange("POST", "/items", {"name": "blue pen", "count": 3, "tag": "12"}, 201, {})
REFUSED = exchange("POST", "/items", {"name": "too long"}, 400, {})
FORM = exchange("POST", "/tags", b"label=red+ink", 303, {}, "application/x-www-form-urlencoded")
READ = exchange("GET", "/items/1", {}, 200, {"item": {"name": "blue pen"}})
OTHER = exchange("GET", "/health", {}, 200, {"status": "fine"})


def test_texts_that_the_service_took_count() -> None:
    assert written([MADE, REFUSED]) == {"blue pen"}
    taken = exchange("PUT", "/tags", b"label=red+ink", 200, {}, "application/x-www-form-urlencoded")
    assert written([FORM, taken]) == {"red ink"}
    named = exchange("POST", "/counts", {"by": 20117}, 201, {"id": "c0ffee-12", "count": 3})
    assert written([named]) == {"20117", "c0ffee-12"}


def test_only_answers_that_tell_of_them_are_asked_for_again() -> None:
    page = Exchange("GET", "/", "", (), "", b"", 200, "text/html", b"<p>a blue pen</p>", 0.1)
    assert reads([MADE, READ, OTHER, READ, page], written([MADE])) == [READ, page]


def answer(status: int, *values: str) -> Told:
    return Told(READ, status, frozenset(values))


@pytest.mark.parametrize(
    ("after", "still", "lost"),
    [
        ([answer(200, "pen"), answer(404)], True, True),
        ([answer(404), answer(404)], False, True),
        ([answer(200), answer(0)], False, True),
        ([answer(401), answer(401)], False, False),
        ([answer(0), answer(500)], False, False),
    ],
)
def test_what_is_kept_and_what_is_gone(after: list[Told], still: bool, lost: bool) -> None:
    before = [answer(200, "pen"), answer(200, "pen", "ink")]
    assert told(before) == {"pen", "ink"}
    assert (kept(before, after), bool(gone(before, after))) == (still, lost)
    assert not gone([answer(404)], [answer(404)])
