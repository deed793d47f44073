"""`show`: a change or a spec, as written or as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.changes.archive import proposal
from harness.changes.files import Unusable
from harness.changes.repository import active, deltas, spec
from harness.changes.root import Root, find
from harness.cli.openspec.choice import choose, nothing
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import Failure, dump, remark, say
from harness.openspec.change import Delta, shown
from harness.openspec.difference import Difference, differences
from harness.openspec.proposal import sections_of
from harness.openspec.spec import Unreadable, parse


def answer(call: Call, start: Path) -> int:
    root = find(start)
    first = call.command.split()[0]
    if call.argument is None:
        return _unnamed(first, root)
    kind = first if first in ("change", "spec") else choose(root, call.argument, call.value("type"), "show")
    try:
        return _change(call, root, call.argument) if kind == "change" else _spec(call, root, call.argument)
    except Unreadable as error:
        raise Unusable(str(error)) from error


def _unnamed(first: str, root: Root) -> int:
    if first == "show":
        raise nothing("show", ("<item>", "change show", "spec show"))
    if first == "spec":
        remark("Error: Missing required argument <spec-id>")
        return 1
    remark(f"No change specified. Available IDs: {', '.join(active(root)) or '(none)'}")
    remark('Hint: use "openspec change list" to view available changes.')
    return 1


def _change(call: Call, root: Root, name: str) -> int:
    folder = root.changes / name
    text = proposal(folder) if folder.is_dir() else None
    if text is None:
        if name in active(root):
            hint = f'Run "openspec status --change {name}" to see which artifact comes next.'
            raise Unusable(f'Change "{name}" has no proposal.md yet. {hint}')
        raise Unusable(f'Change "{name}" not found at {folder / "proposal.md"}')
    if not call.on("json"):
        say(text)
        if call.on("diff"):
            _diffs(deltas(root, folder))
        return 0
    if call.on("requirements-only"):
        remark("Flag --requirements-only is deprecated; use --deltas-only instead.")
    sections_of(text)
    found = deltas(root, folder)
    items = shown(found)
    if call.on("diff"):
        _with_diffs(items, found)
    where = {} if call.command == "change show" else {"root": root.json()}
    dump({"id": name, "title": name, "deltaCount": len(items), "deltas": items, **where})
    return 0


def _with_diffs(items: list[dict[str, Any]], found: list[Delta]) -> None:
    """Each MODIFIED requirement's difference to the living one put into its item."""
    changes = iter([each for delta in found for each in differences(delta) if each.kind == "MODIFIED"])
    for item in items:
        if item["operation"] == "MODIFIED":
            each = next(changes)
            item.update({"warning": each.warning} if each.warning else {"diff": each.diff})


def _diffs(found: list[Delta]) -> None:
    say("\nSpecifications Changed (diffs)\n")
    for delta in found:
        say(f"{delta.capability}\n")
        for each in differences(delta):
            say("\n".join(_lines(each)) + "\n")


def _lines(each: Difference) -> list[str]:
    lines = [f"  {each.kind}: {each.name}"]
    if each.warning:
        lines.append(f"    ⚠ {each.warning}")
    if each.kind == "MODIFIED" and not each.warning:
        body = each.diff or "(no textual changes)"
    else:
        body = each.text
    return lines + ([f"    {line}" for line in body.split("\n")] if body else []) + ([""] if each.diff else [])


def _spec(call: Call, root: Root, name: str) -> int:
    text = spec(root, name)
    if text is None:
        where = "openspec/specs" if call.command == "spec show" else root.specs
        raise Unusable(f"Spec '{name}' not found at {where}/{name}/spec.md")
    if not call.on("json"):
        say(text)
        return 0
    found = parse(text)
    wanted = call.value("requirement")
    rows = [each.json() for each in found.requirements]
    if wanted is not None:
        if not wanted.isascii() or not wanted.isdigit() or not 0 < int(wanted) <= len(rows):
            raise Failure("show_error", f"Requirement {wanted} not found")
        rows = [rows[int(wanted) - 1]]
    if call.on("requirements") or call.on("no-scenarios"):
        rows = [{**row, "scenarios": []} for row in rows]
    out: dict[str, Any] = {
        "id": name, "title": name, "overview": found.purpose, "requirementCount": len(rows), "requirements": rows,
        "metadata": {"version": "1.0.0", "format": "openspec"},
    }  # fmt: skip
    dump(out if call.command == "spec show" else {**out, "root": root.json()})
    return 0
