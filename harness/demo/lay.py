"""Lays the packaged sample repository out: a real git repository with its history, branches and the proposal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from harness.errors import Mistake
from harness.workspace.locate import clean

HERE = Path(__file__).parent
CHANGE = "add-note-tags"
TRANSCRIPT = HERE / "transcript.jsonl"
OWNER = ("Demo Owner", "owner@demo.invalid")
NEEDED = ("pytest", "coverage", "pyflakes")
"""Packages that the sample's own commands import."""
PROGRAMS = ("detect-secrets", "jscpd", "mypy", "ruff")
"""Programs that the gates call which the sample's harness.toml names."""
_BEGAN = "2026-01-05T09:00:00 +0000"


def lay(folder: Path, environment: Path | None = None) -> Path:
    """A new repository in the empty `folder`: develop is checked out, the proposal lies in the working tree."""
    if folder.exists() and any(folder.iterdir()):
        raise Mistake(f"{folder} is not empty; name a new folder")
    shutil.copytree(HERE / "service", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    settings = folder / "harness.toml"
    named = f'[project]\nenvironment = "{environment or sys.prefix}"\n'
    settings.write_text(settings.read_text(encoding="utf-8").replace("[project]\n", named, 1), encoding="utf-8")
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "config", "user.name", OWNER[0])
    _git(folder, "config", "user.email", OWNER[1])
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "chore: begin the notes service")
    _git(folder, "checkout", "-q", "-b", "develop")
    place = folder / "openspec" / "changes" / CHANGE
    place.mkdir(parents=True)
    shutil.copyfile(HERE / "proposal.md", place / "proposal.md")
    return folder


def lacking() -> list[str]:
    """What the sample's own commands and its gates need and this environment does not have."""
    import importlib.util

    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    return absent + [name for name in PROGRAMS if not (Path(sys.prefix) / "bin" / name).exists()]


def _git(folder: Path, *args: str) -> None:
    env = {**clean(), "GIT_AUTHOR_DATE": _BEGAN, "GIT_COMMITTER_DATE": _BEGAN, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "commit.gpgSign=false", *args],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    if done.returncode:
        raise Mistake(f"the sample repository can't be made: {done.stderr.strip()}")
