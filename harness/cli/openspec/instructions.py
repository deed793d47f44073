"""`instructions`: what to write next, or what to work on, with everything it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.changes import schemas
from harness.changes.artifacts import View, listed, located, view
from harness.changes.files import Unusable
from harness.changes.repository import active
from harness.changes.root import Root
from harness.changes.settings import Settings, settings
from harness.cli.openspec.grammar import Call
from harness.cli.openspec.operation import apply_lines, applying, archiving, inline
from harness.cli.openspec.output import dump, remark, say
from harness.cli.openspec.status import paths, planning
from harness.cli.openspec.store import select
from harness.openspec.script import by_unit, trim
from harness.openspec.workflow import Artifact

LOADING = {"apply": "- Generating apply instructions...", "archive": "- Loading archive inputs..."}

SKIPPED = (
    "This change declares skip_specs: true in .openspec.yaml (no spec-level behavior changes), so this artifact is "
    "skipped.\nDo not create spec files - they will conflict with that marker. If requirements now change, remove "
    "skip_specs from .openspec.yaml and rerun this command."
)


def answer(call: Call, start: Path) -> int:
    root = select(call, start)
    what = call.argument
    if not call.on("json"):
        remark(LOADING.get(what or "", "- Generating instructions..."))
    name = call.value("change")
    if not name:
        names = active(root)
        if not names:
            raise Unusable("No changes found. Create one with: openspec new change <name>")
        raise Unusable(f"Missing required option --change. Available changes:\n{listed(names)}")
    if what == "archive":
        located(root, name)
        return _archive(call, root, name)
    found = view(root, name, call.value("schema") or "")
    if what == "apply":
        return _apply(call, root, found)
    ids = listed([each.id for each in found.flow.artifacts])
    if what is None:
        raise Unusable(f"Missing required argument <artifact>. Valid artifacts:\n{ids}")
    artifact = found.flow.find(what)
    if artifact is None:
        raise Unusable(f"Artifact '{what}' not found in schema '{found.schema}'. Valid artifacts:\n{ids}")
    chosen = _settings(root)
    _unknown(root, chosen)
    data = _artifact(root, found, artifact, chosen)
    if call.on("json"):
        dump({**data, "root": root.json()})
    else:
        say("\n".join(_text(found, artifact, data)))
    return 0


def _settings(root: Root) -> Settings:
    chosen = settings(root)
    for said in chosen.remarks:
        remark(said)
    return chosen


def _unknown(root: Root, chosen: Settings) -> None:
    """Rules for artifacts that no schema has are told."""
    known: set[str] = set()
    for name in schemas.names(root) if chosen.rules else []:
        try:
            known.update(each.id for each in schemas.resolve(root, name)[0].artifacts)
        except Unusable:
            continue
    listed_ = ", ".join(sorted(known, key=by_unit))
    for name in chosen.rules:
        if name not in known:
            text = f'Unknown artifact ID in rules: "{name}". It matches no artifact in any available schema. '
            remark(f"{text}Known artifact IDs: {listed_}")


def _artifact(root: Root, found: View, artifact: Artifact, chosen: Settings) -> dict[str, Any]:
    states = {each.artifact.id: each.state for each in found.states}
    out: dict[str, Any] = {
        "changeName": found.name, "artifactId": artifact.id, "schemaName": found.schema,
        "changeDir": str(found.folder), "planningHome": planning(root), **paths(found, artifact.id),
        "description": artifact.description,
    }  # fmt: skip
    if artifact.instruction is not None:
        out["instruction"] = artifact.instruction
    if states[artifact.id] == "skipped":
        out.update({"skipped": True, "warning": SKIPPED})
    if context := trim(chosen.context):
        out["context"] = context
    if rules := chosen.rules.get(artifact.id):
        out["rules"] = rules
    out["template"] = schemas.template(found.home, artifact)
    out["dependencies"] = [_need(found, name, states[name]) for name in artifact.requires]
    unlocked = [name for name in found.flow.declared if artifact.id in _needs(found, name)]
    out["unlocks"] = unlocked
    return out


def _needs(found: View, name: str) -> tuple[str, ...]:
    artifact = found.flow.find(name)
    return artifact.requires if artifact else ()


def _need(found: View, name: str, state: str) -> dict[str, Any]:
    artifact = found.flow.find(name)
    assert artifact is not None, name
    out: dict[str, Any] = {
        "id": name, "done": state in ("done", "skipped"), "path": artifact.generates,
        "description": artifact.description,
    }  # fmt: skip
    return {**out, "skipped": True} if state == "skipped" else out


def _text(found: View, artifact: Artifact, data: dict[str, Any]) -> list[str]:
    head = [f'<artifact id="{artifact.id}" change="{found.name}" schema="{found.schema}">', ""]
    if data.get("skipped"):
        return [
            *head,
            "<warning>",
            SKIPPED,
            "</warning>", "", "</artifact>",
        ]  # fmt: skip
    missing = [need["id"] for need in data["dependencies"] if not need["done"]]
    if missing:
        text = "This artifact has unmet dependencies. Complete them first or proceed with caution."
        head += ["<warning>", text, f"Missing: {', '.join(missing)}", "</warning>", ""]
    task = f'Create the {artifact.id} artifact for change "{found.name}".'
    out = [*head, "<task>", task, artifact.description, "</task>", ""]
    if "context" in data:
        aside = "<!-- This is background information for you. Do NOT include this in your output. -->"
        out += ["<project_context>", aside, data["context"], "</project_context>", ""]
    if "rules" in data:
        aside = "<!-- These are constraints for you to follow. Do NOT include this in your output. -->"
        out += ["<rules>", aside, *(f"- {inline(rule)}" for rule in data["rules"]), "</rules>", ""]
    out += _dependencies(found, data)
    out += ["<output>", f"Write to: {data['resolvedOutputPath']}", "</output>", ""]
    if data.get("instruction"):
        out += ["<instruction>", trim(data["instruction"]), "</instruction>", ""]
    aside = "<!-- Use this as the structure for your output file. Fill in the sections. -->"
    out += ["<template>", aside, trim(data["template"]), "</template>", ""]
    out += ["<success_criteria>", "<!-- To be defined in schema validation rules -->", "</success_criteria>", ""]
    if data["unlocks"]:
        out += ["<unlocks>", f"Completing this artifact enables: {', '.join(data['unlocks'])}", "</unlocks>", ""]
    return [*out, "</artifact>"]


def _dependencies(found: View, data: dict[str, Any]) -> list[str]:
    if not data["dependencies"]:
        return []
    text = "Read the current contents of these files before creating this artifact (re-read them from disk even if "
    out = ["<dependencies>", f"{text}you saw them earlier - they may have been edited):", ""]
    for need in data["dependencies"]:
        if need.get("skipped"):
            why = "Skipped: the change declares skip_specs, so this artifact has no files to read."
            head = f'<dependency id="{need["id"]}" status="skipped">'
            out += [head, f"  <description>{why}</description>", "</dependency>"]
            continue
        state = "done" if need["done"] else "missing"
        out += [
            f'<dependency id="{need["id"]}" status="{state}">',
            f"  <path>{found.folder / need['path']}</path>",
            f"  <description>{need['description']}</description>",
            "</dependency>",
        ]
    return [*out, "</dependencies>", ""]


def _apply(call: Call, root: Root, found: View) -> int:
    data = applying(root, found, _settings(root))
    if call.on("json"):
        dump({**data, "root": root.json()})
    else:
        say("\n".join(apply_lines(data)))
    return 0


def _archive(call: Call, root: Root, name: str) -> int:
    data, lines = archiving(name, _settings(root))
    if call.on("json"):
        dump({**data, "root": root.json()})
    else:
        say("\n".join(lines))
    return 0
