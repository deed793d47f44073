"""What is tried again, and after how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import Unreachable
from harness.llm.retry import (
    SPEND,
    Failure,
    HistoryRefused,
    Retry,
    Situation,
    asked_wait,
    ending,
    pause,
    transient,
)

BUSY = Failure("answer", "529 overloaded", status=529, kind="overloaded_error")


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_these_answers_pass(status: int) -> None:
    assert transient(Failure("answer", "", status=status))


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422, 501])
def test_these_answers_stay(status: int) -> None:
    assert not transient(Failure("answer", "", status=status))


@pytest.mark.parametrize("code", sorted(SPEND))
def test_a_spend_limit_is_not_a_rate_limit(code: str) -> None:
    assert not transient(Failure("answer", "", status=429, code=code))
    assert not transient(Failure("event", "", kind="rate_limit_error", code=code))
    assert transient(Failure("answer", "", status=429, code="ramp_limit_exceeded"))


def test_the_endpoints_advice_counts() -> None:
    assert transient(Failure("answer", "", status=400, advice=True))
    assert not transient(Failure("answer", "", status=500, advice=False))


@given(roll=st.floats(0, 1), tried=st.integers(1, 1000))
def test_a_wait_is_positive_and_at_most_the_longest(roll: float, tried: int) -> None:
    retry = Retry(tries=1001)
    wait = pause(retry, BUSY, Situation(tried, 0, roll))
    assert wait is not None
    assert 0 < wait <= retry.longest


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_four_waits_are_under_ten_seconds(rolls: list[float]) -> None:
    waits = [pause(Retry(), BUSY, Situation(n, 0, roll)) for n, roll in enumerate(rolls, 1)]
    assert sum(wait for wait in waits if wait is not None) < 10
    assert None not in waits


def test_waits_double_and_tries_end() -> None:
    waits = [pause(Retry(tries=4), BUSY, Situation(n)) for n in range(1, 5)]
    assert waits == [0.5, 1.0, 2.0, None]


def test_a_longer_wait_than_the_longest_is_not_waited_for() -> None:
    asked = [Failure("answer", "", status=429, after=after) for after in (60.0, 60.1)]
    assert [pause(Retry(), failure, Situation(1)) for failure in asked] == [60.0, None]


def test_no_try_begins_after_the_total() -> None:
    retry = Retry(total=10)
    assert pause(retry, BUSY, Situation(3, elapsed=7)) == 2.0
    assert pause(retry, BUSY, Situation(3, elapsed=8.5)) is None


def test_a_dead_address_is_given_up_sooner() -> None:
    dead = Failure("connect", "Connection refused")
    waits = [pause(Retry(), dead, Situation(n)) for n in range(1, 6)]
    assert waits == [0.5, 1.0, 2.0, 4.0, None]


def test_fewer_than_one_try_is_an_error() -> None:
    with pytest.raises(ValueError, match="tries"):
        Retry(tries=0)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_what_is_asked_to_wait(headers: dict[str, str], wait: float | None) -> None:
    noon = 1_795_348_800.0
    assert asked_wait(headers, noon) == wait


@given(st.text())
def test_no_header_breaks_it(text: str) -> None:
    wait = asked_wait({"retry-after": text}, 0.0)
    assert wait is None or wait > 0


@pytest.mark.parametrize(
    "what",
    [
        "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation",
        "messages.3.content.9: `thinking` blocks in the latest assistant message can't be modified",
    ],
)
def test_a_refused_history_is_a_kind_of_its_own(what: str) -> None:
    error = ending(Retry(), Failure("answer", what, status=400, kind="invalid_request_error"), 1, "host")
    assert isinstance(error, HistoryRefused)
    assert isinstance(error, Unreachable)
    assert what in str(error)


def test_only_a_bad_request_refuses_a_history() -> None:
    what = "messages.1.content.0: Invalid `signature` in `thinking` block"
    assert type(ending(Retry(), Failure("answer", what, status=500), 8, "host")) is Unreachable


@pytest.mark.parametrize("what", ["thinking.budget_tokens: too small", "messages.0: text must be non-empty"])
def test_another_bad_request_is_not(what: str) -> None:
    error = ending(Retry(), Failure("answer", what, status=400, kind="invalid_request_error"), 1, "host")
    assert type(error) is Unreachable
