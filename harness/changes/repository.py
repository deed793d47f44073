"""The changes and specs of a repository."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.changes import schemas
from harness.changes.files import Unusable, below, content, folders, inside, matching, text
from harness.changes.root import Root
from harness.changes.settings import settings
from harness.changes.yaml import Unparsable, load
from harness.openspec.change import Delta
from harness.openspec.metadata import FILE, Metadata, faults, metadata, unparsed, unreadable
from harness.openspec.plan import read
from harness.openspec.script import by_locale, by_unit
from harness.openspec.shape import report
from harness.openspec.workflow import Workflow

ARCHIVE = "archive"
DEPTH = 3
"""Folders into which changes are looked for that a folder wraps."""
_OWN = (FILE, "proposal.md", "tasks.md", "design.md")


@dataclass(frozen=True, slots=True)
class Tracked:
    """One task file of a change."""

    path: str
    """Below the change's folder."""
    text: str


@dataclass(slots=True)
class Tasks:
    """A change's task files."""

    declared: bool
    """Whether its schema names them."""
    shipped: bool
    """Whether its schema is the one that ships."""
    files: list[Tracked] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)
    """What is there and can't be read."""


def active(root: Root, *, hidden: bool = False) -> list[str]:
    """The open changes' names, in the order of UTF-16."""
    return [name for name in folders(root.changes) if name != ARCHIVE and (hidden or not name.startswith("."))]


def archived(root: Root) -> list[str]:
    return [name for name in folders(root.archive) if not name.startswith(".")]


def capabilities(root: Root) -> list[str]:
    """The capabilities that have a living spec, by path; Unusable if one is a link to elsewhere."""
    found = []
    for name in below(root.specs):
        path = root.specs / name
        if not name.endswith("/spec.md") or (path.is_symlink() and not path.exists()):
            continue
        _confined(root, path)
        found.append(name.removesuffix("/spec.md"))
    return sorted(found, key=by_locale)


def spec(root: Root, capability: str) -> str | None:
    """A living spec's text, None if there is none; Unusable if it is a link to elsewhere."""
    possible(root, capability)
    path = root.specs / capability / "spec.md"
    return content(path) if path.exists() else None


def possible(root: Root, capability: str) -> None:
    """Unusable if there can be no living spec of that name, or only elsewhere."""
    path = root.specs / capability / "spec.md"
    if any(each.is_file() for each in path.parents if each.is_relative_to(root.specs)):
        raise Unusable(f"ENOTDIR: not a directory, lstat '{path}'")
    _confined(root, path)


def _confined(root: Root, path: Path) -> None:
    """Unusable if a spec is a link that leads out of all specs; a capability's folder may be a link itself."""
    if path.is_symlink():
        try:
            inside(path, root.specs)
        except Unusable:
            inside(path, path.parent)


def documents(folder: Path) -> list[str]:
    """Every Markdown file under a change's specs/."""
    place = folder / "specs"
    return [name for name in below(place) if name.lower().endswith(".md")] if place.is_dir() else []


def deltas(root: Root, folder: Path, *, living: bool = True, lenient: bool = False) -> list[Delta]:
    """A change's deltas, each with the living spec that it is about, unless that is not wanted.

    Unusable if a living spec can't be read; `lenient`: then the delta says so, and only a place that can't be is told.
    """
    out = []
    place = folder / "specs"
    for name in below(place):
        if not name.endswith("/spec.md"):
            continue
        capability = name.removesuffix("/spec.md")
        out.append(_delta(root, capability, text(place / name, folder), living, lenient))
    return sorted(out, key=lambda delta: by_unit(delta.capability))


def _delta(root: Root, capability: str, written: str, living: bool, lenient: bool) -> Delta:
    try:
        return Delta(capability, written, spec(root, capability) if living else None)
    except Unusable as error:
        code = str(error).partition(":")[0]
        if not lenient or code == "ENOTDIR":
            raise
        return Delta(capability, written, unread=(str(root.specs / capability / "spec.md"), code))


def filled(folder: Path) -> bool:
    """Whether a change has any file under specs/, of any kind."""
    return next(below(folder / "specs", links=True), None) is not None


def strays(folder: Path) -> list[str]:
    """Files under specs/ that hold deltas and are no capability's spec.md."""
    names = [name for name in documents(folder) if name.rpartition("/")[2] != "spec.md"]
    return [name for name in names if read(text(folder / "specs" / name, folder)).sections]


