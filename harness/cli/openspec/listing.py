"""`list`: the open changes and the living specs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.changes.archive import wraps
from harness.changes.files import Unusable
from harness.changes.inspect import boxes
from harness.changes.repository import active, capabilities, deltas, modified, nested, spec
from harness.changes.root import Root, find
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import Failure, dump, remark, say
from harness.openspec.change import shown
from harness.openspec.script import by_locale
from harness.openspec.spec import Unreadable, parse


def answer(call: Call, start: Path) -> int:
    root = find(start)
    if call.command == "change list":
        return _old_changes(call, root)
    if call.command == "spec list":
        return _old_specs(call, root)
    if not root.found:
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
        inner = nested(folder)
        found = [] if inner else boxes(root, folder)
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
            for name, _, _, _, inner in rows if inner
        ]  # fmt: skip
        dump({"changes": changes, **({"warnings": warnings} if warnings else {}), "root": root.json()})
        return 0
    if not rows:
        say("No active changes found.")
        return 0
    say("Changes:")
    width = max(len(name) for name, *_ in rows)
    for name, done, total, when, _ in rows:
        say(f"  {name:<{width}}     {progress(done, total):<12}  {ago(when)}")
    for name, _, _, _, inner in rows:
        if inner:
            remark(f"⚠ {wraps(name, inner)}")
    return 0


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
    except Unreadable:
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
    width = max(len(name) for name, _ in rows)
    for name, size in rows:
        say(f"  {name:<{width}}     requirements {size}")
    return 0


def _old_changes(call: Call, root: Root) -> int:
    remark('Warning: "openspec change list" is deprecated. Use "openspec list".')
    names = [name for name in active(root) if (root.changes / name / "proposal.md").is_file()]
    rows = []
    for name in names:
        found = boxes(root, root.changes / name)
        try:
            size = len(shown(deltas(root, root.changes / name)))
        except Unusable:
            size = 0
        rows.append((name, size, sum(task.done for task in found), len(found)))
    if call.on("json"):
        dump([
            {"id": name, "title": name, "deltaCount": size, "taskStatus": {"total": total, "completed": done}}
            for name, size, done, total in rows
        ])  # fmt: skip
    elif not rows:
        say("No items found")
    for name, size, done, total in [] if call.on("json") else rows:
        say(f"{name}: {name} [deltas {size}] [tasks {done}/{total}]" if call.on("long") else name)
    return 0


def _old_specs(call: Call, root: Root) -> int:
    rows = [(name, count(root, name)) for name in capabilities(root)]
    if call.on("json"):
        dump([{"id": name, "title": name, "requirementCount": size} for name, size in rows])
    elif not rows:
        say("No items found")
    for name, size in [] if call.on("json") else rows:
        say(f"{name}: {name} [requirements {size}]" if call.on("long") else name)
    return 0
