"""Archiving a change: its deltas go into the living specs and its folder into the archive, both or neither."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from harness.changes.files import Unusable, inside, text, unusable
from harness.changes.repository import active, deltas, nested, possible, spec
from harness.changes.root import Root
from harness.errors import HarnessError
from harness.openspec.fold import fold
from harness.openspec.issue import Issue
from harness.openspec.landing import Step, judged
from harness.openspec.metadata import Metadata, misplaced

LOCK = ".openspec-archive.lock"


class NotArchived(HarnessError):
    """The change stays where it is; `code` names the reason, `fix` says what to do."""

    def __init__(self, code: str, message: str, fix: str = "", lines: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = f"archive_{code}"
        self.fix = fix
        self.lines = lines
        """What a terminal is shown in the message's place."""


def locate(root: Root, name: str) -> Path:
    """The change's folder; NotArchived if there is none that can be archived."""
    for limit, place in ((root.path, root.changes), (root.changes, root.archive), (root.path, root.specs)):
        try:
            inside(place, limit)
            os.stat(place)
        except FileNotFoundError:
            continue
        except (OSError, Unusable) as error:
            text_ = f"Refusing to archive through a path outside the OpenSpec root: {place}"
            raise NotArchived("path_outside_root", text_) from error
    if wrong := misplaced(name, "Change name"):
        raise NotArchived("change_name_invalid", wrong)
    folder = root.changes / name
    if folder.is_symlink():
        text_ = f"Change '{name}' is a symbolic link. Replace it with a real directory before archiving."
        raise NotArchived("change_symlink", text_)
    if not folder.is_dir():
        names = active(root, hidden=True)
        rest = f"Available changes: {', '.join(names)}" if names else "No active changes exist in this root."
        raise NotArchived("change_not_found", f"Change '{name}' not found. {rest}")
    if inner := nested(root, folder):
        fix = f"Rename openspec/changes/{name}/{inner[0]}/ to a flat change directory, then archive it."
        text_ = f"Cannot archive '{name}': {wraps(name, inner)}"
        raise NotArchived("change_is_namespace_folder", text_, fix)
    return folder


def wraps(name: str, inner: list[str]) -> str:
    """That a folder is no change but holds some."""
    paths = ", ".join(f"openspec/changes/{name}/{each}/" for each in inner)
    return (
        f'"{name}" is not a change: it is a folder wrapping {paths}. A change must be a directory directly under '
        "openspec/changes/, so those nested directories are invisible to OpenSpec while the folder around them is "
        "reported as a change. Nested paths are supported under openspec/specs/ only. Rename each nested change to a "
        f'flat name (for example "{name}-{inner[0].replace("/", "-")}").'
    )


def waiting(root: Root, folder: Path) -> list[tuple[str, bool]]:
    """(capability, whether there is a living spec of it) of what archiving would fold in; Unusable if one can't be."""
    for delta in (found := deltas(root, folder, living=False)):
        possible(root, delta.capability)
    return [(each.capability, (root.specs / each.capability / "spec.md").exists()) for each in found]


def folded(root: Root, folder: Path, change: str) -> Iterator[Step]:
    """Every delta folded into its living spec; NotArchived at the first that can't be."""
    for delta in deltas(root, folder, living=False):
        where = root.specs / delta.capability / "spec.md"
        try:
            living = spec(root, delta.capability)
            out = fold(living, delta.text, delta.capability, change, str(where))
            problem = out.problem
        except Unusable as error:
            problem = str(error)
        if problem:
            fix = "Fix the change delta specs and rerun. No files were changed."
            raise NotArchived("spec_update_failed", problem, fix, (problem, "Aborted. No files were changed."))
        yield Step(delta.capability, living, out)


def verified(steps: list[Step], data: Metadata) -> list[Step]:
    """The steps, those that retire a capability marked; NotArchived if a spec would not be valid afterwards."""
    return [_verified(step, data) for step in steps]


