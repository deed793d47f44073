"""Which class descends from which, by the declarations of a whole tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_MOST = 1000


class Family:
    """The classes that the facts of a tree declare, and other names that files have for them."""

    def __init__(self, facts: Iterable[tuple[str, int, dict[str, Any]]]) -> None:
        self.above: dict[str, set[str]] = {}
        """class -> the names of those that it extends"""
        self.methods: dict[str, set[str]] = {}
        self._alias: dict[tuple[str, str], str] = {}
        for path, _, fact in facts:
            if fact["kind"] == "alias":
                self._alias.setdefault((path, fact["name"]), fact["to"])
        for path, _, fact in facts:
            if fact["kind"] != "class":
                continue
            named = fact["above"] if isinstance(fact["above"], list) else [fact["above"]]
            self.above.setdefault(fact["name"], set()).update(self.real(path, name) for name in named if name)
            self.methods.setdefault(fact["name"], set()).update(fact.get("methods", ()))

    def real(self, path: str, name: str) -> str:
        """What a file calls `name`, by the name that it was declared with."""
        for _ in range(20):
            if (path, name) not in self._alias:
                break
            name = self._alias[path, name]
        return name

    def ancestors(self, names: Iterable[str]) -> set[str]:
        """`names`, and all that they descend from."""
        found: set[str] = set()
        left = list(names)
        while left and len(found) < _MOST:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += self.above.get(name, ())
        return found
