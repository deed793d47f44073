"""Server-sent events become one message, however they are cut, and nonsense becomes a failure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.llm.retry import Failed
from harness.llm.stream import Assembly, events
from tests.messages_api import closing, opening

MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-5-5",
    "content": [
        {"type": "thinking", "thinking": "Où est-il ? " * 30, "signature": "c2lnbmVk"},
        {"type": "text", "text": "Là.\r\n\ndata: not an event\n" * 20},
        {"type": "tool_use", "id": "toolu_1", "name": "view", "input": {"path": "été.py", "lines": [1, 2]}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 12, "output_tokens": 34, "cache_read_input_tokens": 56},
}
EVENTS = [*opening(MESSAGE), *closing(MESSAGE, {})]


def wire(items: Iterable[Any], end: str = "\n") -> bytes:
    return "".join(f"event: {item['type']}{end}data: {json.dumps(item)}{end}{end}" for item in items).encode()


def assembled(chunks: Iterable[bytes]) -> dict[str, Any]:
    assembly = Assembly()
    for event in events(chunks):
        assembly.feed(event)
    assert assembly.complete
    return assembly.message()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 7, 100, 1 << 20])
def test_the_cuts_do_not_matter(end: str, size: int) -> None:
    data = wire(EVENTS, end)
    assert assembled(data[k : k + size] for k in range(0, len(data), size)) == MESSAGE


def test_comments_and_unknown_fields_are_passed_over() -> None:
    data = b": hello\n\nid: 7\nretry: 10\n\n" + wire(EVENTS)
    assert assembled([data]) == MESSAGE


def test_data_of_several_lines_is_one_event() -> None:
    pretty = b"".join(
        b"".join(b"data: " + line + b"\n" for line in json.dumps(event, indent=1).encode().split(b"\n")) + b"\n"
        for event in EVENTS
    )
    assert assembled([pretty]) == MESSAGE


def test_unknown_events_and_deltas_are_kept_or_passed_over() -> None:
    extra = [
        {"type": "content_block_start", "index": 9, "content_block": {"type": "compaction", "content": None}},
        {"type": "content_block_delta", "index": 9, "delta": {"type": "compaction_delta", "content": "short"}},
        {"type": "weather_report", "sky": "blue"},
    ]
    message = assembled([wire([*EVENTS[:-2], *extra, *EVENTS[-2:]])])
    assert message["content"] == [*MESSAGE["content"], {"type": "compaction", "content": "short"}]


def test_counts_of_the_end_replace_those_of_the_start_where_they_are_given() -> None:
    usage = {"output_tokens": 99, "input_tokens": 13, "cache_read_input_tokens": None}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
    message = assembled([wire([EVENTS[0], end, EVENTS[-1]])])
    assert message["usage"] == {"input_tokens": 13, "output_tokens": 99, "cache_read_input_tokens": 56}
    assert message["content"] == []


def test_blocks_stand_in_the_order_of_their_indices() -> None:
    blocks = [{"type": "text", "text": text} for text in ("first", "second")]
    starts = [{"type": "content_block_start", "index": n, "content_block": blocks[n]} for n in (1, 0)]
    assert assembled([wire([EVENTS[0], *starts, *EVENTS[-2:]])])["content"] == blocks


def test_the_end_does_not_empty_what_the_start_said() -> None:
    start = {"type": "message_start", "message": {**MESSAGE, "content": [], "container": {"id": "c1"}}}
    end = {**EVENTS[-2], "delta": {"stop_reason": "end_turn", "container": None, "stop_details": None}}
    message = assembled([wire([start, end, EVENTS[-1]])])
    assert (message["container"], message["stop_reason"], message["stop_details"]) == ({"id": "c1"}, "end_turn", None)


@pytest.mark.parametrize("count", range(len(EVENTS) - 1))
def test_every_early_end_is_a_failure(count: int) -> None:
    assembly = Assembly()
    for event in EVENTS[:count]:
        assembly.feed(event)
    with pytest.raises(Failed) as caught:
        assembly.message()
    assert caught.value.failure.cause == "cut"
    assert bool(caught.value.usage) == (count > 0)


@pytest.mark.parametrize(
    "data", [b"data: {\n\n", b"data: []\n\n", b"data: \xff\n\n", b"data: " + b"[" * 9999 + b"\n\n"]
)
def test_what_is_no_json_object_is_a_failure(data: bytes) -> None:
    with pytest.raises(Failed, match="JSON"):
        list(events([data]))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "text", "usage"]), inner),
    max_leaves=4,
)
PLACES = ["index", "delta", "content_block", "message", "usage", "error"]


@given(at=st.integers(0, len(EVENTS) - 2), place=st.sampled_from(PLACES), inner=st.text(max_size=12), junk=JUNK)
def test_junk_is_a_failure_or_a_message_and_nothing_else(at: int, place: str, inner: str, junk: Any) -> None:
    changed = json.loads(json.dumps(EVENTS))
    for name in ("type", "text", "partial_json", "stop_reason", "usage", inner):
        if isinstance(changed[at].get(place), dict) and name in changed[at][place]:
            changed[at][place][name] = junk
            break
    else:
        changed[at][place] = junk
    assembly = Assembly()
    try:
        for event in changed:
            assembly.feed(event)
        message = assembly.message()
    except Failed:
        return
    json.dumps(message, allow_nan=False)
