"""What a recorded request carries that the service hands out anew: cookies, tokens in headers, names in Location."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.gates import unix
from harness.gates.exchange import Exchange
from harness.gates.replay import Replay, told
from harness.gates.unix import Answer

Headers = tuple[tuple[str, str], ...]


def sent(method: str, path: str, status: int, request: Headers = (), response: Headers = ()) -> Exchange:
    return Exchange(method, path, "", request, "", b"", status, "", b"", 0.0, True, response)


class Service(Replay):
    """A replay that remembers what it sends; each answer hands out the next number."""

    def __init__(self, *exchanges: Exchange) -> None:
        super().__init__(exchanges, Path("nowhere"))
        self.seen: list[str] = []

    def _send(self, index: int, values: dict[str, str], other: bytes | None) -> Answer:
        exchange, number = self.exchanges[index], len(self.seen)
        self.seen.append(f"{exchange.method} {exchange.path} {sorted(values.items())}")
        headers = (
            ("Set-Cookie", f"sid=new{number}; HttpOnly; Path=/"), ("Location", f"/notes/n{number}"),
            ("X-CSRF-Token", f"token-new-{number}"), ("ETag", f'"tag{number}"'),
        )  # fmt: skip
        return Answer(exchange.status, "", headers, b"", 0.0)


LOGIN = sent("POST", "/login", 204, (), (("Set-Cookie", "sid=old; HttpOnly"), ("X-CSRF-Token", "token-old-1")))


def test_a_cookie_is_taken_from_the_login_once_until_it_is_forgotten() -> None:
    service = Service(LOGIN, sent("GET", "/me", 200, (("Cookie", "theme=dark; sid=old"),)))
    for _ in range(2):
        service.play(1)
    assert service.seen == ["POST /login []", *["GET /me [('old', 'new0')]"] * 2]
    service.forget()
    service.play(1)
    assert service.seen[3:] == ["POST /login []", "GET /me [('old', 'new3')]"]


def test_what_is_made_is_found_by_its_location_each_time() -> None:
    made = sent("POST", "/notes", 201, (), (("Location", "https://example.com/notes/n7?x=1"),))
    service = Service(made, sent("DELETE", "/notes/n7", 204))
    for _ in range(2):
        service.play(1)
    assert service.seen == [
        "POST /notes []", "DELETE /notes/n7 [('n7', 'n0')]", "POST /notes []", "DELETE /notes/n7 [('n7', 'n2')]",
    ]  # fmt: skip


def test_a_token_and_a_tag_in_headers_are_renewed() -> None:
    read = sent("GET", "/notes/1", 200, (), (("ETag", '"tag"'),))
    carried = (("X-CSRF-Token", "token-old-1"), ("If-Match", '"tag"'), ("Accept", "token-old-1"))
    service = Service(LOGIN, read, sent("PUT", "/notes/1", 200, carried))
    service.play(2)
    (_, _, last) = service.seen
    assert last == """PUT /notes/1 [('"tag"', '"tag0"'), ('token-old-1', 'token-new-1')]"""


def test_what_an_answer_hands_out() -> None:
    headers = (("Set-Cookie", "a=1"), ("set-cookie", "b=2; Path=/"), ("Location", "/x/a%20b/"), ("Date", "today"))
    assert told(headers, b'{"id": 3}') == {
        "body": {"id": 3}, "location": "a b", "cookie": {"a": "1", "b": "2"}, "header": {},
    }  # fmt: skip


def test_headers_are_sent_with_what_was_handed_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[Headers] = []

    def send(path: Path, method: str, target: str, headers: Headers, body: bytes) -> Answer:
        got.append(headers)
        return Answer(200, "", (("Set-Cookie", "sid=new"), ("X-CSRF-Token", "token-new-1")), b"", 0.0)

    monkeypatch.setattr(unix, "send", send)
    carried = (("Cookie", "theme=dark; sid=old"), ("X-CSRF-Token", "token-old-1"), ("Accept", "*/*"))
    Replay((LOGIN, sent("POST", "/me", 200, carried)), Path("nowhere")).play(1)
    assert got[1] == (("Cookie", "theme=dark; sid=new"), ("X-CSRF-Token", "token-new-1"), ("Accept", "*/*"))
