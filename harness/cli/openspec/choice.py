"""Which item a name means: a change, a spec, or nothing that there is."""

from __future__ import annotations

from harness.changes.files import Unusable
from harness.changes.repository import active, capabilities
from harness.changes.root import Root
from harness.cli.openspec.output import Failure, remark
from harness.openspec.script import by_unit

CLOSEST = 5
"""Names that are suggested."""


def choose(root: Root, name: str, kind: str | None, verb: str) -> str:
    """'change' or 'spec'; Failure if the name is neither or both."""
    if kind is not None and kind.lower() in ("change", "spec"):
        return kind.lower()
    changes, specs = _open(root, verb), capabilities(root)
    if name in changes and name in specs:
        text = f"Ambiguous item '{name}' matches both a change and a spec."
        shown = f"{text}\nPass --type change|spec, or use: openspec change {verb} / openspec spec {verb}"
        raise Failure("ambiguous_item", text, extra={"fix": "Pass --type change|spec."}, shown=shown)
    if name in changes:
        return "change"
    if name in specs:
        return "spec"
    near = ", ".join(closest(name, [*changes, *sorted(specs, key=by_unit)]))
    text = f"Unknown item '{name}'." + (f" Did you mean: {near}?" if near else "")
    raise Failure("unknown_item", text, shown=text)


def _open(root: Root, verb: str) -> list[str]:
    """The open changes; to show something, a folder that is none is as good as an empty one."""
    try:
        return active(root)
    except Unusable:
        if verb == "show":
            return []
        raise


def closest(name: str, names: list[str]) -> list[str]:
    """The most similar names, the closest first; of equally close ones the order stays."""
    return sorted(names, key=lambda each: _distance(name, each))[:CLOSEST]


def _distance(name: str, each: str) -> int:
    """How many UTF-16 units have to be put in, taken out or exchanged."""
    one, other = _units(name), _units(each)
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def _units(text: str) -> list[bytes]:
    data = by_unit(text)
    return [data[i : i + 2] for i in range(0, len(data), 2)]


def nothing(verb: str, ways: tuple[str, ...]) -> int:
    """No item was named, and nobody can be asked: told as text, also where JSON is wanted; the exit code."""
    lines = "\n".join(f"  openspec {way if ' ' in way else f'{verb} {way}'}" for way in ways)
    remark(f"Nothing to {verb}. Try one of:\n{lines}\nOr run in an interactive terminal.")
    return 1
