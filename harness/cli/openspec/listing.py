"""`list`: the open changes and the living specs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.changes.archive import proposal, wraps
from harness.changes.files import Unusable
from harness.changes.inspect import boxes
from harness.changes.repository import active, capabilities, deltas, modified, nested, spec
from harness.changes.root import Root, here
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import Failure, dump, remark, say
from harness.cli.openspec.store import select
from harness.openspec.change import shown
from harness.openspec.proposal import sections_of, title
from harness.openspec.script import by_locale, by_unit, length
from harness.openspec.spec import Unreadable, parse
from harness.openspec.tasks import Task

NONE = -1
"""Instead of a number of deltas: there is no proposal."""


def answer(call: Call, start: Path) -> int:
    if call.command == "change list":
        return _old_changes(call, here(start))
    if call.command == "spec list":
        return _old_specs(call, here(start))
    root = select(call, start)
    if not root.found and not (start / "openspec" / "project.md").exists():
        fields: dict[str, Any] = {"specs" if call.on("specs") else "changes": [], "root": None}
        raise no_root(fields)
    return _specs(call, root) if call.on("specs") else _changes(call, root)


def no_root(fields: dict[str, Any]) -> Failure:
    """There is no OpenSpec folder here."""
    extra = {"target": "openspec.root", "fix": "Run openspec init to create a root here."}
    return Failure("no_openspec_root", "No OpenSpec root found from the current directory.", fields=fields, extra=extra)


def _changes(call: Call, root: Root) -> int:
    rows = []
    for name in active(root, hidden=True):
        folder = root.changes / name
        inner = nested(root, folder)
        found = boxes(root, folder)
        rows.append((name, sum(task.done for task in found), len(found), modified(folder), inner))
    if call.value("sort") == "name":
        rows.sort(key=lambda row: by_locale(row[0]))
    else:
        rows.sort(key=lambda row: -row[3])
    if call.on("json"):
        changes = [_entry(*row) for row in rows]
        warnings = [
            {
                "code": "nested_change_directory", "name": name, "nested": [f"{name}/{each}" for each in inner],
                "message": wraps(name, inner),
            }
            for name, _, _, _, inner in sorted(rows, key=lambda row: by_unit(row[0])) if inner
        ]  # fmt: skip
        dump({"changes": changes, **({"warnings": warnings} if warnings else {}), "root": root.json()})
        return 0
    if not rows:
        say("No active changes found.")
        return 0
    say("Changes:")
    width = max(length(name) for name, *_ in rows)
    for name, done, total, when, inner in rows:
        state = "not a change" if inner else progress(done, total)
        say(f"  {_padded(name, width)}     {state:<12}  {ago(when)}")
    for name, _, _, _, inner in sorted(rows, key=lambda row: by_unit(row[0])):
        if inner:
            say(f"\nWarning: {wraps(name, inner)}")
    return 0


def _padded(name: str, width: int) -> str:
    return name + " " * (width - length(name))


def progress(done: int, total: int) -> str:
    """Boxes as `list` shows them."""
    if not total:
        return "No tasks"
    return "✓ Complete" if done == total else f"{done}/{total} tasks"


def _entry(name: str, done: int, total: int, when: float, inner: list[str]) -> dict[str, Any]:
    state = "no-tasks" if not total else "complete" if done == total else "in-progress"
    stamp = datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(when * 1000) % 1000:03d}Z"
    out: dict[str, Any] = {
        "name": name, "completedTasks": done, "totalTasks": total, "lastModified": stamp, "status": state,
    }  # fmt: skip
    return {**out, "nested": [f"{name}/{each}" for each in inner]} if inner else out


def ago(when: float, now: float | None = None) -> str:
    """How long ago something was."""
    seconds = (datetime.now(UTC).timestamp() if now is None else now) - when
    days, hours, minutes = int(seconds // 86400), int(seconds // 3600), int(seconds // 60)
    if days > 30:
        moment = datetime.fromtimestamp(when)
        return f"{moment.month}/{moment.day}/{moment.year}"
    for count, unit in ((days, "d"), (hours, "h"), (minutes, "m")):
        if count > 0:
            return f"{count}{unit} ago"
    return "just now"


def count(root: Root, capability: str) -> int:
    """How many requirements a living spec has; 0 where it can't be read as one."""
    try:
        return len(parse(spec(root, capability) or "").requirements)
    except (Unreadable, Unusable):
        return 0


def _specs(call: Call, root: Root) -> int:
    rows = [(name, count(root, name)) for name in capabilities(root)]
    if call.on("json"):
        dump({"specs": [{"id": name, "requirementCount": size} for name, size in rows], "root": root.json()})
        return 0
    if not rows:
        say("No specs found.")
        return 0
    say("Specs:")
    width = max(length(name) for name, _ in rows)
    for name, size in rows:
        say(f"  {_padded(name, width)}     requirements {size}")
    return 0


def _old_changes(call: Call, root: Root) -> int:
    remark('Warning: "openspec change list" is deprecated. Use "openspec list".')
    try:
        names = active(root)
    except Unusable:
        names = []
    rows = [(name, *_counted(root, name), boxes(root, root.changes / name)) for name in names]
    if call.on("json"):
        dump([
            {
                "id": name, "title": called or "Unknown", "deltaCount": max(size, 0),
                "taskStatus": {"total": len(tasks), "completed": sum(task.done for task in tasks)},
            }
            for name, called, size, tasks in sorted(rows, key=lambda row: by_locale(row[0]))
        ])  # fmt: skip
    elif not rows:
        say("No items found")
    for row in [] if call.on("json") else rows:
        say(_long(*row) if call.on("long") else row[0])
    return 0


def _counted(root: Root, name: str) -> tuple[str, int]:
    """(title, number of deltas) of a change: '' where its proposal can't be read, NONE deltas where it has none."""
    folder = root.changes / name
    try:
        text = proposal(folder)
        if text is None:
            return name, NONE
        _, what = sections_of(text)
        return title(text, name), len(shown(deltas(root, folder, living=False), what.content))
    except (Unusable, Unreadable):
        return "", 0


def _long(name: str, called: str, size: int, tasks: list[Task]) -> str:
    done = f" [tasks {sum(task.done for task in tasks)}/{len(tasks)}]" if tasks else ""
    if size == NONE:
        return f"{name}: (no proposal.md yet){done}"
    return f"{name}: {called} [deltas {size}]{done}" if called else f"{name}: (unable to read){done}"


def _old_specs(call: Call, root: Root) -> int:
    if not root.specs.exists():
        say("No items found")
        return 0
    rows = [(name, count(root, name)) for name in capabilities(root)]
    if call.on("json"):
        dump([{"id": name, "title": name, "requirementCount": size} for name, size in rows])
    elif not rows:
        say("No items found")
    for name, size in [] if call.on("json") else rows:
        say(f"{name}: {name} [requirements {size}]" if call.on("long") else name)
    return 0
