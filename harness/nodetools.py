"""The compiler and the linter that gates run on TypeScript: pinned packages of npm in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

from harness.errors import Mistake

FOLDER = Path(__file__).parent / "gates" / "node"
"""What ships: the pinned packages, and the harness's own rules."""
_PINNED = ("package.json", "package-lock.json")
_SECONDS = 600


@cache
def place() -> Path:
    """Where this version's packages lie, or would."""
    name = sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()[:12]
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "harness" / f"node-{name}"


def missing() -> str:
    """Why they can't be used, with what puts it right, or ''."""
    if shutil.which("node") is None:
        return "node is not installed: install Node.js 20 or later, then run `harness tools`"
    return "" if place().is_dir() else "the Node packages of the gates are not installed: run `harness tools`"


def install() -> Path:
    """Install them where they are not, by npm and its own configuration; no package runs a script. Mistake says why."""
    target = place()
    if target.is_dir():
        return target
    if shutil.which("npm") is None:
        raise Mistake("npm is not installed: install Node.js 20 or later")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix="node-", dir=target.parent))
    try:
        for name in _PINNED:
            shutil.copy(FOLDER / name, work)
        _fetch(work)
        # commands in the sandbox read it as another user
        work.chmod(0o755)
        if not target.is_dir():
            work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def _fetch(work: Path) -> None:
    call = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(call, cwd=work, capture_output=True, text=True, timeout=_SECONDS, umask=0o022)
    except subprocess.TimeoutExpired as error:
        raise Mistake(f"npm did not end within {_SECONDS} s") from error
    if done.returncode:
        raise Mistake(f"npm could not install the packages: {done.stderr.strip()[-400:]}")
