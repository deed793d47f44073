"""A conversation is encoded once and only grows; its digest covers all that a request holds."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as some

from harness.flow.conversation import Conversation

TEXT = some.text(min_size=1).map(lambda text: {"type": "text", "text": text})
TURNS = some.lists(some.tuples(TEXT, TEXT), min_size=1, max_size=6)


def built(turns: list[tuple[dict[str, str], dict[str, str]]]) -> Conversation:
    talk = Conversation(b'"system":[]')
    for said, reply in turns:
        talk.user([said])
        talk.assistant([reply])
    talk.user([{"type": "text", "text": "and now"}])
    return talk


@given(TURNS)
def test_what_was_said_is_kept_and_never_encoded_again(turns: list[tuple[dict[str, str], dict[str, str]]]) -> None:
    talk = built(turns)
    before = list(talk.messages)
    talk.assistant([{"type": "text", "text": "yes"}])
    talk.user([{"type": "text", "text": "no"}])
    assert talk.messages[: len(before)] == before
    assert [json.loads(m)["role"] for m in talk.messages] == ["user", "assistant"] * (len(turns) + 1) + ["user"]
    assert json.loads(talk.messages[1])["content"] == [turns[0][1]]


@given(TURNS)
def test_the_digest_is_that_of_the_same_conversation(turns: list[tuple[dict[str, str], dict[str, str]]]) -> None:
    talk, same = built(turns), built(turns)
    assert talk.digest == same.digest
    same.amend("more")
    assert talk.digest != same.digest
    assert json.loads(same.messages[-1])["content"][-1] == {"type": "text", "text": "more"}
    talk.amend("more")
    assert talk.digest == same.digest and talk.size == same.size and talk.fresh == len(talk.messages[-1])


def test_the_head_counts() -> None:
    one, two = Conversation(b"a"), Conversation(b"b")
    for talk in (one, two):
        talk.user([{"type": "text", "text": "x"}])
    assert one.digest != two.digest
