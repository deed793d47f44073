"""Independent work side by side, as much at a time as the machine has cores for this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def beside(works: Sequence[Callable[[], T]], most: int = 0) -> list[T]:
    """What each of `works` returns, in their order; at most `most` at a time, 0 for the number of cores.

    The first error is raised once all that was begun is over.
    """
    width = min(len(works), most or cores())
    if width < 2:
        return [work() for work in works]
    with ThreadPoolExecutor(max_workers=width) as pool:
        return list(pool.map(lambda work: work(), works))
