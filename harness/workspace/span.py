"""What a commit is measured against: its branch, and where it left the integration branch."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.config import FILE, Config, parse
from harness.errors import HarnessError, Mistake
from harness.workspace.git import Git
from harness.workspace.locate import clean

MAINLINES = ("develop", "main", "master")
"""Names under which an integration branch is looked for first."""
MOST_BRANCHES = 200
INIT = "`harness init --commit` writes one and commits it"
_STEPS = re.compile(r"[~^][~^\d]*")


@dataclass(frozen=True, slots=True)
class Span:
    """A commit and its base."""

    head: str
    branch: str
    """The short name of the one branch that it is the tip of; '' where that is not known."""
    base: str
    """The commit that configuration is read from; the head itself where it is measured against nothing."""
    against: str
    """What the base was found by, such as `origin/develop`."""
    config: Config
    tip: str = ""
    """Where `head` is the merge that a CI made to try a branch: the branch's own commit; else ''."""

    @property
    def alone(self) -> bool:
        """Whether there is no difference to measure, so that everything counts."""
        return self.base == self.head


def span(git: Git, top: Path, ref: str, base: str = "") -> Span:
    """`ref` and what it is measured against: `base`, or the integration branch; Mistake where there is none."""
    head, branch = _commit(git, top, ref)
    against, other = (base, _commit(git, top, base)[0]) if base else integration(git, top, ref, branch)
    found = git.both("merge-base", other, head, ok=(0, 1))[1].decode().strip()
    if _cut(git, found, head):
        raise Mistake(
            f"this clone is shallow, and what {ref} has since it left {against} is not all in it; run "
            "`git fetch --unshallow`, or name the base with --base"
        )
    if not found:
        raise Mistake(f"{ref} shares no commit with {against}; name what to measure it against with --base")
    data = git.read(found, FILE)
    if data is None:
        raise Mistake(_unset(git, ref, against, found, (head, other)))
    config = parse(data.decode("utf-8", errors="replace"))
    return Span(head, branch, found, against, config, "" if branch else _merged(git, found, head))


def _cut(git: Git, base: str, head: str) -> bool:
    """Whether commits between the two are not in this clone, since it is shallow; without a base they may be."""
    file = git.common / "shallow"
    if not file.exists():
        return False
    ends = set(file.read_text(encoding="ascii", errors="replace").split())
    return not base or any(row["id"] in ends for row in git.log(base, head))


def _merged(git: Git, base: str, head: str) -> str:
    """What `head` merges into `base`; '' where it is no such merge. On no branch, only a CI makes one."""
    rows = git.log(base, head)
    into, _, tip = (rows[-1]["parents"] if rows and rows[-1]["id"] == head else "").partition(" ")
    return tip if into == base and " " not in tip else ""


def _unset(git: Git, ref: str, against: str, base: str, tips: tuple[str, str]) -> str:
    """What to do where the commit that configuration is read from has none; `tips` are those of `ref` and `against`."""
    head, other = (git.read(tip, FILE) is not None for tip in tips)
    if base == tips[0] == tips[1]:
        return f"there is no {FILE} in {ref}, and measured against nothing it is measured by its own: {INIT}"
    left = f"{ref} left {against} at {base[:12]}, where there was no {FILE} yet, and it counts only from there"
    if other:
        return f"{left}: bring {against} into {ref}, such as with `git merge {against}`"
    return f"{left}: measure against nothing with --base {ref}, which has one" if head else f"{left}: {INIT}"


def integration(git: Git, top: Path, ref: str, branch: str) -> tuple[str, str]:
    """(name, commit) of the integration branch: the one whose own harness.toml names it.

    `branch`, which is measured, can't name itself, unless its name is one of the usual ones.
    """
    for name in _candidates(git, branch):
        for place in (f"refs/heads/{name}", f"refs/remotes/origin/{name}"):
            tip = git.commit(place)
            data = git.read(tip, FILE) if tip else None
            config = _parsed(data, strict=name in MAINLINES) if data is not None else None
            if config is None or config.git.develop != name:
                continue
            remote = f"refs/remotes/{config.git.remote}/{name}"
            theirs = git.commit(remote) if config.git.remote else ""
            chosen = remote if theirs else place
            return chosen.removeprefix("refs/heads/").removeprefix("refs/remotes/"), theirs or tip
    said = f"no branch of this clone is the integration branch, since none has a {FILE} that names it"
    here = _head(top)[0]
    if (top / FILE).is_file() and (not here or git.read(here, FILE) is None):
        raise Mistake(f"{said}: yours is not committed; `harness init --commit` brings it to develop")
    raise Mistake(
        f"{said}: {INIT}; where a server has it, fetch it with `git fetch origin "
        f"develop:refs/remotes/origin/develop`, or name another base with --base (--base {ref} measures against "
        "nothing, so that everything counts)"
    )


