"""Getting a token, and what happens without one."""

import pytest

from tests.integration.client import send


def test_the_service_is_healthy():
    answer = send("GET", "/health")
    assert (answer.status, answer.body) == (200, {"status": "ok"})


def test_right_credentials_give_a_token():
    answer = send("POST", "/token", {"client_id": "tester", "client_secret": "tester-secret"})
    assert answer.status == 200
    assert answer.body["token_type"] == "Bearer"
    assert answer.body["expires_in"] > 0
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("name", "secret"), [("tester", "wrong"), ("nobody", "tester-secret")])
def test_wrong_credentials_are_refused_alike(name, secret):
    answer = send("POST", "/token", {"client_id": name, "client_secret": secret})
    assert answer.status == 401
    assert answer.body["detail"] == "The client id or the client secret is wrong."


@pytest.mark.parametrize("value", [None, "", "  ", 7, "x" * 129])
def test_credentials_that_break_a_rule_are_named(value):
    answer = send("POST", "/token", {"client_id": "tester", "client_secret": value})
    assert (answer.status, answer.body["field"]) == (400, "client_secret")


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"[]"])
def test_a_body_that_is_no_object_is_refused(raw):
    assert send("POST", "/token", raw=raw).status == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/notes"), ("POST", "/notes"), ("GET", "/notes/" + "0" * 32), ("DELETE", "/notes/" + "0" * 32)],
)
@pytest.mark.parametrize("token", ["", "made-up"])
def test_notes_need_a_valid_token(method, path, token):
    answer = send(method, path, token=token)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
