"""The change's own documents: proposal, deltas and tasks, and the lock over them."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files

_HOME = "openspec/changes/add-items"
_SPEC = f"{_HOME}/specs/items/spec.md"
_PROPOSAL = (
    "# Add items\n\n## Why\n\nPeople ask for a list of what they own.\n\n"
    "## What Changes\n\n- A list of items,\n  by their owner.\n"
)
_DELTA = (
    "## ADDED Requirements\n\n### Requirement: List items\nThe system SHALL list the items of an owner.\n\n"
    "#### Scenario: Two items\n- **WHEN** an owner has two items\n- **THEN** both are listed\n"
)
_TASKS = "# Tasks\n\n- [ ] 1.1 List items\n"
_LIVING = "# items\n\n## Purpose\nItems that people own.\n\n## Requirements\n\n" + _DELTA.partition("\n\n")[2]
_ALL: Files = {f"{_HOME}/proposal.md": _PROPOSAL, _SPEC: _DELTA, f"{_HOME}/tasks.md": _TASKS}


def _proposal(name: str, text: str | None, rule: str) -> Delivery:
    files = {} if text is None else {f"{_HOME}/proposal.md": text}
    return Delivery("proposal", name, {"a": "x\n", **files}, rule=rule, at=f"{_HOME}/proposal.md" if rule else "")


def _delta(name: str, text: str, rule: str, base: Files | None = None) -> Delivery:
    return Delivery("openspec", name, {**_ALL, _SPEC: text}, base or {}, rule=rule, at=_SPEC if rule else "")


def _skipping(name: str, says: str, rule: str = "", more: Files | None = None) -> Delivery:
    """A change that says of itself that no requirement changes; `at` is where it says so, if that is what is wrong."""
    own = {each: text for each, text in _ALL.items() if each != _SPEC}
    at = f"{_HOME}/.openspec.yaml" if rule == "openspec-skip" else ""
    return Delivery("openspec", name, {**own, f"{_HOME}/.openspec.yaml": says, **(more or {})}, rule=rule, at=at)


def _unlocked(name: str, files: Files, at: str) -> Delivery:
    return Delivery("lock", name, files, rule="lock", at=at, before=_ALL)


def _changed(text: str) -> str:
    return text.replace("ADDED", "MODIFIED").replace("both are", "both of them are")


DELIVERIES = (
    _proposal("both sections", _PROPOSAL, ""),
    _proposal("more sections", _PROPOSAL + "\n## Impact\n\nThe API alone.\n", ""),
    _proposal("headings in another case", _PROPOSAL.replace("## Why", "## WHY ##"), ""),
    _proposal("none", None, "proposal-missing"),
    _proposal("no reason", _PROPOSAL.replace("## Why", "## Because"), "proposal-section"),
    _proposal("placeholders", _PROPOSAL.replace("People ask for a list of what they own.", "TODO: say why it is"),
              "proposal-empty"),
    _proposal("a reason in a fence", _PROPOSAL.replace("## What Changes", "```\n## What Changes").rstrip() + "\n```\n",
              "proposal-section"),
    _delta("an added requirement", _DELTA, ""),
    _delta("a modified requirement", _changed(_DELTA), "", {"openspec/specs/items/spec.md": _LIVING}),
    _delta(
        "two scenarios",
        _DELTA + "\n#### Scenario: None\n- **WHEN** there is none\n- **THEN** the list is empty\n", "",
    ),
    _delta("no SHALL", _DELTA.replace("SHALL list", "lists"), "openspec-shall"),
    _delta("no scenario", _DELTA.partition("#### ")[0], "openspec-scenario"),
    Delivery("openspec", "no delta", {f"{_HOME}/tasks.md": _TASKS}, rule="openspec-none"),
    _skipping("no requirement changes", "schema: spec-driven\ncreated: 2026-11-28\nskip_specs: true\n"),
    _skipping("no requirement changes, in a schema of its own", "skip_specs: true   # tooling\nschema: quick\n",
              more={"openspec/schemas/quick/schema.yaml": "name: quick\n"}),
    _skipping("skip_specs is false", "schema: spec-driven\nskip_specs: false\n", "openspec-none"),
    _skipping("skip_specs beside a delta", "schema: spec-driven\nskip_specs: true\n", "openspec-skip", {_SPEC: _DELTA}),
    _skipping("skip_specs without a schema", "skip_specs: true\n", "openspec-skip"),
    _skipping("skip_specs in what is no YAML", "schema: spec-driven\nskip_specs: true\n  x: [\n", "openspec-skip"),
    Delivery("openspec", "no tasks", {_SPEC: _DELTA}, rule="openspec-tasks", at=f"{_HOME}/tasks.md"),
    Delivery(
        "openspec", "tasks without a box", {**_ALL, f"{_HOME}/tasks.md": "# Tasks\n\nDo it.\n"}, rule="openspec-tasks",
    ),
    Delivery("lock", "as approved", _ALL),
    Delivery("lock", "with code beside", {**_ALL, "app.py": "x = 1\n"}),
    Delivery("lock", "with a report beside", {f"{_HOME}/qa-report.md": "# QA\n", "app.py": "x = 1\n"}, before=_ALL),
    Delivery("lock", "with a task done", {f"{_HOME}/tasks.md": _TASKS.replace("[ ]", "[x]")}, before=_ALL),
    _unlocked("one byte of a delta", {_SPEC: _DELTA + "\n"}, _SPEC),
    _unlocked("another task", {f"{_HOME}/tasks.md": _TASKS + "- [x] 1.2 More\n"}, f"{_HOME}/tasks.md"),
    _unlocked("a new delta", {f"{_HOME}/specs/b/spec.md": _DELTA}, f"{_HOME}/specs/b/spec.md"),
    _unlocked("no proposal", {f"{_HOME}/proposal.md": None}, f"{_HOME}/proposal.md"),
)  # fmt: skip
