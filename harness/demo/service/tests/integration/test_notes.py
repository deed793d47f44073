"""Writing, listing, reading and deleting notes."""

import pytest

from tests.integration.client import send

UNKNOWN = "/notes/" + "0" * 32


def write(token, title="Groceries", text="Bread"):
    return send("POST", "/notes", {"title": title, "text": text}, token)


def test_a_note_is_kept_and_read(tester):
    made = write(tester)
    assert made.status == 201
    assert made.body["title"] == "Groceries"
    assert made.headers["Location"] == f"/notes/{made.body['id']}"
    read = send("GET", made.headers["Location"], token=tester)
    assert (read.status, read.body) == (200, made.body)


def test_the_text_is_optional_and_may_be_empty(tester):
    assert send("POST", "/notes", {"title": "Groceries"}, tester).body["text"] == ""
    assert write(tester, text="").status == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"title": " "}, "title"),
        ({"title": 7}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"title": "x", "text": None}, "text"),
        ({"title": "x", "text": "x" * 10_001}, "text"),
        ({"title": "x", "colour": "red"}, "colour"),
    ],
)
def test_a_note_that_breaks_a_rule_is_not_kept(tester, body, field):
    before = send("GET", "/notes", token=tester).body["total"]
    answer = send("POST", "/notes", body, tester)
    assert (answer.status, answer.body["field"]) == (400, field)
    assert send("GET", "/notes", token=tester).body["total"] == before


@pytest.mark.parametrize("raw", [b"", b"null", b"{"])
def test_a_note_that_is_no_object_is_refused(tester, raw):
    assert send("POST", "/notes", token=tester, raw=raw).status == 400


def test_a_list_has_the_newest_first(tester):
    before = send("GET", "/notes", token=tester).body["total"]
    first, second = write(tester, "First").body, write(tester, "Second").body
    page = send("GET", "/notes?limit=2", token=tester)
    assert page.status == 200
    assert page.body == {"notes": [second, first], "total": before + 2, "limit": 2, "offset": 0}
    assert send("GET", "/notes?limit=1&offset=1", token=tester).body["notes"] == [first]


@pytest.mark.parametrize("query", ["limit=", "limit=0", "limit=101", "limit=x", "limit=1&limit=2", "offset=-1"])
def test_a_page_out_of_range_is_refused(tester, query):
    answer = send("GET", f"/notes?{query}", token=tester)
    assert (answer.status, answer.body["field"]) == (400, query.partition("=")[0])


def test_a_note_is_deleted_once(tester):
    path = write(tester).headers["Location"]
    assert send("DELETE", path, token=tester).status == 204
    assert send("GET", path, token=tester).status == 404
    assert send("DELETE", path, token=tester).status == 404


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_and_malformed_ids(tester, method):
    assert send(method, UNKNOWN, token=tester).status == 404
    assert send(method, "/notes/not-an-id", token=tester).status == 400


def test_notes_of_another_client_do_not_exist(tester, other):
    path = write(tester).headers["Location"]
    for method in ("GET", "DELETE"):
        assert send(method, path, token=other).status == 404
    assert send("GET", path, token=tester).status == 200
