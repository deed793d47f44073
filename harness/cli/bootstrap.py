"""The files that the harness needs in a repository, and the commit that brings them to the integration branch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Mistake, Parked, Refused
from harness.workspace.checkout import advance, where
from harness.workspace.git import ZERO, Git, Person
from harness.workspace.landed import PATHS
from harness.workspace.repo import own_file

MESSAGE = "chore: set up the virtual team\n\nWritten by `harness init`, committed by the CEO.\n"
_REF = "refs/harness/_init"
"""Keeps the commit until the branch does; no change can have this name."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The set-up of one repository."""

    git: Git
    top: Path
    develop: str

    @property
    def head(self) -> str:
        """The commit that is checked out in the user's working tree; '' where there is none yet."""
        code, out = self.git.both("rev-parse", "--verify", "--quiet", "HEAD^{commit}", env=self._own, ok=(0, 1, 128))
        return out.decode().strip() if code == 0 else ""

    @property
    def branch(self) -> str:
        """The branch that is checked out in the user's working tree; '' where none is."""
        code, out = self.git.both("symbolic-ref", "--quiet", "--short", "HEAD", env=self._own, ok=(0, 1, 128))
        return out.decode().strip() if code == 0 else ""

    @property
    def tip(self) -> str:
        return self.git.commit(f"refs/heads/{self.develop}")

    @property
    def lacking(self) -> dict[str, bytes]:
        """path -> content in the working tree, of what the integration branch does not have."""
        there = self.git.paths(self.tip) if self.tip else {}
        found = {path: own_file(self.top, path) for path in PATHS if path not in there}
        return {path: data for path, data in found.items() if data is not None}

    def follow(self) -> str:
        """The integration branch as the one remote that has it does, where there is none here yet; whose, or ''."""
        listed = self.git.run("for-each-ref", "--format=%(refname)", f"refs/remotes/*/{self.develop}").decode().split()
        if self.tip or len(listed) != 1:
            return ""
        moved = self.git.move(f"refs/heads/{self.develop}", self.git.commit(listed[0]), ZERO)
        return listed[0].removeprefix("refs/remotes/") if moved else ""

    def make_branch(self) -> bool:
        """The integration branch at the checked-out commit; False where it is there, or nothing is to point to."""
        if self.tip or not self.head:
            return False
        if not self.git.move(f"refs/heads/{self.develop}", self.head, ZERO):
            raise Mistake(f"the branch {self.develop} can't be made; is there a branch {self.develop}/…?")
        return True

    def commit(self, files: dict[str, bytes], person: Person) -> str:
        """Commit exactly `files` to the integration branch; the index is told where that branch is checked out."""
        tip = self.tip
        new = self.git.record(
            parent=tip,
            changes={path: ("100644", data) for path, data in files.items()},
            message=MESSAGE,
            ref=_REF,
            date=int(time.time()),
            author=person,
            committer=person,
        )
        try:
            moved = self._land(new, tip, files)
        finally:
            self.git.run("update-ref", "-d", _REF)
        if not moved:
            raise Refused(f"{self.develop} was moved by somebody else just now; run `harness init` again")
        return new

    def _land(self, new: str, tip: str, files: dict[str, bytes]) -> bool:
        if not tip and not self.head:
            self.git.run("symbolic-ref", "HEAD", f"refs/heads/{self.develop}", env=self._own)
            moved = self.git.move(f"refs/heads/{self.develop}", new, ZERO)
            self._index(files)
            return moved
        place = where(self.git, self.develop)
        if place is None or place.resolve() != self.top.resolve():
            return advance(self.git, self.develop, new, tip, consent=True)
        before = self._index(files)
        try:
            return advance(self.git, self.develop, new, tip, consent=True)
        except Parked:
            self.git.run("update-index", "-z", "--index-info", stdin=before, env=self._own)
            raise

    def _index(self, files: dict[str, bytes]) -> bytes:
        """Put `files` into the user's index, where git looks for them once they are committed; what puts it back."""
        there = self.git.run("ls-files", "-s", "-z", "--", *files, env=self._own)
        rows = {row.partition(b"\t")[2]: row for row in there.split(b"\0")[:-1]}
        undo = [rows.get(path.encode(), f"0 {ZERO}\t{path}".encode()) for path in files]
        new = "".join(f"100644 {self.git.put(data)}\t{path}\0" for path, data in files.items())
        self.git.run("update-index", "-z", "--index-info", stdin=new.encode(), env=self._own)
        return b"".join(row + b"\0" for row in undo)

    @property
    def _own(self) -> dict[str, str]:
        """The git directory of the user's working tree, which in a linked one is not the common one."""
        return {"GIT_DIR": str(self.top / ".git")}
