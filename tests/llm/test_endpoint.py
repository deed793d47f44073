"""The scripted endpoint refuses what the real one refuses: the tests of everything else rest on it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.endpoint import Endpoint, turns

CALL = {"type": "tool_use", "id": "toolu_1", "name": "view", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "text"}
TEXT = {"type": "text", "text": "Go on."}
MARKED = {**TEXT, "cache_control": {"type": "ephemeral"}}
HOUR = {**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1h"}}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def model(*content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(content)}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(turns(3, [{"type": "thinking", "thinking": "Hm."}, CALL], [TEXT])) as running:
        yield running


def post(endpoint: Endpoint, *messages: Any, key: str = "any", **fields: Any) -> tuple[int, str]:
    """(status, body)"""
    body = {"model": "m", "max_tokens": 10, "stream": True, "messages": messages, **fields}
    request = urllib.request.Request(
        f"{endpoint.url}/v1/messages", json.dumps(body).encode(), {"authorization": f"Bearer {key}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


ACCEPTED = {
    "plain": [user(TEXT)],
    "results first": [user(TEXT), model(CALL), user(RESULT, TEXT)],
    "no role twice needed": [user(TEXT), user(TEXT)],
    "text as a string": [{"role": "user", "content": "Go on."}],
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_right_is_taken(endpoint: Endpoint, name: str) -> None:
    status, body = post(endpoint, *ACCEPTED[name], system=[HOUR, HOUR], cache_control={"type": "ephemeral"})
    assert (status, body.count("event: message_stop")) == (200, 1)


REFUSED: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "unknown field": ([user(TEXT)], {"colour": "red"}),
    "temperature": ([user(TEXT)], {"temperature": 1}),
    "top_p": ([user(TEXT)], {"top_p": 1}),
    "top_k": ([user(TEXT)], {"top_k": 1}),
    "no messages": ([], {}),
    "forced tool": ([user(TEXT)], {"tool_choice": {"type": "tool", "name": "view"}}),
    "any tool": ([user(TEXT)], {"tool_choice": {"type": "any"}}),
    "five markers": ([user(*[MARKED] * 5)], {}),
    "five markers with the automatic one": ([user(*[MARKED] * 4)], {"cache_control": {"type": "ephemeral"}}),
    "an hour after five minutes": ([user(HOUR)], {"system": [MARKED]}),
    "call without a result": ([user(TEXT), model(CALL), user(TEXT)], {}),
    "result after a text": ([user(TEXT), model(CALL), user(TEXT, RESULT)], {}),
    "result of no call": ([user(TEXT), model(TEXT), user(RESULT)], {}),
    "empty text": ([user({"type": "text", "text": ""})], {}),
    "empty string": ([{"role": "user", "content": ""}], {}),
    "assistant last": ([user(TEXT), model(TEXT)], {}),
    "assistant first": ([model(TEXT), user(TEXT)], {}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused(endpoint: Endpoint, name: str) -> None:
    messages, fields = REFUSED[name]
    status, body = post(endpoint, *messages, **fields)
    assert (status, json.loads(body)["error"]["type"]) == (400, "invalid_request_error")
    assert (endpoint.requests, len(endpoint.refused)) == ([], 1)


def answer(body: str) -> dict[str, Any]:
    """The thinking and the call that the endpoint's script answers with, signed as in `body`."""
    deltas = [json.loads(line[6:]) for line in body.splitlines() if '"signature_delta"' in line]
    return model({"type": "thinking", "thinking": "Hm.", "signature": deltas[0]["delta"]["signature"]}, CALL)


CHANGES: dict[str, Callable[[list[Any]], tuple[list[Any], dict[str, Any]]]] = {
    "system": lambda messages: (messages, {"system": "Other."}),
    "first message": lambda messages: ([user(TEXT, TEXT), *messages[1:]], {}),
    "thinking dropped": lambda messages: ([messages[0], model(CALL), messages[2]], {}),
    "call changed": lambda messages: ([messages[0], model(messages[1]["content"][0]), user(TEXT)], {}),
    "early result changed": lambda messages: (
        [*messages[:2], user({**RESULT, "content": "other"}), *messages[3:]],
        {},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_history_is_refused(endpoint: Endpoint, name: str) -> None:
    messages = [user(TEXT)]
    for _ in range(2):
        status, body = post(endpoint, *messages, system="Be brief.")
        assert status == 200
        messages += [answer(body), user(RESULT)]
    depth = 3 if name in ("thinking dropped", "call changed") else 5
    changed, fields = CHANGES[name](messages[:depth])
    status, body = post(endpoint, *changed, **{"system": "Be brief.", **fields})
    assert (status, "different conversation" in body) == (400, True)
    status, body = post(endpoint, *messages, system="Be brief.")
    assert status == 200


def test_a_wrong_key_is_refused() -> None:
    with Endpoint(turns(1, [], [TEXT]), key="right") as endpoint:
        assert post(endpoint, user(TEXT), key="wrong")[0] == 401
        assert post(endpoint, user(TEXT), key="right")[0] == 200


def test_stats_add_up(endpoint: Endpoint) -> None:
    for _ in range(2):
        post(endpoint, user(TEXT), system=[{**HOUR, "text": "Be brief. " * 1000}])
    with urllib.request.urlopen(f"{endpoint.url}/stats", timeout=10) as answer_:
        stats = json.load(answer_)
    assert stats["requests"] == 2
    assert stats["usage"]["cache_creation_input_tokens"] == stats["usage"]["cache_read_input_tokens"] > 2000


def test_an_error_in_the_script_fails_the_test() -> None:
    with (
        pytest.raises(ZeroDivisionError),
        Endpoint(lambda request, n: [{"type": "text", "text": str(1 // n)}]) as running,
    ):
        assert post(running, user(TEXT))[0] == 400
