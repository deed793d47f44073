"""`schema validate`, `schema which`, `schemas` and `templates`: workflow schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.changes import schemas
from harness.changes.files import Unusable, folders
from harness.changes.root import Root, here
from harness.changes.yaml import Unparsable
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import dump, remark, say
from harness.cli.openspec.store import select
from harness.openspec.script import by_locale
from harness.openspec.workflow import DEFAULT, problem, untracked, workflow

Issue = dict[str, str]


def answer(call: Call, start: Path) -> int:
    if call.command == "schemas":
        return _list(call, select(call, start))
    root = here(start)
    if call.command == "templates":
        return _templates(call, root)
    if call.command == "schema which":
        return _which(call, root)
    return _one(call, root, call.argument) if call.argument else _all(call, root)


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
    if text := untracked(declared):
        out.append({"level": "warning", "path": "apply.tracks", "message": text})
    return out


def _steps(entry: dict[str, Any]) -> None:
    """What is done to check a schema, as far as it came."""
    say("  Checking schema.yaml exists...\n  Parsing YAML...\n  Validating schema structure...")
    if not any(issue["path"] == "schema.yaml" for issue in entry["issues"]):
        say("  Checking template files...\n  Dependency graph validation passed (via parseSchema)")


def _entry(name: str, home: Path) -> dict[str, Any]:
    issues = _check(home)
    good = not any(issue["level"] == "error" for issue in issues)
    return {"name": name, "path": str(home), "valid": good, "issues": issues}


def _one(call: Call, root: Root, name: str) -> int:
    home = schemas.folder(root, name)
    if home is None:
        return _lacking(call, root, name, {"valid": False})
    entry = _entry(name, home)
    if call.on("json"):
        dump(entry)
        return 0 if entry["valid"] else 1
    if call.on("verbose"):
        say(f"Validating {name}...")
        _steps(entry)
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
    names = [name for name in folders(home) if (home / name / "schema.yaml").exists()]
    entries = []
    for name in names:
        entries.append(_entry(name, home / name))
        if call.on("verbose") and not call.on("json"):
            say(f"\nValidating {name}...")
            _steps(entries[-1])
    good = all(entry["valid"] for entry in entries)
    if call.on("json"):
        dump({"valid": good, "schemas": entries})
        return 0 if good else 1
    if not entries:
        say("No schemas found in project.")
        return 0
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
    for name in sorted(schemas.names(root), key=by_locale):
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
    name = call.value("schema") if call.value("schema") is not None else DEFAULT
    assert name is not None
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
    if not call.on("all") and not call.argument:
        remark("Error: Schema name is required (or use --all to list all schemas)")
        return 1
    rows: list[dict[str, Any]] = []
    for name in schemas.names(root) if call.on("all") else [call.argument or ""]:
        home = schemas.folder(root, name)
        if home is None:
            return _lacking(call, root, name, {})
        shadowed = home.parent != schemas.SHIPPED and (schemas.SHIPPED / name).is_dir()
        shadows = [{"source": "package", "path": str(schemas.SHIPPED / name)}] if shadowed else []
        rows.append({"name": name, "source": _source(root, home), "path": str(home), "shadows": shadows})
    if call.on("json"):
        dump(rows if call.on("all") else rows[0])
    elif call.on("all"):
        _grouped(rows)
    else:
        say(f"Schema: {rows[0]['name']}\nSource: {rows[0]['source']}\nPath: {rows[0]['path']}")
        for each in rows[0]["shadows"]:
            say(f"\nShadows:\n  {each['source']}: {each['path']}")
    return 0


def _grouped(rows: list[dict[str, Any]]) -> None:
    for source, title in (("project", "Project"), ("package", "Package")):
        found = [row for row in rows if row["source"] == source]
        if found:
            say(f"\n{title} schemas:")
        for row in found:
            shadows = ", ".join(each["source"] for each in row["shadows"])
            say(f"  {row['name']}" + (f" (shadows: {shadows})" if shadows else ""))


def _lacking(call: Call, root: Root, name: str, more: dict[str, Any]) -> int:
    known = schemas.names(root)
    if call.on("json"):
        dump({**more, "error": f"Schema '{name}' not found", "available": known})
    else:
        remark(f"Error: Schema '{name}' not found\nAvailable schemas: {', '.join(known)}")
    return 1
