"""Which class descends from which, by the declarations of a whole tree."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

from harness.gates.sources import JAVASCRIPT, TYPESCRIPT

_MOST = 1000
Facts = tuple[tuple[str, int, dict[str, Any]], ...]


class Family:
    """The classes that the facts of a tree declare, and other names that files have for them."""

    def __init__(self, facts: Facts) -> None:
        self.above: dict[str, set[str]] = {}
        """class -> the names of those that it extends"""
        self.methods: dict[str, set[str]] = {}
        self._alias: dict[tuple[str, str], str] = {}
        self._exported: dict[str, str] = {}
        """other name that a class is exported by -> the name that it was declared with"""
        default = {path: fact["to"] for path, _, fact in facts if fact["kind"] == "default"}
        declared = {fact["name"] for _, _, fact in facts if fact["kind"] == "class"}
        for path, _, fact in facts:
            if fact["kind"] not in ("alias", "export"):
                continue
            to = fact["to"]
            if to == "default":
                to = next((default[file] for file in files(path, fact.get("from", "")) if file in default), to)
            if fact["kind"] == "alias":
                self._alias.setdefault((path, fact["name"]), to)
            elif fact["name"] not in declared:
                self._exported.setdefault(fact["name"], to)
        for path, _, fact in facts:
            if fact["kind"] != "class":
                continue
            named = fact["above"] if isinstance(fact["above"], list) else [fact["above"]]
            self.above.setdefault(fact["name"], set()).update(self.real(path, name) for name in named if name)
            self.methods.setdefault(fact["name"], set()).update(fact.get("methods", ()))

    def real(self, path: str, name: str) -> str:
        """What a file calls `name`, by the name that it was declared with."""
        for _ in range(20):
            to = self._alias.get((path, name)) or self._exported.get(name)
            if to is None:
                break
            name = to
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


def files(path: str, source: str) -> Iterator[str]:
    """The files that an import of `source` in `path` may mean."""
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
    bare, dot, suffix = place.rpartition(".")
    stems = [place, bare] if dot and suffix in (*JAVASCRIPT, *TYPESCRIPT) else [place]
    yield place
    for stem in stems:
        for ending in (*TYPESCRIPT, *JAVASCRIPT):
            yield f"{stem}.{ending}"
            yield f"{stem}/index.{ending}"
