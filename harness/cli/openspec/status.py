"""`status`: which documents a change has and which comes next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.changes import schemas
from harness.changes.artifacts import View, listed, view
from harness.changes.files import Unusable
from harness.changes.repository import active
from harness.changes.root import Root
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.output import Failure, dump, remark, say
from harness.cli.openspec.store import select
from harness.openspec.script import by_locale
from harness.openspec.workflow import DEFAULT, Progress

BOXES = {"done": "[x]", "ready": "[ ]", "skipped": "[~]", "blocked": "[-]"}


def answer(call: Call, start: Path) -> int:
    root = select(call, start)
    wanted = call.value("change")
    if not call.on("json"):
        remark("- Loading change status...")
    if call.on("all") and wanted:
        text = "The --all and --change options are mutually exclusive."
        raise Failure("change_error", text, fields={"changes": [], "root": None})
    if wanted:
        found = view(root, wanted, call.value("schema") or "")
        if call.on("json"):
            dump({**summary(root, found), "root": root.json()})
        else:
            say("\n".join(lines(found)))
        return 0
    if call.on("all") and (schema := call.value("schema")):
        schemas.demand(root, schema)
    names = active(root)
    if not names:
        if call.on("json"):
            dump({"changes": [], "message": "No active changes.", "root": root.json()})
        else:
            say("No active changes. Create one with: openspec new change <name>")
        return 0
    if not call.on("all"):
        text = "Missing required option --change (or --all for every active change). Available changes:"
        raise Unusable(f"{text}\n{listed(names)}")
    return _all(call, root, names)


def _all(call: Call, root: Root, names: list[str]) -> int:
    entries: list[dict[str, Any]] = []
    texts: list[str] = []
    failed = False
    for name in sorted(names, key=by_locale):
        try:
            found = view(root, name, call.value("schema") or "")
        except Unusable as error:
            failed = True
            status = {"severity": "error", "code": "change_error", "message": str(error)}
            entries.append({"changeName": name, "status": [status]})
            texts.append(f"✗ {name}: {error}")
        else:
            entries.append(summary(root, found))
            texts.append("\n".join(lines(found)))
    if call.on("json"):
        dump({"changes": entries, "root": root.json()})
    else:
        say("\n\n".join(texts))
    return 1 if failed else 0


def planning(root: Root) -> dict[str, str]:
    """Where the planning documents are kept."""
    return {
        "kind": "repo", "root": str(root.path), "changesDir": str(root.changes),
        "defaultSchema": DEFAULT,
    }  # fmt: skip


def summary(root: Root, found: View) -> dict[str, Any]:
    """One change as data."""
    flow = found.flow
    steps = []
    if first := found.next:
        text = f'Run openspec instructions {first.artifact.id} --change "{found.name}" --json before '
        steps = [f"{text}writing that artifact."]
    elif found.complete:
        text = "All planning artifacts are complete. Run openspec instructions apply --change "
        steps = [f'{text}"{found.name}" --json to inspect implementation progress.']
    return {
        "changeName": found.name,
        "schemaName": found.schema,
        "planningHome": planning(root),
        "changeRoot": str(found.folder),
        "artifactPaths": {each.id: paths(found, each.id) for each in flow.artifacts},
        "isPlanningComplete": found.complete,
        "isComplete": found.complete,
        "applyRequires": list(flow.needs),
        "nextSteps": steps,
        "actionContext": {
            "mode": "repo-local",
            "sourceOfTruth": "repo",
            "planningArtifacts": [each.id for each in flow.artifacts],
            "linkedContext": [],
            "allowedEditRoots": [str(root.path)],
            "requiresAffectedAreaSelection": False,
            "constraints": ["Repo-local change artifacts and implementation edits are scoped to this project."],
        },
        "artifacts": [_artifact(each) for each in found.states],
    }


def paths(found: View, name: str) -> dict[str, Any]:
    """Where an artifact goes and what is there of it."""
    artifact = found.flow.find(name)
    assert artifact is not None, name
    there = [str(path) for path in found.files[name]]
    return {
        "outputPath": artifact.generates, "resolvedOutputPath": str(found.path(artifact)), "existingOutputPaths": there,
    }  # fmt: skip


def _artifact(each: Progress) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": each.artifact.id, "outputPath": each.artifact.generates, "status": each.state,
        "requires": list(each.artifact.requires),
    }  # fmt: skip
    return {**out, "missingDeps": list(each.missing)} if each.state == "blocked" else out


def lines(found: View) -> list[str]:
    """One change for a terminal."""
    states = found.states
    done = sum(each.state == "done" for each in states)
    skipped = sum(each.state == "skipped" for each in states)
    aside = f" ({skipped} skipped)" if skipped else ""
    out = [
        f"Change: {found.name}",
        f"Schema: {found.schema}",
        f"Change root: {found.folder}",
        f"Progress: {done}/{len(states) - skipped} artifacts complete{aside}",
        "",
    ]
    for each in states:
        tail = f" (blocked by: {', '.join(each.missing)})" if each.missing else ""
        tail = " (skipped: change declares skip_specs)" if each.state == "skipped" else tail
        out.append(f"{BOXES[each.state]} {each.artifact.id}{tail}")
    if found.complete or found.next:
        out.append("")
    if found.complete:
        out += ["All planning artifacts complete!", f'Next: openspec instructions apply --change "{found.name}" --json']
    elif first := found.next:
        out.append(f'Next: openspec instructions {first.artifact.id} --change "{found.name}" --json')
    return out
