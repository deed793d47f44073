"""What `instructions apply` and `instructions archive` say."""

from __future__ import annotations

from typing import Any

from harness.changes.artifacts import View
from harness.changes.inspect import boxes
from harness.changes.repository import strays
from harness.changes.root import Root
from harness.changes.settings import Settings
from harness.openspec.change import better_place
from harness.openspec.metadata import FILE
from harness.openspec.script import trim
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
    tasks = boxes(root, found.folder) if found.flow.tracks else []
    named = [task for task in tasks if task.text]
    done = sum(task.done for task in tasks)
    state, missing, before, instruction = _state(found, len(tasks), done)
    out: dict[str, Any] = {
        "changeName": found.name,
        "changeDir": str(found.folder),
        "schemaName": found.schema,
        "contextFiles": {name: [str(path) for path in files] for name, files in found.files.items() if files},
        "progress": {"total": len(tasks), "complete": done, "remaining": len(tasks) - done},
        "tasks": [
            {"id": str(number), "description": task.text, "done": task.done} for number, task in enumerate(named, 1)
        ],
        "taskTrackingConfigured": bool(found.flow.tracks),
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


def _state(found: View, total: int, done: int) -> tuple[str, list[str], list[str], str]:
    """(state, missing artifacts, everything in front that is missing, what to do)."""
    open_ = [each.artifact.id for each in found.states if each.state in ("ready", "blocked")]
    missing = [name for name in found.flow.needs if name in open_]
    before = [name for name in open_ if name in _closure(found)]
    if missing:
        return "blocked", missing, before, _blocked(found, missing, before)
    if not found.flow.tracks:
        return "ready", [], before, trim(found.flow.instruction) or FREE
    if not total:
        names = found.flow.tracks
        text = f"The {names} file exists but contains no tasks to work on.\nAdd tasks to {names}, or rebuild it: "
        return "blocked", [], before, text + _create(found, [found.flow.needs[0]])
    if done == total:
        return "all_done", [], before, DONE
    return "ready", [], before, trim(found.flow.instruction) or WORK


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
    if set(before) - set(missing):
        text += f"Not created yet, in build order: {', '.join(before)}. Build the ones this change needs before "
        text += "applying - the schema says which are conditional.\n"
    return text + _create(found, before)


def _create(found: View, names: list[str]) -> str:
    what, how = ("it", names[0]) if len(names) == 1 else ("each", "<artifact>")
    text = f"Create {what} with `openspec instructions {how} --change {found.name}` "
    return f"{text}(`openspec status --change {found.name}` shows what is left)."


def _warnings(found: View, state: str) -> list[str]:
    """What makes the change invalid although work on it could begin."""
    out = []
    for name in strays(found.folder):
        if name == "spec.md":
            continue
        text = (
            f"specs/{name} is not a capability's spec.md, so `openspec validate {found.name}` rejects it and archive "
        )
        out.append(f"{text}never merges it. Move its requirements into {better_place(name)}.")
    about = [each for each in found.states if for_specs(each.artifact)]
    lacks = any(each.state in ("ready", "blocked") for each in about)
    if lacks and state != "blocked":
        artifact = about[0].artifact.id
        text = "This change has no delta specs and does not declare `skip_specs: true`, so `openspec validate "
        text += f"{found.name}` fails on it. Write the delta specs before implementing (`openspec instructions "
        text += (
            f"{artifact} --change {found.name}`), or add `skip_specs: true` to {found.folder / FILE} if this change "
        )
        out.append(f"{text}really changes no specified behavior.")
    return out


def _inputs(chosen: Settings, operation: str) -> dict[str, Any]:
    out: dict[str, Any] = {"context": chosen.context} if chosen.context else {}
    guidance = chosen.guidance.get(operation)
    return {**out, "operationGuidance": guidance} if guidance else out


def apply_lines(data: dict[str, Any]) -> list[str]:
    """The state of the work for a terminal."""
    out = [f"## Apply: {data['changeName']}", f"Schema: {data['schemaName']}", ""]
    if data["state"] == "blocked" and data.get("missingArtifacts"):
        out += ["### ⚠️ Blocked", "", f"Missing artifacts: {', '.join(data['missingArtifacts'])}"]
        before = data.get("missingPrerequisites", [])
        if set(before) - set(data["missingArtifacts"]):
            out.append(f"Not created yet, in build order: {', '.join(before)}")
        out.append("")
    if data["contextFiles"]:
        files = [f"- {name}: {path}" for name, paths in data["contextFiles"].items() for path in paths]
        out += ["### Context Files", *files, ""]
    sums = data["progress"]
    if sums["total"]:
        tick = " ✓" if data["state"] == "all_done" else ""
        out += ["### Progress", f"{sums['complete']}/{sums['total']} complete{tick}", ""]
        rows = [f"- [{'x' if task['done'] else ' '}] {task['description']}" for task in data["tasks"]]
        out += ["### Tasks", *rows, ""]
    for warning in data.get("warnings", []):
        out += ["### ⚠️ Warning", "", warning, ""]
    return [*out, "### Instruction", data["instruction"], "", *_input_lines(data)]


def archiving(name: str, chosen: Settings) -> tuple[dict[str, Any], list[str]]:
    """(data, lines) of what archiving a change should take into account."""
    data = {"changeName": name, **_inputs(chosen, "archive")}
    return data, [f"## Archive Inputs: {name}", "", *_input_lines(data)]


def _input_lines(data: dict[str, Any]) -> list[str]:
    out = []
    if "context" in data:
        out += ["### Project Context (required instruction input)", data["context"], ""]
    if "operationGuidance" in data:
        rows = [f"- {row}" for row in data["operationGuidance"]]
        out += ["### Operation Guidance (required instruction input)", *rows, ""]
    return out if out else ["No project context or operation guidance configured."]
