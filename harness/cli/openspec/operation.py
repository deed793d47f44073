"""What `instructions apply` and `instructions archive` say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from harness.changes.artifacts import View
from harness.changes.files import matching, unusable
from harness.changes.repository import strays
from harness.changes.root import Root
from harness.changes.settings import Settings
from harness.openspec.change import better_place
from harness.openspec.metadata import FILE
from harness.openspec.script import trim
from harness.openspec.tasks import parse
from harness.openspec.workflow import for_specs

DONE = (
    "All tasks are complete! This change is ready to be archived.\n"
    "Consider running tests and reviewing the changes before archiving."
)
WORK = (
    "Read context files, work through pending tasks, mark complete as you go.\n"
    "Pause if you hit blockers or need clarification."
)
FREE = "All required artifacts complete. Proceed with implementation."


def applying(root: Root, found: View, chosen: Settings) -> dict[str, Any]:
    """The state of the work on a change."""
    tracks = found.flow.tracks
    texts, unread = _read(matching(found.folder, tracks) if tracks else [])
    tasks = [task for text in texts for task in parse(text)]
    named = [task for task in tasks if task.text]
    done = sum(task.done for task in tasks)
    there = bool(texts or unread)
    state, missing, before, instruction = _state(found, there, (len(tasks), len(named), done), bool(unread))
    if unread:
        rows = "\n".join(f"- {each['path']}: {each['reason']}" for each in unread)
        instruction += f"\nTask completion is not verified because tracking evidence was unavailable:\n{rows}"
    out: dict[str, Any] = {
        "changeName": found.name,
        "changeDir": str(found.folder),
        "schemaName": found.schema,
        "contextFiles": {name: [str(path) for path in files] for name, files in found.files.items() if files},
        "progress": {"total": len(tasks), "complete": done, "remaining": len(tasks) - done},
        "tasks": [
            {"id": str(number), "description": task.text, "done": task.done} for number, task in enumerate(named, 1)
        ],
        "taskTrackingConfigured": bool(tracks),
        **({"unavailableTrackingFiles": unread} if unread else {}),
        "state": state,
    }
    if missing:
        out["missingArtifacts"] = missing
    if before:
        out["missingPrerequisites"] = before
    if warnings := _warnings(found, state):
        out["warnings"] = warnings
    out["instruction"] = instruction
    return {**out, **_inputs(chosen, "apply")}


def _read(paths: list[Path]) -> tuple[list[str], list[dict[str, str]]]:
    """(texts of task files, what could not be read with the reason)."""
    texts, unread = list[str](), list[dict[str, str]]()
    for path in paths:
        try:
            texts.append(path.read_bytes().decode("utf-8", errors="replace"))
        except OSError as error:
            unread.append({"path": str(path), "reason": str(unusable(error, "open", path))})
    return texts, unread


def _state(
    found: View, there: bool, sizes: tuple[int, int, int], unread: bool
) -> tuple[str, list[str], list[str], str]:
    """(state, missing artifacts, everything in front that is missing, what to do); `sizes`: boxes, with words, done."""
    total, named, done = sizes
    open_ = [each.artifact.id for each in found.states if each.state in ("ready", "blocked")]
    missing = [name for name in found.flow.needs if name in open_]
    before = [name for name in open_ if name in _closure(found)]
    own, tracks = found.flow.instruction, found.flow.tracks
    if missing:
        return "blocked", missing, before, _blocked(found, missing, before)
    if not tracks:
        return "ready", [], before, FREE if own is None else trim(own)
    file = tracks.rstrip("/").rpartition("/")[2]
    about = [each.id for each in found.flow.artifacts if each.generates == tracks] or ["<artifact>"]
    if not there:
        return "blocked", [], before, f"The {file} file is missing and must be created.\n{_create(found, about[:1])}"
    if unread and not named:
        return "blocked", [], before, "No readable task descriptions are available."
    if not named:
        text = f"The {file} file exists but contains no tasks to work on.\nAdd tasks to {file}, or rebuild it: "
        return "blocked", [], before, text + _create(found, about[:1])
    if done == total and not unread:
        return "all_done", [], before, DONE
    return "ready", [], before, WORK if own is None else trim(own)


def _closure(found: View) -> set[str]:
    """What applying needs, and what that needs."""
    out: set[str] = set()
    left = list(found.flow.needs)
    while left:
        name = left.pop()
        if name not in out:
            out.add(name)
            artifact = found.flow.find(name)
            left += artifact.requires if artifact else ()
    return out


def _blocked(found: View, missing: list[str], before: list[str]) -> str:
    text = f"Cannot apply this change yet. Missing artifacts: {', '.join(missing)}.\n"
    if len(before) > len(missing):
        text += f"Not created yet, in build order: {', '.join(before)}. Build the ones this change needs before "
        text += "applying - the schema says which are conditional.\n"
    return text + _create(found, before)


def _create(found: View, names: list[str]) -> str:
    what, how = ("it", names[0]) if len(names) == 1 else ("each", "<artifact>")
    text = f"Create {what} with `openspec instructions {how} --change {found.name}` "
    return f"{text}(`openspec status --change {found.name}` shows what is left)."


def _warnings(found: View, state: str) -> list[str]:
    """What makes the change invalid although work on it could begin."""
    about = [each for each in found.states if for_specs(each.artifact)]
    if state == "blocked" or not about or any(each.state == "skipped" for each in about):
        return []
    out = []
    for name in strays(found.folder):
        text = (
            f"specs/{name} is not a capability's spec.md, so `openspec validate {found.name}` rejects it and archive "
        )
        out.append(f"{text}never merges it. Move its requirements into {better_place(name)}.")
    if not any(each.state == "done" for each in about):
        artifact = about[0].artifact.id if len(about) == 1 else "<artifact-id>"
        text = "This change has no delta specs and does not declare `skip_specs: true`, so `openspec validate "
        text += f"{found.name}` fails on it. Write the delta specs before implementing (`openspec instructions "
        text += (
            f"{artifact} --change {found.name}`), or add `skip_specs: true` to {found.folder / FILE} if this change "
        )
        out.append(f"{text}really changes no specified behavior.")
    return out


def _inputs(chosen: Settings, operation: str) -> dict[str, Any]:
    out: dict[str, Any] = {"context": chosen.context} if trim(chosen.context) else {}
    guidance = chosen.guidance.get(operation)
    return {**out, "operationGuidance": guidance} if guidance else out


def apply_lines(data: dict[str, Any]) -> list[str]:
    """The state of the work for a terminal."""
    out = [f"## Apply: {data['changeName']}", f"Schema: {data['schemaName']}", ""]
    if data["state"] == "blocked" and data.get("missingArtifacts"):
        out += ["### ⚠️ Blocked", "", f"Missing artifacts: {', '.join(data['missingArtifacts'])}"]
        before = data.get("missingPrerequisites", [])
        if len(before) > len(data["missingArtifacts"]):
            out.append(f"Not created yet, in build order: {', '.join(before)}")
        out.append("")
    if data.get("warnings"):
        out += ["### ⚠️ Warnings", "", *(f"- {each}" for each in data["warnings"]), ""]
    if data["contextFiles"]:
        files = [f"- {name}: {path}" for name, paths in data["contextFiles"].items() for path in paths]
        out += ["### Context Files", *files, ""]
    sums = data["progress"]
    if sums["total"]:
        tick = " ✓" if data["state"] == "all_done" else ""
        out += ["### Progress", f"{sums['complete']}/{sums['total']} complete{tick}", ""]
    if data["tasks"]:
        rows = [f"- [{'x' if task['done'] else ' '}] {task['description']}" for task in data["tasks"]]
        out += ["### Tasks", *rows, ""]
    return [*out, "### Instruction", data["instruction"], "", *_input_lines(data)]


def inline(text: str) -> str:
    """A text on one line."""
    return trim(re.sub("[\x00-\x1f\x7f]+", " ", text))


def archiving(name: str, chosen: Settings) -> tuple[dict[str, Any], list[str]]:
    """(data, lines) of what archiving a change should take into account."""
    data = {"changeName": name, **_inputs(chosen, "archive")}
    return data, [f"## Archive Inputs: {name}", "", *_input_lines(data)]


def _input_lines(data: dict[str, Any]) -> list[str]:
    out = []
    if "context" in data:
        out += ["### Project Context (required instruction input)", data["context"], ""]
    if "operationGuidance" in data:
        rows = [f"- {inline(row)}" for row in data["operationGuidance"]]
        out += ["### Operation Guidance (advisory)", *rows, ""]
    return out if out else ["No project context or operation guidance configured."]
