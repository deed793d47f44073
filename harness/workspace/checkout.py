"""Branches that others use too: the user's checkout, moved only with consent, and the remote, by compare-and-swap."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.domain.secret import redacted
from harness.errors import Mistake, Parked
from harness.workspace.git import ZERO, Git
from harness.workspace.locate import foreign

SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "safe.bareRepository": "explicit",
    "protocol.ext.allow": "never",
}
"""What holds even where git works with the user's own configuration."""
LONGEST_CALL = 300.0
"""Seconds that a remote may take."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """The integration branch, here and, where `remote` names one, there: then the remote's is the one that counts."""

    objects: Git
    top: Path
    branch: str
    remote: str

    @property
    def tip(self) -> str:
        """The commit that was last seen there; '' if there is none."""
        name = f"remotes/{self.remote}" if self.remote else "heads"
        return self.objects.commit(f"refs/{name}/{self.branch}")

    @property
    def local(self) -> str:
        """The commit of the local branch; '' if there is none."""
        return self.objects.commit(f"refs/heads/{self.branch}")

    def fetch(self) -> str:
        """The commit that is there now; Parked where the remote can't be asked, Mistake where there is no branch."""
        if self.remote:
            self._fetch()
        tip = self.tip
        if not tip:
            raise Mistake(f"there is no branch {self.branch}; run `harness init`, which makes it")
        return tip

    def _fetch(self) -> None:
        if _run(self.top, "remote", "get-url", self.remote)[0]:
            raise Parked(
                f"harness.toml names the remote {self.remote}, which this clone does not have; "
                f"`git remote add {self.remote} URL`, then run again"
            )
        refs = f"+refs/heads/{self.branch}:refs/remotes/{self.remote}/{self.branch}"
        flags = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head")
        code, said = _run(self.top, "fetch", *flags, self.remote, refs, seconds=LONGEST_CALL)
        if code:
            raise Parked(f"{self.branch} can't be fetched from {self.remote}: {_line(said)}; mend that, then run again")

    def known(self) -> str:
        """The commit that is there now; '' where there is no such branch, here or there."""
        if self.remote:
            code, said = _run(
                self.top, "ls-remote", "--heads", self.remote, f"refs/heads/{self.branch}", seconds=LONGEST_CALL
            )
            if code:
                raise Parked(
                    f"{self.remote} can't be asked for {self.branch}: {_line(said)}; mend that, then run again"
                )
            if not said.strip():
                return ""
            return self.fetch()
        return self.local

    def settle(self, tip: str, done: Callable[[str], str], *, consent: bool) -> str:
        """What a crash left here, moved but not pushed, and still fits on `tip`; '' if nothing; else it is taken back.

        `done` finds the harness's own commit below a tip. Parked where the local branch has anything else of its own.
        """
        local = self.local
        if not self.remote or not local or self.objects.ancestor(local, tip):
            return ""
        if done(local) != local:
            raise Parked(
                f"{self.branch} has commits here that {self.remote} lacks; push them or move them to another branch, "
                "then run again"
            )
        below = self.objects.commit(f"{local}^1")
        if below == tip:
            return local
        advance(self.objects, self.branch, below, local, consent=consent)
        return ""

    def follow(self, tip: str, *, consent: bool) -> None:
        """Bring the local branch up to the remote's, where it is only behind."""
        local = self.local
        if self.remote and local != tip and (not local or self.objects.ancestor(local, tip)):
            advance(self.objects, self.branch, tip, local or ZERO, consent=consent)

    def land(self, new: str, tip: str, *, consent: bool) -> bool:
        """Move the branch from `tip` to `new`, its child, here and there; False, with nothing changed, if it moved.

        Parked, with nothing changed, where the remote refuses for another reason.
        """
        if not self.remote:
            return advance(self.objects, self.branch, new, tip, consent=consent)
        local = self.local
        if local and not self.objects.ancestor(local, new):
            return False
        old = tip if local == new else local or ZERO
        place = where(self.objects, self.branch)
        loose = [place / path for path, _, _ in _same(self.objects, place, new, old)] if place and local else []
        if local != new and not advance(self.objects, self.branch, new, old, consent=consent):
            return False
        said = self._push(new, tip)
        now = tip
        if said:
            with suppress(Parked):
                now = self.fetch()
        if not said or self.objects.ancestor(new, now):
            return True
        self._back(old, new, loose, consent=consent)
        if now == tip:
            raise Parked(f"{self.remote} did not take {self.branch}: {said}; mend that, then run again")
        return False

    def _push(self, new: str, tip: str) -> str:
        """Why the remote did not take it; '' where it did."""
        lease = f"--force-with-lease=refs/heads/{self.branch}:{tip}"
        flags = ("--quiet", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", lease)
        refs = f"{new}:refs/heads/{self.branch}"
        code, said = _run(self.top, "push", *flags, self.remote, refs, seconds=LONGEST_CALL)
        return (_line(said) or f"git push ended with {code}") if code else ""

    def _back(self, old: str, new: str, loose: list[Path], *, consent: bool) -> None:
        """Undo the local move; files that were the user's own, untracked, before it stay."""
        held = {path: path.read_bytes() for path in loose}
        if advance(self.objects, self.branch, old, new, consent=consent):
            for path, data in held.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)


