"""Independent work runs side by side, as much at a time as there are cores, and keeps its order."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest

from harness.beside import beside, cores


def test_as_many_at_a_time_as_was_said() -> None:
    """Three meet, each only once all are there; a fourth would make them wait for ever."""
    meeting = threading.Barrier(3, timeout=20)

    def work(number: int) -> Callable[[], int]:
        def do() -> int:
            meeting.wait()
            return number

        return do

    assert beside([work(number) for number in range(6)], 3) == list(range(6))


def test_one_at_a_time_on_one_core() -> None:
    alone = threading.Lock()

    def work() -> bool:
        with alone:
            return threading.current_thread() is threading.main_thread()

    assert beside([work, work], 1) == [True, True]


def test_an_error_is_raised_once_the_others_are_over() -> None:
    begun, done = threading.Event(), threading.Event()

    def wrong() -> None:
        begun.wait(20)
        raise ValueError("no")

    def slow() -> None:
        begun.set()
        done.wait(0.2)
        done.set()

    with pytest.raises(ValueError, match="no"):
        beside([wrong, slow], 2)
    assert done.is_set()


def test_the_cores_of_the_process_count() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
