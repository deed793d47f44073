"""`show`: a change or a spec, as written or as data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from harness.changes.archive import proposal, wraps
from harness.changes.files import Unusable
from harness.changes.files import text as read
from harness.changes.repository import active, deltas, nested, spec
from harness.changes.root import Root, here
from harness.cli.openspec.choice import choose, nothing
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import dump, remark, say
from harness.cli.openspec.store import select
from harness.openspec.change import Delta, shown
from harness.openspec.difference import Difference, differences
from harness.openspec.proposal import sections_of, title
from harness.openspec.script import leading
from harness.openspec.spec import Unreadable, parse

OLD = ("change", "spec")
"""Words in front of commands that work on the folder they are run in."""
NO_CHANGE = "No change specified. No active changes found."
_GAP = "\n"
"""Between two capabilities."""


def answer(call: Call, start: Path) -> int:
    first = call.command.split()[0]
    root = here(start) if first in OLD else select(call, start)
    if not call.argument:
        return _unnamed(first, root)
    kind = first if first in OLD else choose(root, call.argument, call.value("type"), "show")
    try:
        return _change(call, root, call.argument) if kind == "change" else _spec(call, root, call.argument)
    except Unreadable as error:
        raise Unusable(str(error)) from error


def _unnamed(first: str, root: Root) -> int:
    if first == "show":
        return nothing("show", ("<item>", "change show", "spec show"))
    if first == "spec":
        remark("Error: Missing required argument <spec-id>")
        return 1
    return unnamed(root)


def unnamed(root: Root) -> int:
    """No change was named, and nobody can be asked; the exit code."""
    try:
        names = active(root)
    except Unusable:
        names = []
    remark(f"No change specified. Available IDs: {', '.join(names)}" if names else NO_CHANGE)
    remark('Hint: use "openspec change list" to view available changes.')
    return 1


def _change(call: Call, root: Root, name: str) -> int:
    folder = root.changes / name
    text = proposal(folder) if plain(name) else None
    if text is None:
        if plain(name) and folder.is_dir():
            if inner := nested(root, folder):
                raise Unusable(wraps(name, inner))
            hint = f'Run "openspec status --change {name}" to see which artifact comes next.'
            raise Unusable(f'Change "{name}" has no proposal.md yet. {hint}')
        raise Unusable(f'Change "{name}" not found at {os.path.normpath(folder / "proposal.md")}')
    if not call.on("json"):
        say(text)
        if call.on("diff"):
            _diffs(deltas(root, folder), name)
        return 0
    if call.on("requirements-only"):
        remark("Flag --requirements-only is deprecated; use --deltas-only instead.")
    _, what = sections_of(text)
    items = shown(deltas(root, folder, living=False), what.content)
    if call.on("diff") and any(item["operation"] == "MODIFIED" for item in items):
        _with_diffs(items, deltas(root, folder))
    where = {} if call.command == "change show" else {"root": root.json()}
    dump({"id": name, "title": title(text, name), "deltaCount": len(items), "deltas": items, **where})
    return 0


def plain(name: str) -> bool:
    """Whether a name is that of something directly in a folder."""
    return name not in ("", ".", "..") and "/" not in name.rstrip("/")


def _with_diffs(items: list[dict[str, Any]], found: list[Delta]) -> None:
    """Each MODIFIED requirement's difference to the living one put into its item."""
    changes: dict[str, Iterator[Difference]] = {
        delta.capability: iter([each for each in differences(delta) if each.kind == "MODIFIED"]) for delta in found
    }
    for item in items:
        if item["operation"] != "MODIFIED" or (each := next(changes.get(item["spec"], iter(())), None)) is None:
            continue
        item.update({"diff": each.diff} if each.diff is not None else {})
        item.update({"warning": each.warning} if each.warning else {})


def _diffs(found: list[Delta], name: str) -> None:
    rows = [(delta.capability, each) for delta in found for each in differences(delta)]
    if not rows:
        say(f'\nNo delta specs to diff for change "{name}".')
        return
    say("\nSpecifications Changed (diffs)\n")
    for number, (capability, group) in enumerate(groupby(rows, key=lambda row: row[0])):
        say(f"{_GAP if number else ''}{capability}\n")
        for _, each in group:
            say("\n".join(_lines(each)) + "\n")


def _lines(each: Difference) -> list[str]:
    lines = [f"  {each.kind}: {each.name}"]
    if each.warning:
        lines.append(f"    ⚠ {each.warning}")
    if each.kind == "RENAMED":
        return lines
    body = each.text if each.diff is None else each.diff or "(no textual changes)"
    return lines + [f"    {line}" for line in body.split("\n")]


def _spec(call: Call, root: Root, name: str) -> int:
    path = root.specs / name / "spec.md"
    if not Path(os.path.normpath(path)).is_relative_to(root.specs):
        shown_ = os.path.normpath(path.relative_to(root.path) if call.command == "spec show" else path)
        raise Unusable(f"Path is outside the allowed directory: {shown_}")
    text = spec(root, name) if not path.is_dir() else read(path, path.parent)
    if text is None:
        where = f"openspec/specs/{name}/spec.md" if call.command == "spec show" else os.path.normpath(path)
        raise Unusable(f"Spec '{name}' not found at {where}")
    if not call.on("json"):
        say(text)
        return 0
    if call.on("requirements") and call.value("requirement"):
        raise Unusable("Options --requirements and --requirement cannot be used together")
    found = parse(text)
    rows = [each.json() for each in found.requirements]
    if wanted := call.value("requirement"):
        number = leading(wanted)
        if number is None or not 0 < number <= len(rows):
            raise Unusable(f"Requirement {wanted} not found")
        rows = [rows[number - 1]]
    if call.on("requirements") or call.on("no-scenarios"):
        rows = [{**row, "scenarios": []} for row in rows]
    out: dict[str, Any] = {
        "id": name, "title": name, "overview": found.purpose, "requirementCount": len(rows), "requirements": rows,
        "metadata": {"version": "1.0.0", "format": "openspec"},
    }  # fmt: skip
    dump(out if call.command == "spec show" else {**out, "root": root.json()})
    return 0
