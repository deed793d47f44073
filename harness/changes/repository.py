"""The changes and specs of a repository."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from harness.changes import schemas
from harness.changes.files import Unusable, below, folders, matching, text
from harness.changes.root import Root
from harness.changes.settings import settings
from harness.changes.yaml import Unparsable, load
from harness.openspec.change import Delta
from harness.openspec.metadata import FILE, Metadata, faults, metadata, unparsed
from harness.openspec.plan import read
from harness.openspec.script import by_locale
from harness.openspec.shape import report
from harness.openspec.workflow import Workflow

ARCHIVE = "archive"
_OWN = ("proposal.md", FILE, "tasks.md", "design.md", "specs")


@dataclass(frozen=True, slots=True)
class Tracked:
    """One task file of a change."""

    path: str
    """Below the change's folder."""
    text: str


def active(root: Root, *, hidden: bool = False) -> list[str]:
    """The open changes' names."""
    names = [name for name in folders(root.changes) if name != ARCHIVE and (hidden or not name.startswith("."))]
    return sorted(names, key=by_locale)


def archived(root: Root) -> list[str]:
    names = [name for name in folders(root.archive) if not name.startswith(".")]
    return sorted(names, key=by_locale)


def capabilities(root: Root) -> list[str]:
    """The capabilities that have a living spec, by path."""
    found = [name.removesuffix("/spec.md") for name in below(root.specs) if name.endswith("/spec.md")]
    return sorted(found, key=by_locale)


def spec(root: Root, capability: str) -> str | None:
    """A living spec's text, None if there is none; Unusable if it is a link to elsewhere."""
    path = root.specs / capability / "spec.md"
    return text(path, path.parent) if path.is_file() else None


def documents(folder: Path) -> list[str]:
    """Every Markdown file under a change's specs/."""
    place = folder / "specs"
    return [name for name in below(place) if name.lower().endswith(".md")] if place.is_dir() else []


def deltas(root: Root, folder: Path, *, living: bool = True) -> list[Delta]:
    """A change's deltas, each with the living spec that it is about, unless that is not wanted."""
    out = []
    place = folder / "specs"
    for name in below(place):
        if not name.endswith("/spec.md"):
            continue
        capability = name.removesuffix("/spec.md")
        out.append(Delta(capability, text(place / name, folder), spec(root, capability) if living else None))
    return sorted(out, key=lambda delta: delta.capability.encode("utf-16-be", errors="surrogatepass"))


def strays(folder: Path) -> list[str]:
    """Files under specs/ that hold deltas and are no capability's spec.md."""
    names = [name for name in documents(folder) if not name.endswith("/spec.md")]
    return [name for name in names if read(text(folder / "specs" / name, folder)).sections]


def data(root: Root, folder: Path) -> Metadata:
    """A change's metadata, as far as it is in order."""
    path = folder / FILE
    if not path.is_file():
        return Metadata()
    return told(root, text(path, folder))


def told(root: Root, written: str) -> Metadata:
    """What the text of a change's metadata says, as far as it is in order."""
    try:
        return metadata(load(written), schemas.names(root))
    except Unparsable:
        return unparsed(written)


def schema_of(root: Root, folder: Path) -> str:
    """The name of a change's schema; Unusable if its metadata is not in order."""
    path = folder / FILE
    if not path.is_file():
        return settings(root).chosen
    try:
        value = load(text(path, folder))
    except Unparsable as error:
        raise Unusable(f"Invalid YAML in metadata file: {error}") from error
    if found := faults(value):
        raise Unusable(f"Invalid metadata: {report(found)}")
    return str(value["schema"])


def flow_of(root: Root, folder: Path, name: str = "") -> tuple[Workflow, Path, str]:
    """(workflow, its folder, its name) of a change, or of the schema `name` that stands in for its own."""
    if name:
        schemas.demand(root, name)
        schema_of(root, folder)
    chosen = name or schema_of(root, folder)
    return (*schemas.resolve(root, chosen), chosen)


def tracked(root: Root, folder: Path) -> list[Tracked]:
    """The task files of a change; those of the usual name where its schema can't be told."""
    try:
        pattern = flow_of(root, folder)[0].tracks
    except Unusable:
        pattern = "tasks.md"
    try:
        paths = matching(folder, pattern) if pattern else []
    except Unusable:
        return []
    return [Tracked(path.relative_to(folder).as_posix(), text(path, folder)) for path in paths]


def nested(folder: Path) -> list[str]:
    """The changes that a folder wraps: it is no change itself, and folders in it are."""
    if any((folder / name).exists() for name in _OWN):
        return []
    return [name for name in folders(folder) if (folder / name / "proposal.md").is_file()]


def modified(folder: Path) -> float:
    """When anything in a folder was written last, as seconds, to the millisecond."""
    newest = 0
    for place, _, names in os.walk(folder):
        times = [os.lstat(os.path.join(place, name)).st_mtime_ns for name in names]
        newest = max([newest, *times])
    return ((newest or os.lstat(folder).st_mtime_ns) + 500_000) // 1_000_000 / 1000
