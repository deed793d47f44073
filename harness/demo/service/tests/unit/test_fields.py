"""Values out of bodies and queries."""

import pytest

from app import fields
from app.errors import InvalidRequest


def test_an_object_with_allowed_fields_is_taken():
    assert fields.json_object(b'{"title": "x"}', ("title", "text")) == {"title": "x"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"\xff",
        b"[" * 20_000,
        b'{"other": 1}',
        b'{"\\ud800": 1}',
        b'{"title": NaN, "": 1}',
    ],
)
def test_other_bodies_are_refused(body):
    with pytest.raises(InvalidRequest):
        fields.json_object(body, ("title", "text"))


def test_text_is_taken_up_to_its_limit():
    assert fields.text({"title": "x" * 5}, "title", most=5) == "x" * 5
    assert fields.text({}, "title", most=5, default="") == ""


@pytest.mark.parametrize("value", [None, 1, [], "", "  ", "x" * 6, "\ud800"])
def test_other_text_is_refused_with_the_name_of_its_field(value):
    with pytest.raises(InvalidRequest) as caught:
        fields.text({"title": value}, "title", most=5)
    assert caught.value.field == "title"


@pytest.mark.parametrize(("query", "expected"), [({}, 20), ({"limit": ["1"]}, 1), ({"limit": ["100"]}, 100)])
def test_integers_in_range_are_taken(query, expected):
    assert fields.integer(query, "limit", default=20, least=1, most=100) == expected


@pytest.mark.parametrize("values", [[""], ["0"], ["101"], ["x"], ["1.5"], ["-1"], ["1", "2"], ["9" * 30], ["١"]])
def test_other_integers_are_refused(values):
    with pytest.raises(InvalidRequest):
        fields.integer({"limit": values}, "limit", default=20, least=1, most=100)


@pytest.mark.parametrize("value", ["", "x", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n"])
def test_malformed_identifiers_are_refused(value):
    with pytest.raises(InvalidRequest):
        fields.identifier(value, "note_id")
