"""Independent work runs side by side, as much at a time as there are cores, and keeps its order."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest

from harness.beside import beside, cores, ending, works


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


def test_an_interrupt_ends_what_the_others_wait_for() -> None:
    """Ctrl-C reaches one thread; what was begun is ended, is no result, and what was not is not begun."""
    begun, ended, said = threading.Event(), threading.Event(), list[str]()

    def interrupted() -> None:
        begun.wait(20)
        raise KeyboardInterrupt

    def waits() -> None:
        with ending(ended.set):
            begun.set()
            said.append("ended" if ended.wait(20) else "waited")
        said.append("went on")

    def late() -> None:
        said.append("begun")

    with pytest.raises(KeyboardInterrupt):
        beside([interrupted, waits, late], 2)
    assert said == ["ended"]


def test_what_begins_after_an_interrupt_is_ended_at_once() -> None:
    begun, ended = threading.Event(), threading.Event()

    def interrupted() -> None:
        begun.wait(20)
        raise KeyboardInterrupt

    def begins() -> None:
        with ending(begun.set):
            begun.set()
            while not ended.wait(0.01):
                works().enter("late", ended.set)

    with pytest.raises(KeyboardInterrupt):
        beside([interrupted, begins], 2)
    assert ended.is_set()


def test_the_cores_of_the_process_count() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
