"""An agent's private directory: it may do there what it likes, and only what its role may write is kept."""

from __future__ import annotations

import errno
import math
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from harness.domain.permission import SHIPPED, Secrets, refusal
from harness.domain.registry import Reached
from harness.domain.role import Role
from harness.errors import HarnessError, Mistake
from harness.ports import Command, Egress, Limits, Objects, Outcome, Outfit, Ran, Sandbox
from harness.workspace import walk
from harness.workspace.copy import Copy
from harness.workspace.pristine import EXECUTABLE, REGULAR
from harness.workspace.review import MOST_BYTES, MOST_FILES, Review
from harness.workspace.scratch import scratch

_SUBMODULE = "160000"
_MOST_NAMED = 50
"""Refused paths that are told one by one."""


class Directory:
    """A working copy of one commit in `root`, for one attempt of one role.

    A commit is made of its parent and the changes that were kept, so what is not on the disk (secrets, submodules,
    odd paths) goes on unchanged. `ignored` says what the base's .gitignore ignores; such files, and what tools leave
    behind, stay where they are and are neither compared nor kept, unless they are part of the commit. `egress` is the
    way to the registries that the role names; `outfit` gives what the project's set-up made for a commit.
    """

    def __init__(
        self,
        root: Path,
        *,
        objects: Objects,
        snapshot: str,
        ref: str,
        role: Role,
        folder: str,
        sandbox: Sandbox,
        read: tuple[Path, ...],
        env: Mapping[str, str],
        links: tuple[tuple[Path, str], ...] = (),
        ignored: Callable[[str], bool],
        date: Callable[[], int],
        secrets: Secrets = SHIPPED,
        egress: Egress | None = None,
        outfit: Callable[[str], Outfit] | None = None,
    ) -> None:
        self._root, self._objects, self._head, self._ref = root, objects, snapshot, ref
        self._role, self._folder, self._ignored, self._date = role, folder, ignored, date
        self._sandbox, self._toolchains, self._env, self._links = sandbox, read, env, links
        self._secrets, self._pending = secrets, set[str]()
        self._egress, self._outfit = egress, outfit
        walk.remove_tree(root)
        root.mkdir(mode=0o700, parents=True)
        absent = [path for path, (mode, _) in objects.paths(snapshot).items() if mode == _SUBMODULE]
        self._copy = Copy(
            root,
            objects.files(snapshot),
            secret=lambda path: secrets.hides(path, role.reads),
            absent=absent,
            carried=objects.filtered(snapshot),
        )

    def read(self, path: str) -> bytes:
        """The file's bytes; Mistake with a sentence for the agent when it can't be read."""
        try:
            with self._copy.opened() as fd:
                return walk.read(fd, path, MOST_BYTES)
        except (OSError, ValueError) as error:
            raise Mistake(f"{path!r} can't be read: {self._sentence(path, error)}") from error

    def write(self, path: str, data: bytes) -> None:
        """Create or replace a file, and keep it; Mistake when the role may not."""
        reason = self._refusal(path) or self._copy.fixed(path)
        if not reason and len(data) > MOST_BYTES:
            reason = f"it is larger than {MOST_BYTES >> 20} MB"
        if reason:
            raise Mistake(f"{path!r} can't be written: {reason}")
        mode = EXECUTABLE if self._copy.kept.mode(path) == EXECUTABLE else REGULAR
        try:
            with self._copy.opened() as fd:
                self._copy.put(fd, path, mode, data)
        except OSError as error:
            raise Mistake(f"{path!r} can't be written: {self._sentence(path, error)}") from error
        self._pending.add(path)

    def names(self, path: str = "") -> list[str]:
        """Regular files below `path`, sorted, scratch left out; Mistake if there is no such directory."""
        path = path.rstrip("/") if path != "." else ""
        if path and not walk.plain(path):
            raise Mistake(f"{path!r} can't be listed: use a relative path without '..'")
        kept = self._copy.kept
        try:
            with self._copy.opened() as fd:
                found = walk.entries(fd, lambda at: kept.holds(at) or not self._scratch(at), MOST_FILES, path)
                return sorted(
                    name
                    for name, status in found
                    if stat.S_ISREG(status.st_mode) and (name in kept or not self._scratch(name))
                )
        except (OSError, ValueError) as error:
            raise Mistake(f"{path!r} can't be listed: {self._sentence(path, error)}") from error

    def run(self, shell: str, seconds: float) -> Ran:
        """Run in the sandbox, keep what the role may write, put the rest back."""
        most, kept = Limits(), self._copy.kept
        # what the repository itself takes is no fault of the command
        disk, files = most.disk + kept.used, most.files + len(kept)
        limits = Limits(wall=seconds, cpu=max(most.cpu, math.ceil(seconds)), disk=disk, files=files)
        outfit = self._outfit(self.snapshot()) if self._outfit else Outfit()
        env = {**self._env, **outfit.env}
        tree = self._copy.directory
        command = Command(
            shell, tree, env, self._toolchains, mounts=outfit.mounts, links=self._links, limits=limits, settled=True
        )
        self._copy.begin()
        outcome, reached, note = self._ran(command)
        review = Review(self._copy, self._refusal, self._scratch)
        try:
            review.run()
        except OSError as error:
            raise HarnessError(
                f"the files of the {self._role.name} can't be put back ({error}); make room on the disk, then run again"
            ) from error
        self._pending.update(review.kept)
        lines = [f"{shown(path)} — {reason}" for path, reason in sorted(review.refused.items())]
        more = [f"{len(lines) - _MOST_NAMED} more"] if len(lines) > _MOST_NAMED else []
        notes = "\n".join(filter(None, (outfit.note, note)))
        return Ran(outcome, tuple(sorted(review.kept)), (*lines[:_MOST_NAMED], *more), reached, notes)

    def _ran(self, command: Command) -> tuple[Outcome, tuple[Reached, ...], str]:
        """The command's end, what it reached of the registries that the role may use, and why it could reach none."""
        if self._egress is None or not self._role.network:
            return self._sandbox.run(command), (), ""
        with ExitStack() as stack:
            try:
                way = stack.enter_context(self._egress.open(self._role.network))
            except Mistake as error:
                return self._sandbox.run(command), (), f"network: none: {error}"
            outcome = self._sandbox.run(way.through(command))
        return outcome, way.reached(), ""

    def snapshot(self) -> str:
        """Commit what is kept, durably; the commit's id, or the last one's if nothing changed since."""
        if self._pending:
            kept = self._copy.kept
            changes = {path: kept.get(path) if path in kept else None for path in sorted(self._pending)}
            self._head = self._objects.record(
                parent=self._head,
                changes=changes,
                message=f"Snapshot of the {self._role.name}'s directory",
                ref=self._ref,
                date=self._date(),
            )
            self._pending.clear()
        return self._head

    def close(self) -> None:
        """Remove the directory with all that is in it."""
        self._copy.close()
        walk.remove_tree(self._root)

    def _refusal(self, path: str) -> str:
        try:
            os.fsencode(path)
        except UnicodeEncodeError:
            return "the name can't be used"
        deep = "nested too deep" if path.count("/") >= walk.DEEPEST else ""
        return refusal(self._role, path, self._folder, self._secrets) or deep

    def _scratch(self, path: str) -> bool:
        return scratch(path) or self._ignored(path)

    def _sentence(self, path: str, error: OSError | ValueError) -> str:
        """What went wrong with `path`, in words for the agent."""
        if self._copy.hides(path):
            return "it is left out of this directory"
        if isinstance(error, ValueError):
            return "the name can't be used"
        return {
            errno.ENOENT: "there is no such file or directory",
            errno.EISDIR: "it is a directory",
            errno.ENOTDIR: "a part of the path is not a directory",
            errno.ELOOP: "it is a link",
            errno.EFBIG: f"it is larger than {MOST_BYTES >> 20} MB",
            errno.ENXIO: "it is not a regular file",
            errno.EINVAL: "it is not a regular file with a plain relative path",
        }.get(error.errno or 0, error.strerror or str(error))


def shown(path: str) -> str:
    """`path` on one line, whatever characters it holds."""
    escaped = path.encode("utf-8", errors="backslashreplace").decode()
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in escaped)