def _candidates(git: Git, branch: str) -> Iterator[str]:
    """Names that the integration branch may have; only where it has none of the usual ones are branches listed."""
    yield from MAINLINES
    yield from sorted(_branches(git) - {*MAINLINES, branch})[:MOST_BRANCHES]


def resolved(git: Git, name: str) -> tuple[str, str]:
    """(commit, branch) that a branch, a tag or an id stands for; Mistake where there is none.

    A CI often knows its commit by a whole name only, such as refs/heads/feature/add-notes.
    """
    kind, _, short = name.removeprefix("refs/").partition("/")
    places: tuple[tuple[str, str], ...] = (
        (f"refs/heads/{name}", name),
        (f"refs/remotes/{name}", name.partition("/")[2]),
        (f"refs/remotes/origin/{name}", name),
        (f"refs/tags/{name}", ""),
    )
    if name.startswith("refs/"):
        places = ((name, {"heads": short, "remotes": short.partition("/")[2]}.get(kind, "")),)
    for full, branch in places:
        found = git.commit(full)
        if found:
            return found, branch
    found = git.commit(name) if re.fullmatch(r"[0-9a-f]{7,64}", name) else ""
    if not found:
        raise Mistake(f"there is no branch, tag or commit {name!r}; `git branch -a` lists the branches")
    return found, ""


def _commit(git: Git, top: Path, name: str) -> tuple[str, str]:
    """As `resolved`, with HEAD of this working tree and steps back from any of them, such as HEAD~2."""
    steps = _STEPS.search(name)
    plain, back = (name[: steps.start()], name[steps.start() :]) if steps else (name, "")
    if plain in ("HEAD", "@"):
        commit, branch = _head(top)
        if not commit:
            raise Mistake("there is no commit yet; commit something first")
    else:
        commit, branch = resolved(git, plain)
    if back:
        commit, branch = git.commit(commit + back), ""
        if not commit:
            raise Mistake(f"there is no commit {name!r}; {plain} does not go back so far")
    return commit, branch or _tip(git, commit)


def _head(top: Path) -> tuple[str, str]:
    """(commit, branch) of HEAD in the working tree at `top`, which need not be the repository's first one; '' each."""
    said = [
        subprocess.run(
            ["git", "-C", str(top), *asked], capture_output=True, text=True, env=clean(), timeout=30, check=False
        ).stdout.strip()
        for asked in (["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], ["symbolic-ref", "--quiet", "HEAD"])
    ]
    return said[0], said[1].removeprefix("refs/heads/")


def _tip(git: Git, commit: str) -> str:
    """The one branch whose tip `commit` is: a CI checkout is on none."""
    names = _short(git.run("for-each-ref", f"--points-at={commit}", "--format=%(refname)", *_PLACES))
    return names.pop() if len(names) == 1 else ""


_PLACES = ("refs/heads", "refs/remotes/origin")


def _branches(git: Git) -> set[str]:
    return _short(git.run("for-each-ref", "--format=%(refname)", *_PLACES))


def _short(refs: bytes) -> set[str]:
    """Names of branches, wherever they are."""
    rows = refs.decode(errors="replace").split("\n")
    names = {row.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/") for row in rows if row}
    return names - {"HEAD"}


def _parsed(data: bytes, *, strict: bool) -> Config | None:
    """The configuration; of a branch that nobody would think of, None where it can't be read."""
    try:
        return parse(data.decode("utf-8", errors="replace"))
    except HarnessError:
        if strict:
            raise
        return None
