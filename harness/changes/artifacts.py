"""How far a change's documents are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.changes.archive import wraps
from harness.changes.files import Unusable, matching
from harness.changes.repository import active, data, flow_of, nested
from harness.changes.root import Root
from harness.openspec.metadata import Metadata, unusable
from harness.openspec.workflow import Artifact, Progress, Workflow, progress


@dataclass(frozen=True, slots=True)
class View:
    """A change with its workflow and its documents."""

    name: str
    folder: Path
    flow: Workflow
    home: Path
    """The workflow's folder."""
    schema: str
    data: Metadata
    files: dict[str, list[Path]]
    """artifact -> its files."""

    @property
    def states(self) -> list[Progress]:
        return progress(self.flow, {name: bool(paths) for name, paths in self.files.items()}, self.data.skip_specs)

    def path(self, artifact: Artifact) -> Path:
        """Where an artifact is written; a glob stays one."""
        return self.folder / artifact.generates

    @property
    def next(self) -> Progress | None:
        """The first document that can be written now."""
        return next((each for each in self.states if each.state == "ready"), None)

    @property
    def complete(self) -> bool:
        return all(each.state in ("done", "skipped") for each in self.states)


def view(root: Root, name: str, schema: str = "") -> View:
    """The change `name`; Unusable if there is none or it is not in order."""
    folder = located(root, name)
    if inner := nested(root, folder):
        raise Unusable(wraps(name, inner))
    flow, home, chosen = flow_of(root, folder, schema)
    files = {each.id: matching(folder, each.generates) for each in flow.artifacts}
    return View(name, folder, flow, home, chosen, data(root, folder), files)


def located(root: Root, name: str) -> Path:
    """The folder of a change; Unusable if there is none of that name."""
    if wrong := unusable(name):
        raise Unusable(f"Invalid change name '{name}': {wrong}")
    folder = root.changes / name
    if not folder.is_dir():
        if names := active(root):
            raise Unusable(f"Change '{name}' not found. Available changes:\n{listed(names)}")
        raise Unusable(f"Change '{name}' not found. No changes exist. Create one with: openspec new change <name>")
    return folder


def listed(names: list[str]) -> str:
    """Names under each other."""
    return "\n".join(f"  {name}" for name in names)
