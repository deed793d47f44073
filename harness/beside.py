"""Work that needs no order is done side by side, as much at a time as there are cores, and can be interrupted."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Works:
    """What one call of `beside` does. Ctrl-C reaches the main thread alone: this carries it to the others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[object, Callable[[], object]] = {}
        self._interrupted = False

    def enter(self, key: object, end: Callable[[], object]) -> None:
        """Something began that `end` ends, without waiting: at once, where the works were interrupted already."""
        with self._lock:
            self._ends[key] = end
            late = self._interrupted
        if late:
            end()

    def leave(self, key: object) -> None:
        """It is over."""
        with self._lock:
            self._ends.pop(key, None)

    def interrupt(self) -> None:
        """End what goes on."""
        with self._lock:
            self._interrupted = True
            ends = list(self._ends.values())
        for end in ends:
            end()

    def run(self, work: Callable[[], T]) -> T:
        """What `work` returns; it is not begun after an interrupt."""
        self.check()
        with self.interrupting():
            return work()

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Whatever is no ordinary error, such as Ctrl-C, ends everything."""
        try:
            yield
        except BaseException as error:
            if not isinstance(error, Exception):
                self.interrupt()
            raise

    def check(self) -> None:
        """KeyboardInterrupt where this was interrupted, so that nobody takes what is half done for a result."""
        if self._interrupted:
            raise KeyboardInterrupt


_ALONE = Works()
"""That of a thread which does no work of `beside`: an interrupt reaches it by itself, or is none of its business."""
_OWN = threading.local()


def works() -> Works:
    """Those that the running thread does one of."""
    found: Works = getattr(_OWN, "works", _ALONE)
    return found


@contextmanager
def ending(end: Callable[[], object]) -> Iterator[None]:
    """Where the works of this thread are interrupted meanwhile, `end` is called, and KeyboardInterrupt raised."""
    mine, key = works(), object()
    mine.enter(key, end)
    try:
        yield
    finally:
        mine.leave(key)
    mine.check()


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def beside(todo: Sequence[Callable[[], T]], most: int = 0) -> list[T]:
    """What each of `todo` returns, in their order; at most `most` at a time, 0 for the number of cores.

    The first error is raised once all that was begun is over. An interrupt (Ctrl-C) ends what was begun.
    """
    width = min(len(todo), most or cores())
    if width < 2:
        return [work() for work in todo]
    found = Works()
    pool = ThreadPoolExecutor(max_workers=width, initializer=lambda: setattr(_OWN, "works", found))
    with pool, found.interrupting():
        return list(pool.map(found.run, todo))
