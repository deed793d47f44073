"""Tokens: who gets one, and what is refused."""

import pytest

from app.auth import Tokens
from app.errors import Unauthorized


class Clock:
    """A clock that stands still until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_speaks_for_its_client():
    tokens = Tokens({"web": "secret"})
    assert tokens.client("Bearer " + tokens.issue("web", "secret").text) == "web"


@pytest.mark.parametrize(("name", "secret"), [("web", "wrong"), ("nobody", "secret"), ("nobody", "")])
def test_wrong_credentials_give_no_token(name, secret):
    with pytest.raises(Unauthorized):
        Tokens({"web": "secret"}).issue(name, secret)


def test_a_token_expires():
    clock = Clock()
    tokens = Tokens({"web": "secret"}, lifetime=60, clock=clock)
    header = "Bearer " + tokens.issue("web", "secret").text
    clock.now += 59
    assert tokens.client(header) == "web"
    clock.now += 1
    with pytest.raises(Unauthorized, match="expired"):
        tokens.client(header)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic a.b", "Bearer a.é", "Bearer a.b", "Bearer a.d2Vi"])
def test_what_is_not_a_token_is_refused(header):
    with pytest.raises(Unauthorized):
        Tokens({"web": "secret"}).client(header)


def test_tokens_of_another_service_are_refused():
    other = Tokens({"web": "secret"}).issue("web", "secret")
    with pytest.raises(Unauthorized):
        Tokens({"web": "secret"}).client("Bearer " + other.text)
