"""The model adapter against a real HTTP endpoint: what passes through, what is survived, what is said."""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness.domain.event import Answered
from harness.errors import Mistake, Unreachable
from harness.journal.sqlite import SqliteJournal, Store
from harness.llm.claude import Bounds, Claude
from harness.llm.connect import connect
from harness.llm.retry import HistoryRefused, Retry
from tests.endpoint import Endpoint, Reply, Script, Trouble
from tests.llm.conversation import KEY, Conversation, encoded

VIEW = {"type": "tool_use", "name": "view", "input": {"path": "src/naïve.py", "range": [1, 20]}}
TEXT = {"type": "text", "text": "I looked. " * 50}
Talk = Callable[..., tuple[Conversation, Endpoint]]


@pytest.fixture
def talk() -> Iterator[Talk]:
    """Start an endpoint with a script, or with a list of replies, and a conversation with it."""
    with ExitStack() as stack:

        def start(
            script: Script | list[Reply], *, retry: Retry | None = None, bounds: Bounds | None = None, key: str = KEY
        ) -> tuple[Conversation, Endpoint]:
            replies = script if callable(script) else lambda request, n: script[n]
            endpoint = stack.enter_context(Endpoint(replies))
            claude = Claude(
                api_key=key,
                base_url=endpoint.url,
                retry=retry or Retry(first=0.001),
                bounds=bounds or Bounds(stall=0.5),
            )
            stack.callback(claude.close)
            return Conversation(claude), endpoint

        yield start


@pytest.mark.parametrize(
    "reason",
    ["end_turn", "max_tokens", "stop_sequence", "pause_turn", "refusal", "model_context_window_exceeded", "newfangled"],
)
def test_every_stop_reason_passes_through(talk: Talk, reason: str) -> None:
    conversation, _ = talk([{"content": [TEXT], "stop_reason": reason}])
    reply = conversation.ask()
    assert (reply["stop_reason"], reply["content"], conversation.faults) == (reason, [TEXT], [])


def test_a_message_arrives_as_it_was_sent(talk: Talk) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "thinking", "thinking": "Hm — 考え中. " * 40, "signature": ""},
        {"type": "redacted_thinking", "data": "c2VjcmV0"},
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "text", "text": "See the file 🦉.", "citations": [{"type": "char_location", "cited_text": "x"}]},
        {"type": "hologram", "beam": {"colour": "green"}, "angle": 3},
        {**VIEW, "id": "toolu_1", "caller": {"type": "direct"}},
        {"type": "tool_use", "id": "toolu_2", "name": "view", "input": {}},
    ]
    delta = {"stop_reason": "tool_use", "stop_details": {"why": "because"}, "weather": "fair"}
    conversation, _ = talk([{"content": blocks, "delta": delta, "epoch": 7}, [TEXT]])
    reply = conversation.ask()
    for block in blocks:
        if block["type"] == "thinking":
            block["signature"] = reply["content"][0]["signature"]
    assert reply["content"] == blocks
    assert len(reply["content"][0]["signature"]) == 64
    assert (reply["epoch"], reply["weather"], reply["stop_details"]) == (7, "fair", {"why": "because"})
    assert (reply["id"], reply["model"], reply["role"]) == ("msg_0000", "claude-sonnet-5-5", "assistant")


def test_usage_is_complete_and_the_prefix_is_read_from_the_cache(talk: Talk) -> None:
    conversation, endpoint = talk(lambda request, n: [VIEW])
    first = conversation.ask()
    conversation.results(first)
    second = conversation.ask()
    assert first["usage"]["cache_creation"]["ephemeral_1h_input_tokens"] > 1000
    written = first["usage"]["cache_creation_input_tokens"]
    assert second["usage"]["cache_read_input_tokens"] == written
    assert second["usage"]["output_tokens"] > 1
    assert endpoint.used["cache_read_input_tokens"] == written


def test_history_is_sent_byte_for_byte_and_is_taken_with_its_thinking(talk: Talk) -> None:
    thinking = {"type": "thinking", "thinking": "Let me see."}
    conversation, endpoint = talk(lambda request, n: [thinking, VIEW] if n < 4 else [TEXT])
    for _ in range(4):
        conversation.results(conversation.ask())
    conversation.ask()
    body = endpoint.bodies[-1]
    assert body.endswith(b'"messages":[' + b",".join(conversation.messages[:-1]) + b"]}")
    sent = json.loads(body)
    assert (sent["stream"], sent["cache_control"], sent["max_tokens"]) == (True, {"type": "ephemeral"}, 4096)
    assert endpoint.refused == []


