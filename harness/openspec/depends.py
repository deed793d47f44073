"""`depends_on` of a change's metadata: which changes have to be merged before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.openspec.metadata import unusable

KEY = "depends_on"
MOST = 50
"""Changes that one may depend on."""


@dataclass(frozen=True, slots=True)
class Depends:
    """What a change says it depends on."""

    on: tuple[str, ...] = ()
    problem: str = ""
    """Why that can't be used, as the end of a sentence that begins with the key."""


def depends(value: Any, own: str) -> Depends:
    """Of the parsed metadata of the change `own`."""
    if not isinstance(value, dict) or value.get(KEY) is None:
        return Depends()
    given = value[KEY]
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        return Depends(problem="has to be a list of changes' names, such as [add-login]")
    if len(given) > MOST:
        return Depends(problem=f"names more than {MOST} changes")
    if odd := next((each for each in given if not each or unusable(each)), None):
        return Depends(problem=f"names {odd!r}, which can't be a change")
    if own in given:
        return Depends(problem=f"names {own} itself")
    return Depends(tuple(dict.fromkeys(given)))


def loop(start: str, on: Mapping[str, Sequence[str]]) -> list[str]:
    """The changes from `start` back to a change that was passed already, that one at both ends; [] if there is none."""
    over: set[str] = set()
    path: list[str] = []

    def visit(name: str) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in over:
            return []
        path.append(name)
        for each in on.get(name, ()):
            if found := visit(each):
                return found
        over.add(path.pop())
        return []

    return visit(start)


def order(start: str, on: Mapping[str, Sequence[str]]) -> list[str]:
    """Everything that `start` depends on, what comes first in front; there must be no loop."""
    out: dict[str, None] = {}

    def visit(name: str) -> None:
        for each in on.get(name, ()):
            if each not in out:
                visit(each)
                out[each] = None

    visit(start)
    return list(out)