def _verified(step: Step, data: Metadata) -> Step:
    found = judged(step, retire=data.retire)
    if not found.issues:
        return found.step
    name, fix = step.capability, found.fix
    message = f"Rebuilt spec for '{name}' failed validation. No files were changed."
    title = f"\nValidation errors in rebuilt spec for {name} (will not write changes):"
    lines = (title, *marked(list(found.issues)), *_hint(fix), "Aborted. No files were changed.")
    raise NotArchived("spec_validation_failed", message, fix, lines)


def _hint(fix: str) -> tuple[str, ...]:
    return () if fix.startswith("Run openspec validate") else (f"  → {fix}",)


def marked(issues: list[Issue]) -> Iterator[str]:
    """Findings as lines for a terminal."""
    signs = {"ERROR": "✗", "WARNING": "⚠"}
    return (f"  {signs[each.level]} {each.message}" for each in issues if each.level in signs)


@contextlib.contextmanager
def claim(root: Root, target: Path) -> Iterator[None]:
    """The archive, held by this process; NotArchived if the target is there or another process holds it."""
    try:
        os.lstat(target)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise unusable(error, "lstat", target) from error
    else:
        raise NotArchived("target_exists", f"Archive '{target.name}' already exists.")
    inside(root.archive, root.path)
    root.archive.mkdir(parents=True, exist_ok=True)
    lock = root.archive / LOCK
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o644)
    except FileExistsError as error:
        text_ = f"Archive '{target.name}' is already being created. If no archive process is running, remove the stale "
        raise NotArchived("target_exists", f"{text_}claim at {lock} and rerun.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"pid": os.getpid(), "target": target.name}, file)
        yield
    finally:
        _drop(lock, folder=root.archive, name=target.name)


def _drop(lock: Path, folder: Path, name: str) -> None:
    """The lock removed, also where its folder was moved away with the change."""
    for path in (lock, folder / name / lock.name):
        with contextlib.suppress(OSError):
            path.unlink()
            return


def carry_out(root: Root, steps: list[Step], folder: Path, target: Path) -> None:
    """Write the specs and move the folder; whatever fails, all is as before."""
    undo: list[tuple[Path, bytes | None]] = []
    made: list[Path] = []
    try:
        for step in steps:
            path = inside(root.specs / step.capability / "spec.md", root.path)
            if step.retires and step.before is not None:
                undo.append((path, path.read_bytes()))
                path.unlink()
            elif step.writes and not step.retires:
                made += _missing(path.parent)
                _make(path.parent)
                undo.append((path, path.read_bytes() if path.is_file() else None))
                _replace(path, step.folded.text)
        _move(folder, target)
    except BaseException:
        _undone(undo, made)
        raise
    for step in steps:
        if step.retires:
            _prune(root.specs / step.capability, root.specs)


def _move(folder: Path, target: Path) -> None:
    try:
        os.rename(folder, target)
    except OSError as error:
        raise unusable(error, "rename", folder, target) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(error, "mkdir", folder) from error


def _missing(folder: Path) -> list[Path]:
    """The folders that have to be made, the innermost last."""
    return [path for path in reversed((folder, *folder.parents)) if not path.exists()]


def _replace(path: Path, content: str) -> None:
    """Write a file in one step."""
    mode = path.stat().st_mode & 0o777 if path.is_file() else 0o666 & ~_umask()
    spare = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(spare, "x", encoding="utf-8", newline="") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(spare, mode)
        os.replace(spare, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            spare.unlink()
        raise unusable(error, "open", path) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _undone(undo: list[tuple[Path, bytes | None]], made: list[Path]) -> None:
    for path, content in reversed(undo):
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)
    for path in reversed(made):
        with contextlib.suppress(OSError):
            path.rmdir()


def _prune(folder: Path, top: Path) -> None:
    """Folders that became empty, up to but not including `top`."""
    while folder != top and folder.is_relative_to(top):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def proposal(folder: Path) -> str | None:
    """The change's proposal, None if there is none."""
    path = folder / "proposal.md"
    return text(path, folder) if path.exists() else None
