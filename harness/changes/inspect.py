"""Everything that is wrong with a change or a spec on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.changes.archive import wraps
from harness.changes.files import Unusable
from harness.changes.repository import data, deltas, filled, nested, spec, strays, told, tracked
from harness.changes.root import Root
from harness.openspec.change import Delta, check, misplaced
from harness.openspec.issue import Issue
from harness.openspec.metadata import Metadata, marker
from harness.openspec.spec import check as check_spec
from harness.openspec.tasks import Task, boxless, oddities, parse


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about one item."""

    name: str
    kind: str
    """'change' or 'spec'."""
    issues: Sequence[Issue]
    strict: bool = False
    waits: str = ""
    """What it waits for, as the rest of a sentence; '' where it waits for nothing, and where nobody asked."""

    @property
    def wrong(self) -> bool:
        bad = ("ERROR", "WARNING") if self.strict else ("ERROR",)
        return any(issue.level in bad for issue in self.issues)

    @property
    def valid(self) -> bool:
        return not self.wrong and not self.waits


def change(root: Root, name: str, after: Mapping[str, str] | None = None) -> list[Issue]:
    """What is wrong with an open change. `after`: capability -> living spec, where that is not the one on disk."""
    folder = root.changes / name
    if inner := nested(root, folder):
        return [Issue("ERROR", "file", wraps(name, inner))]
    return [*documents_of(root, name, after=after), *lists(root, folder)]


def documents_of(
    root: Root, name: str, *, archiving: bool = False, after: Mapping[str, str] | None = None
) -> list[Issue]:
    """What is wrong with a change's deltas and with what it says about them."""
    folder = root.changes / name
    if not archiving and (folder / "specs").exists() and not (folder / "specs").is_dir():
        return marker(data(root, folder), 0, True, False)
    blocked: list[Issue] = []
    try:
        own = deltas(root, folder, living=not archiving, lenient=True)
    except Unusable as error:
        own = deltas(root, folder, living=False)
        blocked = [Issue("INFO", "specs", f"Could not check archive merge conflicts: {error}")]
    own = (
        [replace(each, living=after[each.capability]) if each.capability in after else each for each in own]
        if after
        else own
    )
    found = check(own, name, archiving=archiving or bool(blocked))
    loose = strays(folder)
    top = [misplaced(each) for each in ("spec.md",) if (folder / "specs" / each).is_file()]
    about = marker(data(root, folder), found.total, filled(folder), bool(loose or top))
    return [*top, *found.issues, *blocked, *(misplaced(each) for each in loose), *found.missing, *about]


def branched(
    root: Root, name: str, texts: Mapping[str, str], about: str, after: Mapping[str, str] | None = None
) -> list[Issue]:
    """What is wrong with a change whose deltas (capability -> text) and metadata lie on a branch, not on disk."""
    living = after or {}
    own = [Delta(each, texts[each], living.get(each) or spec(root, each)) for each in sorted(texts)]
    found = check(own, name)
    said = told(root, about) if about else Metadata()
    return [*found.issues, *found.missing, *marker(said, found.total, bool(texts), False)]


def lists(root: Root, folder: Path) -> list[Issue]:
    """What is odd about a change's task files."""
    try:
        found = tracked(root, folder)
    except Unusable:
        return []
    files = [(each.path, each.text) for each in found.files]
    out = list(boxless(files)) if found.declared and not found.unread else []
    return [*out, *(oddities(files) if found.shipped else [])]


def living(root: Root, capability: str) -> list[Issue]:
    """What is wrong with a living spec."""
    try:
        text = spec(root, capability)
    except Unusable as error:
        return [Issue("ERROR", "file", str(error))]
    if text is None:
        where = root.specs / capability / "spec.md"
        what = "EISDIR: illegal operation on a directory, read" if where.is_dir() else ""
        return [Issue("ERROR", "file", what or f"ENOENT: no such file or directory, open '{where}'")]
    return check_spec(text)


def boxes(root: Root, folder: Path) -> list[Task]:
    """Every box of a change's task files."""
    return [task for each in tracked(root, folder).files for task in parse(each.text)]


def unfinished(root: Root, folder: Path) -> list[Issue]:
    """Whether an archived change has open boxes, or a task file that can't be read."""
    try:
        files = tracked(root, folder)
    except Unusable as error:
        return [Issue("ERROR", "tasks.md", str(error))]
    out = [Issue("ERROR", path.relative_to(root.path).as_posix(), "could not read task file") for path in files.unread]
    found = [task for each in files.files for task in parse(each.text)]
    left = sum(not task.done for task in found)
    if not left:
        return out
    noun = "task" if left == 1 else "tasks"
    text = f"{left} incomplete {noun} ({len(found) - left}/{len(found)} completed)"
    return [*out, Issue("ERROR", "tasks.md", text)]
