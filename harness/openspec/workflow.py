"""A workflow schema: which artifacts a change has, in which order, and what applying it needs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.openspec.shape import Check, Fault, Path, array, kind, optional, table, text

DEFAULT = "spec-driven"
"""The schema of a change that names none."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One document of a change."""

    id: str
    generates: str
    """A path or glob below the change's folder."""
    description: str
    template: str
    instruction: str | None = None
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A schema that is in order; `artifacts` stand in build order."""

    name: str
    description: str
    artifacts: tuple[Artifact, ...]
    needs: tuple[str, ...]
    """The artifacts that applying needs."""
    tracks: str = ""
    """The task files, '' if none are tracked."""
    instruction: str | None = None
    """What to do when applying, in place of the usual words."""
    declared: tuple[str, ...] = ()
    """The artifacts' ids as the file has them."""

    @property
    def tasks(self) -> str:
        """The path or glob of the task files that an artifact is about, '' where there is none."""
        if self.tracks:
            return self.tracks if any(each.generates == self.tracks for each in self.artifacts) else ""
        artifact = self.find("tasks")
        return artifact.generates if artifact else ""

    def find(self, name: str) -> Artifact | None:
        return next((each for each in self.artifacts if each.id == name), None)


def _inside(label: str) -> Check:
    """A relative path that stays below where it starts."""
    plain = text(f"{label} is required", 1)

    def check(value: Any, path: Path) -> list[Fault]:
        if found := plain(value, path):
            return found
        parts = value.replace("\\", "/").split("/")
        if (
            value.startswith(("/", "\\"))
            or (value[1:2] == ":" and value[0].isascii() and value[0].isalpha())
            or ".." in parts
        ):
            return [Fault(path, f"{label} must be a relative path inside its allowed directory")]
        return []

    return check


def _version(value: Any, path: Path) -> list[Fault]:
    if kind(value) != "number":
        return [Fault(path, f"Invalid input: expected number, received {kind(value)}")]
    if isinstance(value, float) and not value.is_integer():
        return [Fault(path, "Invalid input: expected int, received number")]
    return [] if value > 0 else [Fault(path, "Version must be a positive integer")]


def _id(value: Any, path: Path) -> list[Fault]:
    return text("Artifact ID is required", 1)(value, path)


_SHAPE = table(
    name=text("Schema name is required", 1),
    version=_version,
    description=optional(text()),
    artifacts=array(
        table(
            id=_id,
            generates=_inside("generates field"),
            description=text(),
            template=_inside("template field"),
            instruction=optional(text()),
            requires=optional(array(text())),
        ),
        "At least one artifact required",
        1,
    ),
    apply=optional(
        table(
            requires=array(text(), "At least one required artifact", 1),
            tracks=lambda value, path: [] if value is None else optional(_inside("apply.tracks"))(value, path),
            instruction=optional(text()),
        )
    ),
)


def problem(value: Any) -> str:
    """Why the parsed file is no workflow, or ''."""
    if found := _SHAPE(value, ()):
        return "Invalid schema: " + ", ".join(f"{each.where}: {each.message}" for each in found)
    return next(_references(value), "")


def untracked(flow: Workflow) -> str:
    """That what a schema tracks is no artifact of its own; '' where it is."""
    if not flow.tracks or flow.tasks:
        return ""
    made = {each.id: each.generates for each in flow.artifacts}
    listed = ", ".join(made[name] for name in flow.declared)
    return (
        f"apply.tracks '{flow.tracks}' does not exactly match any artifact's generates value (generates: {listed}), so "
        "OpenSpec cannot tell which artifact's progress it tracks. Apply still reads that file as written, but list "
        "and status count tasks.md instead. Make apply.tracks exactly equal one of those generates values, or confirm "
        "that file is maintained outside the artifact graph."
    )


def _references(value: Mapping[str, Any]) -> Iterator[str]:
    rows = value["artifacts"]
    names = [row["id"] for row in rows]
    yield from (f"Duplicate artifact ID: {name}" for i, name in enumerate(names) if name in names[:i])
    for row in rows:
        for need in row.get("requires") or []:
            if need not in names:
                yield f"Invalid dependency reference in artifact '{row['id']}': '{need}' does not exist"
    for need in (value.get("apply") or {}).get("requires", []):
        if need not in names:
            yield f"Invalid apply.requires reference: '{need}' does not exist (artifacts: {', '.join(names)})"
    circle = _circle({row["id"]: list(row.get("requires") or []) for row in rows})
    if circle:
        yield f"Cyclic dependency detected: {' → '.join(circle)}"


def _circle(needs: Mapping[str, list[str]]) -> list[str]:
    """The first circle of dependencies, its first name again at its end; [] if there is none."""
    done: set[str] = set()

    def walk(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        for need in needs[name]:
            if found := walk(need, [*trail, name]):
                return found
        done.add(name)
        return []

    return next((found for name in needs if (found := walk(name, []))), [])


def workflow(value: Mapping[str, Any]) -> Workflow:
    """The workflow in a parsed file that has no problem."""
    found = [
        Artifact(
            row["id"], row["generates"], row["description"], row["template"], row.get("instruction"),
            tuple(row.get("requires") or ()),
        )
        for row in value["artifacts"]
    ]  # fmt: skip
    declared = tuple(each.id for each in found)
    apply = value.get("apply") or {}
    return Workflow(
        value["name"], value.get("description", ""), tuple(_ordered(found)), tuple(apply.get("requires") or declared),
        apply.get("tracks") or "", apply.get("instruction"), declared,
    )  # fmt: skip


def _ordered(artifacts: list[Artifact]) -> Iterator[Artifact]:
    """Each after what it needs; of those that are free at a time, the first as declared."""
    left = list(artifacts)
    made: set[str] = set()
    while left:
        first = next(each for each in left if made.issuperset(each.requires))
        yield first
        made.add(first.id)
        left.remove(first)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an artifact is."""

    artifact: Artifact
    state: str
    """'done', 'skipped', 'ready' or 'blocked'."""
    missing: tuple[str, ...] = ()
    """What a blocked one waits for."""


def progress(flow: Workflow, there: Mapping[str, bool], skip_specs: bool) -> list[Progress]:
    """Every artifact's state; `there`: whether an artifact has files."""
    done = {each.id for each in flow.artifacts if there[each.id]}
    skipped = {e.id for e in flow.artifacts if skip_specs and for_specs(e) and not there[e.id]}
    out = []
    for each in flow.artifacts:
        missing = tuple(sorted((n for n in each.requires if n not in done | skipped), key=flow.declared.index))
        free = "blocked" if missing else "ready"
        state = "done" if each.id in done else "skipped" if each.id in skipped else free
        out.append(Progress(each, state, missing if state == "blocked" else ()))
    return out


def for_specs(artifact: Artifact) -> bool:
    """Whether an artifact is the change's deltas."""
    return posixpath.normpath(artifact.generates).split("/")[0] == "specs"


_GLOB = re.compile(r"[*?\[]|[!*+?@]\([^(]*\)|\{[^{}]*(?:,|\.\.)[^{}]*\}")


def is_glob(pattern: str) -> bool:
    return bool(_GLOB.search(pattern.replace("\\", "/")))
