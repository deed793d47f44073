"""`schema validate`, `schema which`, `schemas` and `templates`: workflow schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.changes import schemas
from harness.changes.files import Unusable, folders
from harness.changes.root import Root, find
from harness.changes.settings import settings
from harness.changes.yaml import Unparsable
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import dump, remark, say
from harness.openspec.script import by_unit
from harness.openspec.workflow import problem, workflow

Issue = dict[str, str]


def answer(call: Call, start: Path) -> int:
    root = find(start)
    if call.command == "schemas":
        return _list(call, root)
    if call.command == "templates":
        return _templates(call, root)
    if call.command == "schema which":
        return _which(call, root)
    return _one(call, root, call.argument) if call.argument is not None else _all(call, root)


def _check(home: Path) -> list[Issue]:
    """What is wrong with a schema's folder."""
    path = schemas.file(home)
    try:
        data = schemas.parsed(path)
    except Unparsable as error:
        return [{"level": "error", "path": "schema.yaml", "message": f"Parse error: {error}"}]
    except FileNotFoundError:
        return [{"level": "error", "path": "schema.yaml", "message": "schema.yaml not found"}]
    if wrong := problem(data):
        return [{"level": "error", "path": "schema.yaml", "message": wrong}]
    out = []
    declared = workflow(data)
    for name in declared.declared:
        artifact = declared.find(name)
        if artifact is not None and not (home / "templates" / artifact.template).is_file():
            text = f"Template file '{artifact.template}' not found for artifact '{name}'"
            out.append({"level": "error", "path": f"artifacts.{name}.template", "message": text})
    return out


def _entry(name: str, home: Path) -> dict[str, Any]:
    issues = _check(home)
    return {"name": name, "path": str(home), "valid": not issues, "issues": issues}


def _one(call: Call, root: Root, name: str) -> int:
    home = schemas.folder(root, name)
    if home is None:
        known = schemas.names(root)
        if call.on("json"):
            dump({"valid": False, "error": f"Schema '{name}' not found", "available": known})
        else:
            remark(f"Error: Schema '{name}' not found\nAvailable schemas: {', '.join(known)}")
        return 1
    entry = _entry(name, home)
    if call.on("json"):
        dump(entry)
        return 0 if entry["valid"] else 1
    if call.on("verbose"):
        say(f"Validating {name}...\n  Checking schema.yaml exists...")
        say("  Parsing YAML...\n  Validating schema structure...")
    say(f"✓ Schema '{name}' is valid" if entry["valid"] else f"✗ Schema '{name}' has errors:")
    for issue in entry["issues"]:
        say(f"  {issue['level']}: {issue['message']}")
    return 0 if entry["valid"] else 1


def _all(call: Call, root: Root) -> int:
    home = schemas.own(root)
    if not home.is_dir():
        if call.on("json"):
            dump({"valid": True, "message": "No project schemas directory found", "schemas": []})
        else:
            say("No project schemas directory found.")
        return 0
    entries = [_entry(name, home / name) for name in folders(home)]
    good = all(entry["valid"] for entry in entries)
    if call.on("json"):
        dump({"valid": good, "schemas": entries})
        return 0 if good else 1
    say("\nValidation Results:")
    for entry in entries:
        say(f"  {'✓' if entry['valid'] else '✗'} {entry['name']}")
        for issue in entry["issues"]:
            say(f"    {issue['level']}: {issue['message']}")
    return 0 if good else 1


def _source(root: Root, home: Path) -> str:
    return "project" if home.parent == schemas.own(root) else "package"


def _list(call: Call, root: Root) -> int:
    rows = []
    for name in schemas.names(root):
        try:
            flow, home = schemas.resolve(root, name)
        except Unusable:
            continue
        rows.append({
            "name": name, "description": flow.description, "artifacts": list(flow.declared),
            "source": _source(root, home),
        })  # fmt: skip
    if call.on("json"):
        dump(rows)
        return 0
    say("Available schemas:\n")
    for row in rows:
        label = " (project)" if row["source"] == "project" else ""
        say(f"  {row['name']}{label}\n    {row['description']}\n    Artifacts: {' → '.join(row['artifacts'])}\n")
    return 0


def _templates(call: Call, root: Root) -> int:
    if not call.on("json"):
        remark("- Loading templates...")
    name = call.value("schema") or settings(root).chosen
    schemas.demand(root, name)
    flow, home = schemas.resolve(root, name)
    source = _source(root, home)
    found = [(each.id, home / "templates" / each.template) for each in flow.artifacts]
    if call.on("json"):
        dump({name: {"path": str(path), "source": source} for name, path in found})
        return 0
    say(f"Schema: {name}\nSource: {source}\n")
    for artifact, path in found:
        say(f"{artifact}:\n  {path}")
    return 0


def _which(call: Call, root: Root) -> int:
    names = sorted(schemas.names(root), key=by_unit) if call.on("all") or call.argument is None else [call.argument]
    rows = []
    for name in names:
        home = schemas.folder(root, name)
        if home is None:
            return _one(call, root, name)
        shadowed = home.parent != schemas.SHIPPED and (schemas.SHIPPED / name).is_dir()
        shadows = [{"source": "package", "path": str(schemas.SHIPPED / name)}] if shadowed else []
        rows.append({"name": name, "source": _source(root, home), "path": str(home), "shadows": shadows})
    if call.on("json"):
        dump(rows[0] if call.argument is not None else rows)
        return 0
    for row in rows:
        say(f"Schema: {row['name']}\nSource: {row['source']}\nPath: {row['path']}")
    return 0
