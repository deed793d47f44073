"""Functions of one file of TypeScript that make the errors which another throws."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from harness.gates.descent import Family
from harness.gates.sources import JAVASCRIPT, TYPESCRIPT

Facts = tuple[tuple[str, int, dict[str, Any]], ...]


def made(facts: Facts) -> Facts:
    """The facts, each throw of what an imported function gives with the class that it makes; one that is unknown has
    no throw."""
    family = Family(facts)
    makers: dict[tuple[str, str], list[str]] = {}
    for path, _, fact in facts:
        if fact["kind"] == "factory":
            makers.setdefault((path, fact["name"]), []).append(family.real(path, fact["makes"]))
    found = []
    for path, line, fact in facts:
        if fact["kind"] != "throw" or "from" not in fact:
            found.append((path, line, fact))
            continue
        names = next(
            (makers[key] for file in _files(path, fact["from"]) if (key := (file, fact["called"])) in makers), ()
        )
        found += [(path, line, {**fact, "name": name}) for name in dict.fromkeys(names)]
    return tuple(found)


def _files(path: str, source: str) -> Iterator[str]:
    """The files that an import of `source` in `path` may mean."""
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
    bare, dot, suffix = place.rpartition(".")
    stems = [place, bare] if dot and suffix in (*JAVASCRIPT, *TYPESCRIPT) else [place]
    yield place
    for stem in stems:
        for ending in (*TYPESCRIPT, *JAVASCRIPT):
            yield f"{stem}.{ending}"
            yield f"{stem}/index.{ending}"
