"""Where a repository and the harness's own folder lie. Needs no library, so that `status` starts fast."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from harness.domain.change import NAME
from harness.errors import Mistake

PERSONAL = (
    "GIT_SSH", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES", "GIT_AUTHOR_", "GIT_COMMITTER_",
)  # fmt: skip
"""How the variables begin with which a person says who they are and how they reach a remote."""
OURS = "ANTHROPIC_"
"""How the variables begin that concern the model's endpoint: no other program needs its key."""
ISOLATED = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null/none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C.UTF-8",
}
"""The environment of git where it only reads and writes objects: as they are, from here alone, asking nobody."""


def foreign(*, personal: bool) -> list[str]:
    """Names of variables that git must not see: what a hook or an outer git left, and the endpoint's.

    What the person set for themselves stays where git acts as theirs (`personal`).
    """
    kept = PERSONAL if personal else ()
    return [name for name in os.environ if name.startswith(("GIT_", OURS)) and not name.startswith(kept)]


def clean() -> dict[str, str]:
    """The environment of a program that is run for the person: without what is foreign to it."""
    dropped = set(foreign(personal=True))
    return {name: value for name, value in os.environ.items() if name not in dropped}


def isolated() -> dict[str, str]:
    """The environment of git where nobody's settings count but the repository's own."""
    dropped = set(foreign(personal=False))
    return {**{name: value for name, value in os.environ.items() if name not in dropped}, **ISOLATED}


def locate(start: Path) -> tuple[Path, Path]:
    """(top of the working tree, git's common directory) of the repository that `start` lies in; Mistake if none."""
    # a bare repository that lies among a project's files is data of that project, with settings that nobody here made
    asked = [
        "git",
        "-c",
        "safe.bareRepository=explicit",
        "-C",
        str(start),
        "rev-parse",
        "--path-format=absolute",
        "--git-common-dir",
        "--show-toplevel",
    ]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, env=clean(), timeout=30, check=False)
    except FileNotFoundError as error:
        raise Mistake("git is not installed; install git 2.38 or later") from error
    if done.returncode:
        raise Mistake(unusable(start, done.stderr))
    found = done.stdout.splitlines()
    if len(found) != 2:
        raise Mistake(f"{start} can't be used: the path of its repository holds a line break; move it")
    return Path(found[1]), Path(found[0])


def unusable(start: Path, said: str) -> str:
    """What git's refusal means to the one who reads it."""
    if "not a git repository" in said:
        return f"{start} is not in a git repository; run `git init` and `harness init` there first"
    if "dubious ownership" in said:
        return (
            f"the repository of {start} belongs to another user, so git does not use it; if you trust it, run "
            f"`git config --global --add safe.directory {start}`"
        )
    if "bare repository" in said:
        return f"{start} lies in a bare repository, which has no files to work on; go to a clone's own top folder"
    why = said.strip().splitlines()[:1] or ["git does not say why"]
    return f"this repository can't be used: {why[0]}"


def kept(common: Path) -> bool:
    """Whether git keeps work of a run, in whatever way it stores its refs; names that no change can have left out."""
    asked = ["git", f"--git-dir={common}", "for-each-ref", "--format=%(refname)", "refs/harness"]
    done = subprocess.run(asked, capture_output=True, text=True, env=isolated(), timeout=30, check=False)
    return any(not ref.startswith("refs/harness/_") for ref in done.stdout.splitlines())


def home(common: Path) -> Path:
    """The harness's own folder: inside git's common directory, so that `git clean` never takes it."""
    return common / "harness"


def stored(common: Path, commit: str, path: str) -> bytes | None:
    """A file of a commit, None where there is none; by git itself, since its library takes long to load."""
    done = subprocess.run(
        ["git", f"--git-dir={common}", "cat-file", "blob", f"{commit}:{path}"],
        capture_output=True, env=isolated(), timeout=30, check=False,
    )  # fmt: skip
    return done.stdout if done.returncode == 0 else None


def stored_below(common: Path, commit: str, folder: str) -> list[str]:
    """The paths of a commit below `folder`."""
    asked = ["git", f"--git-dir={common}", "ls-tree", "-rz", "--full-tree", "--name-only", commit, "--", f"{folder}/"]
    env = {**isolated(), "GIT_LITERAL_PATHSPECS": "1"}
    done = subprocess.run(asked, capture_output=True, env=env, timeout=30, check=False)
    return [path.decode(errors="replace") for path in done.stdout.split(b"\0") if path]


def drafts(top: Path) -> list[str]:
    """Changes that have a proposal in the working tree and no record of an earlier run; a link is none."""
    folders = sorted(path.parent for path in (top / "openspec" / "changes").glob("*/proposal.md"))
    fresh = [folder.name for folder in folders if not folder.is_symlink() and not (folder / "record").exists()]
    return [name for name in fresh if NAME.fullmatch(name) and name != "archive"]