def data(root: Root, folder: Path) -> Metadata:
    """A change's metadata, as far as it is in order."""
    path = folder / FILE
    if not path.exists():
        return Metadata()
    try:
        written = text(path, folder)
    except Unusable as error:
        return unreadable(str(error), path.is_file())
    return told(root, written)


def told(root: Root, written: str) -> Metadata:
    """What the text of a change's metadata says, as far as it is in order."""
    try:
        found = metadata(load(written), schemas.names(root))
        if found.skip_specs or found.retire:
            schemas.resolve(root, found.schema)
    except Unparsable:
        return unparsed(written)
    except Unusable as error:
        return unreadable(str(error), True)
    return found


def schema_of(root: Root, folder: Path) -> str:
    """The name of a change's schema; Unusable if its metadata is not in order."""
    path = folder / FILE
    if not path.exists():
        return settings(root).chosen
    try:
        value = load(text(path, folder))
    except Unusable as error:
        raise Unusable(f"Failed to read metadata: {error}") from error
    except Unparsable as error:
        raise Unusable(f"Invalid YAML in metadata file: {error}") from error
    if found := faults(value):
        raise Unusable(f"Invalid metadata: {report(found)}")
    return schemas.known(root, str(value["schema"]))


def flow_of(root: Root, folder: Path, name: str = "") -> tuple[Workflow, Path, str]:
    """(workflow, its folder, its name) of a change, or of the schema `name` that stands in for its own."""
    if name:
        schemas.demand(root, name)
        schema_of(root, folder)
    chosen = name or schema_of(root, folder)
    return (*schemas.resolve(root, chosen), chosen)


def tracked(root: Root, folder: Path) -> Tasks:
    """The task files of a change; `tasks.md` where its schema names none, or can't be told."""
    try:
        flow, home, _ = flow_of(root, folder)
        pattern, shipped = flow.tasks, home.parent == schemas.SHIPPED
    except Unusable:
        pattern, shipped = "", False
    declared = matching(folder, pattern) if pattern else []
    out = Tasks(declared=bool(declared), shipped=shipped)
    for path in declared or [folder / "tasks.md"]:
        try:
            out.files.append(Tracked(_under(path, folder), path.read_bytes().decode("utf-8", errors="replace")))
        except FileNotFoundError:
            continue
        except OSError:
            out.unread.append(path)
    out.files.sort(key=lambda each: by_locale(each.path))
    return out


def _under(path: Path, folder: Path) -> str:
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.name


def nested(root: Root, folder: Path) -> list[str]:
    """The changes that a folder wraps, below it: it is no change itself, and folders in it are."""
    if folder.name == ARCHIVE or folder.name.startswith(".") or _changes(root, folder):
        return []
    try:
        with os.scandir(folder) as found:
            own = any(not each.name.startswith(".") and not each.is_dir(follow_symlinks=False) for each in found)
    except OSError:
        return []
    return [] if own else sorted(_wrapped(root, folder, DEPTH), key=by_unit)


def _wrapped(root: Root, folder: Path, depth: int) -> Iterator[str]:
    for name in folders(folder) if depth else []:
        if name.startswith("."):
            continue
        if _changes(root, folder / name):
            yield name
        else:
            yield from (f"{name}/{each}" for each in _wrapped(root, folder / name, depth - 1))


def _changes(root: Root, folder: Path) -> bool:
    """Whether a folder looks like a change."""
    if any((folder / name).is_file() for name in _OWN):
        return True
    try:
        if filled(folder):
            return True
    except Unusable:
        pass
    try:
        return any(matching(folder, each.generates) for each in flow_of(root, folder)[0].artifacts)
    except Unusable:
        return False


def modified(folder: Path) -> float:
    """When anything in a folder was written last, as seconds, to the millisecond."""
    return ((max(_times(folder), default=0) or os.stat(folder).st_mtime_ns) + 500_000) // 1_000_000 / 1000


def _times(folder: Path) -> Iterator[int]:
    with os.scandir(folder) as found:
        for each in found:
            if each.is_dir(follow_symlinks=False):
                yield from _times(Path(each.path))
                continue
            try:
                yield each.stat().st_mtime_ns
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ELOOP):
                    raise
