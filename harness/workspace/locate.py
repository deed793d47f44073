"""Where a repository and the harness's own folder lie. Needs no library, so that `status` starts fast."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from harness.domain.change import NAME
from harness.errors import Mistake

LOCAL = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_CONFIG",
)  # fmt: skip
"""Variables that a hook or an outer git may leave in the environment."""


def clean() -> dict[str, str]:
    """The environment without an outer git's local variables."""
    return {k: v for k, v in os.environ.items() if k not in LOCAL}


def locate(start: Path) -> tuple[Path, Path]:
    """(top of the working tree, git's common directory) of the repository that `start` lies in; Mistake if none."""
    asked = ["git", "-C", str(start), "rev-parse", "--path-format=absolute", "--git-common-dir", "--show-toplevel"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, env=clean(), timeout=30, check=False)
    except FileNotFoundError as error:
        raise Mistake("git is not installed; install git 2.38 or later") from error
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:] or ["git does not say why"]
        if "not a git repository" in done.stderr:
            raise Mistake(f"{start} is not in a git repository; run `git init` and `harness init` there first")
        raise Mistake(f"this repository can't be used: {why[0]}")
    common, top = done.stdout.splitlines()[:2]
    return Path(top), Path(common)


def kept(common: Path) -> bool:
    """Whether git keeps work of a run, in whatever way it stores its refs; names that no change can have left out."""
    asked = ["git", f"--git-dir={common}", "for-each-ref", "--format=%(refname)", "refs/harness"]
    done = subprocess.run(asked, capture_output=True, text=True, env=clean(), timeout=30, check=False)
    return any(not ref.startswith("refs/harness/_") for ref in done.stdout.splitlines())


def home(common: Path) -> Path:
    """The harness's own folder: inside git's common directory, so that `git clean` never takes it."""
    return common / "harness"


def stored(common: Path, commit: str, path: str) -> bytes | None:
    """A file of a commit, None where there is none; by git itself, since its library takes long to load."""
    done = subprocess.run(
        ["git", f"--git-dir={common}", "cat-file", "blob", f"{commit}:{path}"],
        capture_output=True, env={**clean(), "GIT_NO_LAZY_FETCH": "1"}, timeout=30, check=False,
    )  # fmt: skip
    return done.stdout if done.returncode == 0 else None


def drafts(top: Path) -> list[str]:
    """Changes that have a proposal in the working tree and no record of an earlier run."""
    folders = sorted(path.parent for path in (top / "openspec" / "changes").glob("*/proposal.md"))
    fresh = [folder.name for folder in folders if not (folder / "record").exists()]
    return [name for name in fresh if NAME.fullmatch(name) and name != "archive"]