def test_a_head_may_be_empty_or_end_in_a_comma(talk: Talk) -> None:
    conversation, endpoint = talk([[TEXT], [TEXT]])
    for head in (b"", b'"system":"Be brief.",'):
        conversation.head, conversation.messages = head, conversation.messages[:1]
        conversation.ask()
    assert [request.get("system") for request in endpoint.requests] == [None, "Be brief."]


FAULTS = {
    "429": Trouble("status", 429, "rate_limit_error"),
    "429 with retry-after": Trouble("status", 429, "rate_limit_error", headers={"retry-after": "0.02"}),
    "500": Trouble("status", 500),
    "502 with advice": Trouble("status", 502, headers={"x-should-retry": "true"}),
    "529": Trouble("status", 529, "overloaded_error"),
    "408": Trouble("status", 408, "timeout_error"),
    "reset": Trouble("reset"),
    "drop": Trouble("drop"),
    "drop in a tool call": Trouble("drop", before=(VIEW,)),
    "stall": Trouble("stall"),
    "cut": Trouble("cut"),
    "cut in a tool call": Trouble("cut", before=(VIEW,)),
    "garbled": Trouble("garbled"),
    "overloaded event": Trouble("event", kind="overloaded_error"),
    "api_error event": Trouble("event", kind="api_error"),
    "unknown event": Trouble("event", kind="gremlins"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_survived_with_the_history_kept(talk: Talk, name: str) -> None:
    conversation, endpoint = talk([[VIEW], FAULTS[name], [VIEW], [TEXT]])
    conversation.results(conversation.ask())
    conversation.results(conversation.ask())
    reply = conversation.ask()
    assert reply["content"] == [TEXT]
    assert [fault.wait >= 0 for fault in conversation.faults] == [True]
    assert endpoint.bodies[1] == endpoint.bodies[2], "the same request is sent again"
    assert len(endpoint.requests[-1]["messages"]) == 5
    assert endpoint.refused == []


@pytest.mark.parametrize("how", ["drop", "stall", "cut", "garbled", "event"])
def test_a_fault_within_a_stream_tells_the_usage_so_far(talk: Talk, how: Any) -> None:
    conversation, _ = talk([Trouble(how), [TEXT]])
    reply = conversation.ask()
    usage = conversation.faults[0].usage
    assert usage["cache_creation_input_tokens"] == reply["usage"]["cache_read_input_tokens"] > 1000


def test_a_fault_before_the_stream_has_no_usage(talk: Talk) -> None:
    conversation, _ = talk([Trouble("status", 529), Trouble("reset"), [TEXT]])
    conversation.ask()
    assert [fault.usage for fault in conversation.faults] == [{}, {}]


def test_pings_do_not_keep_a_stream_alive_for_ever(talk: Talk) -> None:
    conversation, _ = talk([Trouble("pings"), [TEXT]], bounds=Bounds(stall=5, deadline=0.3))
    began = time.monotonic()
    assert conversation.ask()["content"] == [TEXT]
    assert time.monotonic() - began < 15
    assert "0.3 seconds" in conversation.faults[0].what


def test_a_stream_that_is_given_up_is_closed(talk: Talk) -> None:
    conversation, endpoint = talk([Trouble("pings"), [TEXT]], bounds=Bounds(deadline=0.1))
    conversation.ask()
    assert endpoint.left.wait(5), "the endpoint should see that the client has left"


def test_an_answer_has_a_largest_size(talk: Talk) -> None:
    conversation, _ = talk([[{"type": "text", "text": "x" * 200_000}], [TEXT]], bounds=Bounds(size=100_000))
    assert conversation.ask()["content"] == [TEXT]
    assert "100,000 bytes" in conversation.faults[0].what


@pytest.mark.parametrize("how", ["linger", "chatter"])
def test_a_whole_answer_counts_although_its_stream_does_not_end(talk: Talk, how: Any) -> None:
    conversation, _ = talk([Trouble(how, before=(TEXT,))])
    began = time.monotonic()
    assert conversation.ask()["content"] == [TEXT]
    assert conversation.faults == []
    assert time.monotonic() - began < 15


def test_four_times_overloaded_is_survived_in_under_ten_seconds() -> None:
    waits: list[float] = []
    script: list[Reply] = [*[Trouble("status", 529, "overloaded_error")] * 4, [TEXT]]
    with Endpoint(lambda request, n: script[n]) as endpoint:
        claude = Claude(api_key=KEY, base_url=endpoint.url, sleep=waits.append, roll=lambda: 0.0)
        conversation = Conversation(claude)
        assert conversation.ask()["content"] == [TEXT]
    assert waits == [0.5, 1, 2, 4]
    assert [fault.wait for fault in conversation.faults] == waits


def test_retry_after_is_honoured_up_to_the_longest_wait() -> None:
    waits: list[float] = []
    script: list[Reply] = [
        Trouble("status", 429, "rate_limit_error", headers={"retry-after": "42"}),
        Trouble("status", 429, "rate_limit_error", headers={"retry-after": "3600"}),
    ]
    with Endpoint(lambda request, n: script[n]) as endpoint:
        conversation = Conversation(Claude(api_key=KEY, base_url=endpoint.url, sleep=waits.append))
        with pytest.raises(Unreachable, match="asks to wait 3600 seconds"):
            conversation.ask()
    assert waits == [42]
    assert [fault.wait for fault in conversation.faults] == [42, -1]


FINAL = {
    "401": (Trouble("status", 401, "authentication_error"), "refuses the key: set ANTHROPIC_API_KEY"),
    "403": (Trouble("status", 403, "permission_error", "not for you"), "no permission.*not for you"),
    "404": (Trouble("status", 404, "not_found_error", "model: nope"), "check the role's model.*model: nope"),
    "400": (Trouble("status", 400, "invalid_request_error", "max_tokens: too\n large"), "max_tokens: too large"),
    "413": (Trouble("status", 413, "request_too_large", "32 MB"), "too large for .*32 MB"),
    "spend": (Trouble("status", 429, "rate_limit_error", code="enforced_spend_limit_reached"), "spend limit"),
    "billing": (Trouble("status", 402, "billing_error", "no credit"), "spend limit.*no credit"),
    "advice": (Trouble("status", 500, message="no use", headers={"x-should-retry": "false"}), "no use"),
    "event": (Trouble("event", kind="invalid_request_error", message="odd"), "refuses the request.*odd"),
    "web page": (Trouble("html"), "does not answer as a Messages API does.*ANTHROPIC_BASE_URL"),
}


@pytest.mark.parametrize("name", FINAL)
def test_what_trying_again_cannot_help_is_told_in_a_sentence(talk: Talk, name: str) -> None:
    trouble, sentence = FINAL[name]
    conversation, endpoint = talk([trouble])
    with pytest.raises(Unreachable, match=sentence) as caught:
        conversation.ask()
    assert type(caught.value) is Unreachable
    assert "\n" not in str(caught.value)
    assert ([fault.wait for fault in conversation.faults], len(endpoint.requests)) == ([-1], 1)


def test_tries_end_with_a_sentence(talk: Talk) -> None:
    conversation, endpoint = talk(lambda request, n: Trouble("status", 529, "overloaded_error", "busy"))
    with pytest.raises(Unreachable, match="no answer in 8 tries, at last: 529 busy"):
        conversation.ask()
    assert (len(endpoint.requests), len(conversation.faults), conversation.faults[-1].wait) == (8, 8, -1)


def test_a_changed_history_is_told_apart(talk: Talk) -> None:
    conversation, endpoint = talk(lambda request, n: [{"type": "thinking", "thinking": "Aha."}, VIEW])
    conversation.results(conversation.ask())
    conversation.messages[0] = encoded({"role": "user", "content": "Go on, please."})
    with pytest.raises(HistoryRefused, match="different conversation"):
        conversation.ask()
    assert len(endpoint.refused) == 1


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        claude = Claude(api_key=KEY, base_url=address, sleep=lambda wait: None)
        conversation = Conversation(claude)
        with pytest.raises(Unreachable, match=r"nothing answers at 127\.0\.0\.1.*ANTHROPIC_BASE_URL"):
            conversation.ask()
    assert len(conversation.faults) == 5
    assert not any(fault.billable for fault in conversation.faults)


def test_a_try_that_reached_the_endpoint_may_be_billed(talk: Talk) -> None:
    conversation, _ = talk(lambda request, n: Trouble("drop") if n == 0 else [TEXT])
    conversation.ask()
    assert [fault.billable for fault in conversation.faults] == [True]


def test_a_tool_input_that_is_not_json_is_asked_for_again(talk: Talk) -> None:
    broken = {**VIEW, "input": '{"path": "READ'}
    conversation, _ = talk([[broken], [VIEW]])
    assert conversation.ask()["content"][0]["input"] == VIEW["input"]
    assert "not a JSON object" in conversation.faults[0].what


def test_a_tool_input_that_max_tokens_cut_is_not_asked_for_again(talk: Talk) -> None:
    broken = {**VIEW, "input": '{"path": "READ'}
    conversation, _ = talk([{"content": [broken], "stop_reason": "max_tokens"}])
    reply = conversation.ask()
    assert (reply["stop_reason"], reply["content"][0]["input"], conversation.faults) == ("max_tokens", {}, [])


DEEP = ["[" * 5000 + "]" * 5000, "[" * 200 + "]" * 200, '{"a":' * 150 + "1" + "}" * 150]


@pytest.mark.parametrize("value", ['"\\ud83d"', "NaN", "1e999", *DEEP])
def test_what_cannot_be_sent_back_is_asked_for_again(talk: Talk, value: str) -> None:
    broken = {**VIEW, "input": f'{{"path": {value}}}'}
    conversation, _ = talk([[broken], [TEXT]])
    assert conversation.ask()["content"] == [TEXT]
    assert len(conversation.faults) == 1


def test_what_is_nested_as_far_as_is_allowed_can_be_kept(talk: Talk, tmp_path: Path) -> None:
    conversation, _ = talk([[{**VIEW, "input": f'{{"path": {"[" * 90 + "]" * 90}}}'}]])
    answer = Answered(key="k", kind="model", question="q", answer=conversation.ask())
    SqliteJournal(Store(tmp_path / "journal.db"), "x").append(answer)
    assert SqliteJournal(Store(tmp_path / "journal.db"), "x").read()[0].event == answer


def test_a_usage_that_can_not_be_kept_is_not_reported(talk: Talk) -> None:
    deep: Any = 1
    for _ in range(150):
        deep = [deep]
    conversation, _ = talk([{"content": [TEXT], "usage": {"input_tokens": 1, "output_tokens": 1, "x": deep}}, [TEXT]])
    assert conversation.ask()["content"] == [TEXT]
    assert [fault.usage for fault in conversation.faults] == [{}]


def test_an_empty_answer_is_an_answer(talk: Talk) -> None:
    conversation, _ = talk([[]])
    reply = conversation.ask()
    assert (reply["content"], reply["stop_reason"]) == ([], "end_turn")


def test_progress_is_told_while_an_answer_arrives(talk: Talk) -> None:
    conversation, _ = talk([[TEXT, VIEW]], bounds=Bounds(progress=0))
    conversation.ask()
    assert any(line.startswith(("writing", "calling view")) for line in conversation.progress)
    assert all(len(line) < 100 and "\n" not in line for line in conversation.progress)


def test_progress_is_throttled(talk: Talk) -> None:
    conversation, _ = talk([[TEXT, VIEW]], bounds=Bounds(progress=60))
    conversation.ask()
    assert conversation.progress == []


def test_one_connection_serves_a_whole_conversation(talk: Talk) -> None:
    conversation, endpoint = talk(lambda request, n: [VIEW])
    for _ in range(5):
        conversation.results(conversation.ask())
    assert endpoint.connections == 1


def test_the_key_is_nowhere_but_in_its_header(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    echo = f"invalid key {KEY} {'.' * 260}{KEY}"
    conversation, endpoint = talk(
        [
            Trouble("event", kind="api_error", message=echo),
            Trouble("status", 500, message=echo),
            [TEXT],
            Trouble("status", 401, "authentication_error", message=echo),
        ]
    )
    with caplog.at_level(logging.DEBUG):
        reply = conversation.ask()
        conversation.results(reply)
        conversation.messages[-1] = encoded({"role": "user", "content": "More."})
        with pytest.raises(Unreachable) as caught:
            conversation.ask()
    assert "[key]" in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    seen = [
        conversation.faults,
        conversation.progress,
        reply,
        str(caught.value),
        repr(conversation.claude),
        caplog.text,
    ]
    assert KEY[:10] not in repr(seen)
    assert all(KEY.encode() not in body for body in endpoint.bodies)


def test_a_key_with_a_line_break_is_taken(talk: Talk) -> None:
    conversation, _ = talk([[TEXT]], key=f"  {KEY}\n")
    assert conversation.ask()["content"] == [TEXT]


def test_without_a_key_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ANTHROPIC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Mistake, match="set ANTHROPIC_API_KEY"):
        Claude(api_key="", base_url="http://127.0.0.1:1")
    monkeypatch.setenv("ANTHROPIC_PROFILE", "missing")
    with pytest.raises(Mistake, match="settings can't be used"):
        Claude(api_key=None, base_url="http://127.0.0.1:1")


def test_the_environment_counts_where_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with Endpoint(lambda request, n: [TEXT], key=KEY) as endpoint:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", endpoint.url)
        claude = connect(api_key=None, base_url=None)
        assert isinstance(claude, Claude)
        assert Conversation(claude).ask()["content"] == [TEXT]


def test_an_address_that_is_none_is_told() -> None:
    for address in ("ftp://127.0.0.1", "no address"):
        with pytest.raises((Mistake, Unreachable), match=r"ANTHROPIC_BASE_URL|settings"):
            Conversation(Claude(api_key=KEY, base_url=address, sleep=lambda wait: None)).ask()