def where(objects: Git, branch: str) -> Path | None:
    """The working tree that has `branch` checked out, if any."""
    place = None
    for line in _run(None, f"--git-dir={objects.common}", "worktree", "list", "--porcelain", "-z")[1].split("\0"):
        if line.startswith("worktree "):
            place = Path(line.removeprefix("worktree "))
        elif line == f"branch refs/heads/{branch}":
            return place
    return None


def advance(objects: Git, branch: str, new: str, old: str, *, consent: bool) -> bool:
    """Compare-and-swap of a branch, with its working tree where it is checked out.

    Returns False if somebody else moved it; Parked, with nothing changed, where the user has to act first.
    """
    place = where(objects, branch)
    if place is None:
        return objects.move(f"refs/heads/{branch}", new, old)
    if not consent:
        raise Parked(
            f"{branch} is checked out in {place}; switch to another branch there, or allow it to be moved together "
            "with its files (`--update-checkout`), then run again"
        )
    tracked = _tracked_filter(place, {*objects.paths(old), *objects.paths(new)})
    if tracked:
        raise Parked(
            f"the files in {place} are not moved on: git's filter {tracked} runs a program of this repository, and "
            "what a change brings there would run as you; switch to another branch there, then run again"
        )
    _run(place, "update-index", "-q", "--refresh")
    same = _same(objects, place, new, old)
    for path, mode, blob in same:
        _run(place, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    code, said = _run(place, "read-tree", "--no-recurse-submodules", "-m", "-u", old, new)
    if code or not objects.move(f"refs/heads/{branch}", new, old):
        for path, _, _ in same:
            _run(place, "update-index", "--force-remove", "--", path)
        if not code:
            _run(place, "read-tree", "--no-recurse-submodules", "-m", "-u", new, old)
            return False
        raise Parked(
            f"the files in {place} can't be moved on without overwriting your work: {said}; put it aside and run again"
        )
    return True


def _same(objects: Git, place: Path, new: str, old: str) -> list[tuple[str, str, str]]:
    """(path, mode, blob) of untracked files that hold already, byte for byte, what `new` brings: a proposal."""
    names = objects.paths(new)
    tracked = set(_run(place, "ls-files", "-z")[1].split("\0"))
    found = []
    for path, status in objects.changed(old, new).items():
        file = place / path
        if status != "A" or path in tracked or file.is_symlink() or not file.is_file():
            continue
        if file.read_bytes() == objects.read(new, path):
            found.append((path, *names[path]))
    return found


def _tracked_filter(place: Path, paths: set[str]) -> str:
    """The first of the user's filters whose command names a file of the repository itself; '' if there is none.

    A filter is the user's own setting, and git runs it on what is checked out, as for LFS. What it runs must be the
    user's own, too: a file that is tracked is whatever the last merge made of it.
    """
    asked = ("config", "-z", "--get-regexp", r"^filter\..*\.(clean|smudge|process)$")
    for row in filter(None, _run(place, *asked)[1].split("\0")):
        name, _, command = row.partition("\n")
        words = [word for word in re.split(r"[\s;&|()<>\"'`${}=]+", command) if word]
        # a plain first word is looked up in PATH, where no repository is
        named = words[1:] if words and "/" not in words[0] else words
        if any(_below(place, word) in paths for word in named):
            return name.removeprefix("filter.").rpartition(".")[0]
    return ""


def _below(place: Path, word: str) -> str:
    """What a word of a command would be called in the repository at `place`."""
    whole = os.path.normpath(word)
    top = f"{os.path.normpath(place)}/"
    return whole.removeprefix(top).lstrip("/")


def _line(said: str) -> str:
    """What git said as one line, without a password; GitPython puts its own mark around it."""
    return redacted(" ".join(said.removeprefix("stderr:").strip(" '\n").split()))


def _run(place: Path | None, *args: str, seconds: float | None = None) -> tuple[int, str]:
    """Git as the user runs it in `place`, with the user's own configuration: its filters wrote these files.

    What a repository could bring into play stays out: hooks, a monitor of files, submodules. Only a call with a time
    limit asks a remote.
    """
    import git

    here = [] if place is None else ["-C", str(place)]
    own = [] if seconds else ["GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none"]
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    outer = [f"-u{name}" for name in foreign(personal=True)]
    command = ["env", *outer, "GIT_TERMINAL_PROMPT=0", *own, "git", *here, *settings, *args]
    code, out, said = git.Git(str(place or "/")).execute(
        command, with_extended_output=True, with_exceptions=False, kill_after_timeout=seconds
    )
    return code, str(out if not code else said)


def tagged(place: Path, name: str, commit: str, message: str, remote: str) -> None:
    """An annotated tag, made and signed as the user makes them, and pushed to `remote` ('' for none).

    One that is there already on this commit is left; Parked where it can't be made or pushed.
    """
    code, said = _run(place, "rev-parse", "--verify", "--quiet", "--end-of-options", f"refs/tags/{name}^{{commit}}")
    if code:
        code, said = _run(place, "tag", "-a", "-m", message, "--end-of-options", name, commit)
        if code:
            raise Parked(f"the tag {name} could not be made: {_line(said)}; mend that, then run again")
    elif said.strip() != commit:
        raise Parked(f"the tag {name} is on another commit already; remove it, then run again")
    if remote:
        ref = f"refs/tags/{name}:refs/tags/{name}"
        code, said = _run(place, "push", "--quiet", "--no-verify", remote, ref, seconds=LONGEST_CALL)
        if code:
            raise Parked(f"{remote} did not take the tag {name}: {_line(said)}; mend that, then run again")
