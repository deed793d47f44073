"""Operations: from requests to responses."""

import json

import pytest

from app.auth import Tokens
from app.routes import Request, Router
from app.service import NoteService
from app.store import NoteStore


@pytest.fixture
def store():
    store = NoteStore(":memory:")
    yield store
    store.close()


@pytest.fixture
def call(store):
    tokens = Tokens({"web": "secret"})
    router = Router(NoteService(store), tokens)
    token = tokens.issue("web", "secret").text

    def call(method, path, body=None, **query):
        data = b"" if body is None else json.dumps(body).encode()
        return router.answer(Request(method, path, {k: [v] for k, v in query.items()}, f"Bearer {token}", data))

    call.router = router
    return call


def test_a_note_from_beginning_to_end(call):
    made = call("POST", "/notes", {"title": "Groceries", "text": "Bread"})
    assert made.status == 201
    path = made.headers["Location"]
    assert path == f"/notes/{made.body['id']}"
    assert call("GET", path).body == made.body
    assert call("GET", "/notes", limit="5").body == {"notes": [made.body], "total": 1, "limit": 5, "offset": 0}
    assert call("DELETE", path).status == 204
    assert call("GET", path).status == 404


def test_a_token_is_given_for_credentials(call):
    answer = call("POST", "/token", {"client_id": "web", "client_secret": "secret"})
    assert answer.status == 200
    assert answer.body["token_type"] == "Bearer"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/token", {"client_id": "web"}, "client_secret"),
        ("POST", "/notes", {"text": "no title"}, "title"),
        ("POST", "/notes", {"title": "x", "text": None}, "text"),
        ("POST", "/notes", {"title": "x", "colour": "red"}, "colour"),
        ("GET", "/notes/short", None, "note_id"),
        ("DELETE", "/notes/short", None, "note_id"),
    ],
)
def test_a_problem_names_the_field(call, method, path, body, field):
    answer = call(method, path, body)
    assert (answer.status, answer.body["field"], answer.media_type) == (400, field, "application/problem+json")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_notes_need_a_token(call, method):
    answer = call.router.answer(Request(method, "/notes"))
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_unknown_paths_and_methods(call):
    assert call("GET", "/nothing").status == 404
    refused = call("PUT", "/notes")
    assert refused.status == 405
    assert refused.headers["Allow"] == "GET, POST"


def test_health_follows_the_database(call, store):
    assert call("GET", "/health").status == 200
    store.close()
    assert call("GET", "/health").status == 503


def test_every_operation_is_listed(call):
    routes = call.router.routes()
    assert {"method": "DELETE", "path": "/notes/{note_id}"} in routes
    assert all(set(route) == {"method", "path"} for route in routes)


def test_the_unforeseen_is_logged_and_answered(caplog):
    answer = Router(None, Tokens({})).answer(Request("GET", "/health"))
    assert (answer.status, answer.body["detail"]) == (500, "Something went wrong; it has been logged.")
    assert "GET /health failed" in caplog.text and "AttributeError" in caplog.text
