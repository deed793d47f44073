"""Everything that is wrong with a change or a spec on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.changes.archive import wraps
from harness.changes.files import Unusable
from harness.changes.repository import Tracked, data, deltas, documents, nested, spec, strays, told, tracked
from harness.changes.root import Root
from harness.openspec.change import NONE, Delta, check, misplaced
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
    if inner := nested(folder):
        return [Issue("ERROR", "file", wraps(name, inner))]
    return [*documents_of(root, name, after=after), *lists(tracked(root, folder))]


def documents_of(
    root: Root, name: str, *, archiving: bool = False, after: Mapping[str, str] | None = None
) -> list[Issue]:
    """What is wrong with a change's deltas and with what it says about them."""
    folder = root.changes / name
    if not archiving and (folder / "specs").exists() and not (folder / "specs").is_dir():
        return marker(data(root, folder), 0, False, False, NONE)
    own = deltas(root, folder, living=not archiving)
    own = (
        [replace(each, living=after[each.capability]) if each.capability in after else each for each in own]
        if after
        else own
    )
    found = check(own, name, archiving=archiving)
    loose = strays(folder)
    about = marker(data(root, folder), found.total, bool(documents(folder)), bool(loose), NONE)
    return [*found.issues, *(misplaced(each) for each in loose), *found.missing, *about]


def branched(
    root: Root, name: str, texts: Mapping[str, str], about: str, after: Mapping[str, str] | None = None
) -> list[Issue]:
    """What is wrong with a change whose deltas (capability -> text) and metadata lie on a branch, not on disk."""
    living = after or {}
    own = [Delta(each, texts[each], living.get(each) or spec(root, each)) for each in sorted(texts)]
    found = check(own, name)
    said = told(root, about) if about else Metadata()
    return [*found.issues, *found.missing, *marker(said, found.total, bool(texts), False, NONE)]


def lists(files: Sequence[Tracked]) -> list[Issue]:
    """What is odd about a change's task files."""
    out = [issue for each in files for issue in oddities(each.path, each.text)]
    if any(parse(each.text) for each in files):
        return out
    first = next((issue for each in files if (issue := boxless(each.path, each.text))), None)
    return [*out, first] if first else out


def living(root: Root, capability: str) -> list[Issue]:
    """What is wrong with a living spec."""
    text = spec(root, capability)
    if text is None:
        raise Unusable(f"ENOENT: no such file or directory, open '{root.specs / capability / 'spec.md'}'")
    return check_spec(text)


def boxes(root: Root, folder: Path) -> list[Task]:
    """Every box of a change's task files."""
    return [task for each in tracked(root, folder) for task in parse(each.text)]


def unfinished(root: Root, folder: Path) -> list[Issue]:
    """Whether an archived change has open boxes."""
    found = boxes(root, folder)
    left = sum(not task.done for task in found)
    if not left:
        return []
    noun = "task" if left == 1 else "tasks"
    text = f"{left} incomplete {noun} ({len(found) - left}/{len(found)} completed)"
    return [Issue("ERROR", "tasks.md", text)]
