"""A change's deltas, folded into the living specs of a tree: what lands is what validating promised."""

from __future__ import annotations

from dataclasses import dataclass

from harness.domain.change import Change
from harness.domain.path import recorded
from harness.openspec.landing import REGULAR, barred, land, place
from harness.openspec.metadata import FILE, retires
from harness.workspace.git import Git

MOST = 200
"""Deltas of one change."""


@dataclass(frozen=True, slots=True)
class Folding:
    """A tree with the deltas folded in, or why there is none."""

    tree: str
    paths: tuple[str, ...] = ()
    """The living specs that are written or taken away; where there are problems, those that they are about."""
    problems: tuple[str, ...] = ()


def folded(git: Git, tree: str, change: Change) -> Folding:
    """The deltas that `tree` holds of the change, folded into its own living specs; all of them, or none."""
    names, start = git.paths(tree), f"{change.folder}/specs/"
    found = {
        path.removeprefix(start).removesuffix("/spec.md"): path
        for path in names
        if path.startswith(start) and path.endswith("/spec.md") and path != f"{start}spec.md"
    }
    if len(found) > MOST:
        return Folding(tree, problems=(f"the change has more than {MOST} deltas",))
    links = [path for path in found.values() if names[path][0] not in REGULAR]
    odd = [f"{path} is a link; write the file itself" for path in links] + list(barred(names, found).values())
    if odd:
        return Folding(tree, problems=tuple(map(recorded, odd)))
    places = {name: place(name) for name in found}
    deltas = {name: git.read(tree, path) or b"" for name, path in found.items()}
    living = {name: data for name, path in places.items() if (data := git.read(tree, path)) is not None}
    meta = (git.read(tree, f"{change.folder}/{FILE}") or b"").decode("utf-8", errors="replace")
    landing = land(deltas, living, change.name, retire=retires(meta))
    if landing.problems:
        about = tuple(places[name] for name in landing.problems if name in living)
        return Folding(tree, about, tuple(landing.problems.values()))
    rows = {
        places[name]: None if text is None else (names.get(places[name], REGULAR)[0], git.put(text.encode()))
        for name, text in landing.texts.items()
    }
    return Folding(git.edit(tree, rows), tuple(sorted(rows))) if rows else Folding(tree)
