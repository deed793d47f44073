"""Functions of one file of TypeScript that make the errors which another throws."""

from __future__ import annotations

from harness.gates.descent import Facts, Family, files


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
            (makers[key] for file in files(path, fact["from"]) if (key := (file, fact["called"])) in makers), ()
        )
        found += [(path, line, {**fact, "name": name}) for name in dict.fromkeys(names)]
    return tuple(found)
