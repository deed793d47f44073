"""A new change's folder."""

from __future__ import annotations

import re
from pathlib import Path

from harness.changes import schemas
from harness.changes.files import Unusable, inside, unusable
from harness.changes.root import CONFIG, Root
from harness.changes.settings import settings
from harness.changes.yaml import scalar
from harness.openspec.metadata import FILE, misnamed
from harness.openspec.workflow import DEFAULT, for_specs

WIDTH = 80
"""Columns at which a long value goes on in the next line."""
_CONTROL = re.compile("[\x00-\x1f]")
_ESCAPES = {
    "\x00": "\\0", "\x07": "\\a", "\b": "\\b", "\t": "\\t", "\x0b": "\\v", "\f": "\\f", "\r": "\\r", "\x1b": "\\e",
}  # fmt: skip
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`][^\n]*|[-?:][^\s,\[\]{}][^\n]*")


def create(root: Root, name: str, schema: str, goal: str, description: str, today: str) -> str:
    """Make the change; returns its schema. Unusable if it can't be made."""
    if wrong := misnamed(name):
        raise Unusable(wrong)
    chosen = schemas.known(root, schema or settings(root).chosen)
    flow, _ = schemas.resolve(root, chosen)
    folder = root.changes / name
    if folder.exists() or folder.is_symlink():
        raise Unusable(f"Change '{name}' already exists at {folder}")
    inside(root.changes, root.path)
    rows = [f"schema: {_scalar('schema', chosen)}", f"created: {today}"]
    if goal:
        rows.append(f"goal: {_scalar('goal', goal)}")
    if not any(for_specs(each) for each in flow.artifacts):
        rows.append("skip_specs: true")
    try:
        for place in (root.specs, root.archive, folder):
            place.mkdir(parents=True, exist_ok=True)
        if not any((root.openspec / each).exists() for each in CONFIG):
            _write(root.openspec / CONFIG[0], f"schema: {DEFAULT}\n")
        _write(folder / FILE, "\n".join(rows) + "\n")
        if description:
            _write(folder / "README.md", f"# {name}\n\n{description}\n")
    except OSError as error:
        raise unusable(error, "mkdir", folder) from error
    return chosen


def _write(path: Path, content: str) -> None:
    with open(path, "x", encoding="utf-8", newline="") as file:
        file.write(content)


def _scalar(key: str, value: str) -> str:
    """A string as a YAML value."""
    if "\n" in value:
        lines = value.split("\n")
        end = {0: "-", 1: ""}.get(len(value) - len(value.rstrip("\n")), "+")
        digit = "2" if lines[0].startswith(" ") else ""
        body = value.rstrip("\n").split("\n")
        kept = "\n" * (len(value) - len(value.rstrip("\n")) - 1) if end == "+" else ""
        return (
            f"|{digit}{end}\n" + "\n".join(f"  {line}" if line or not at else "" for at, line in enumerate(body)) + kept
        )
    if _plain(value):
        return _folded(key, value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    escaped = _CONTROL.sub(lambda found: _ESCAPES.get(found[0], f"\\x{ord(found[0]):02x}"), escaped)
    return f'"{escaped}"' if "'" in value or '"' not in value else f"'{value}'"


def _plain(value: str) -> bool:
    safe = bool(_PLAIN.fullmatch(value)) and value == value.strip() and value.isprintable()
    return safe and isinstance(scalar(value), str) and ": " not in value and " #" not in value and value[-1] != ":"


def _folded(key: str, value: str) -> str:
    """A long plain value in lines of WIDTH columns, broken at single spaces."""
    lines, used = [""], len(key) + 2
    for number, word in enumerate(value.split(" ")):
        if number and used + len(lines[-1]) + 1 + len(word) > WIDTH and lines[-1].strip():
            lines.append("")
            used = 2
        elif number:
            lines[-1] += " "
        lines[-1] += word
    return "\n  ".join(lines)
