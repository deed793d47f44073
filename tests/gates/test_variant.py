"""Variants of request bodies that tests should have sent, by the body's schema."""

from __future__ import annotations

from typing import Any

import pytest

from harness.gates.bundle import Api, bundle
from harness.gates.document import load
from harness.gates.variant import variants

SPEC = b"openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n"
LINE: dict[str, Any] = {"type": "object", "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}}}


@pytest.fixture(scope="module")
def api() -> Api:
    return bundle("a.yaml", load(SPEC, "a.yaml"), ".", lambda name: None)


def test_of_an_array_the_whole_and_its_items_are_varied(api: Api) -> None:
    found = list(variants(api, {"type": "array", "items": LINE}, [{"sku": "a"}], form=False))
    assert found[:4] == [("null", None), ("empty", []), ("empty", {}), ("invalid", "text")]
    assert ("null", [{"sku": None}]) in found
    assert ("invalid", [{"sku": "a", "count": "twelve"}]) in found


def test_an_array_of_arrays_without_end_ends(api: Api) -> None:
    schema: dict[str, Any] = {"type": "array"}
    schema["items"] = schema
    assert len(list(variants(api, schema, None, form=False))) < 20


def test_any_text_of_a_form_is_a_string(api: Api) -> None:
    found = list(variants(api, LINE, {"sku": "a"}, form=True))
    assert ("invalid", {"sku": 12345}) not in found
    assert ("invalid", {"sku": "a", "count": "twelve"}) in found
    assert not [sort for sort, _ in found if sort == "null"]
