"""Which item a name means: a change, a spec, or nothing that there is."""

from __future__ import annotations

from harness.changes.repository import active, capabilities
from harness.changes.root import Root
from harness.cli.openspec.output import Failure

CLOSEST = 5
"""Names that are suggested."""


def choose(root: Root, name: str, kind: str | None, verb: str) -> str:
    """'change' or 'spec'; Failure if the name is neither or both."""
    if kind is not None and kind.lower() in ("change", "spec"):
        return kind.lower()
    changes, specs = active(root), capabilities(root)
    if name in changes and name in specs:
        text = f"Ambiguous item '{name}' matches both a change and a spec."
        shown = f"{text}\nPass --type change|spec, or use: openspec change {verb} / openspec spec {verb}"
        raise Failure("ambiguous_item", text, extra={"fix": "Pass --type change|spec."}, shown=shown)
    if name in changes:
        return "change"
    if name in specs:
        return "spec"
    near = ", ".join(closest(name, [*changes, *specs]))
    text = f"Unknown item '{name}'." + (f" Did you mean: {near}?" if near else "")
    raise Failure("unknown_item", text, shown=text)


def closest(name: str, names: list[str]) -> list[str]:
    """The most similar names, the closest first; of equally close ones the order stays."""
    return sorted(names, key=lambda each: _distance(name, each))[:CLOSEST]


def _distance(one: str, other: str) -> int:
    """How many letters have to be put in, taken out or exchanged."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def nothing(verb: str, ways: tuple[str, ...]) -> Failure:
    """No item was named, and nobody can be asked."""
    lines = "\n".join(f"  openspec {way if ' ' in way else f'{verb} {way}'}" for way in ways)
    text = f"Nothing to {verb}. Try one of:\n{lines}\nOr run in an interactive terminal."
    return Failure(f"nothing_to_{verb}", text, shown=text)
