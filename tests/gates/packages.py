"""The npm packages of a sample, by its lock file, and how commands of a gate get at them."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness.domain.digest import digest_bytes
from harness.ports import Outfit

SAMPLES = Path(__file__).parent.parent / "samples"
_INSIDE = "/repo/node_modules"
CACHES = (".cache", ".vite", ".vite-temp", ".vitest")


def packages(sample: Path) -> Path:
    """The packages of a sample's lock file, installed once; a skip where npm or its registry is not to be had."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    name = digest_bytes((sample / "package-lock.json").read_bytes())[:16]
    folder = Path(tempfile.gettempdir(), f"harness-{sample.name}-{name}")
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            for each in ("package.json", "package-lock.json"):
                shutil.copy(sample / each, folder)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
            if done.returncode:
                pytest.skip(f"npm ci does not work here: {done.stderr[-300:]}")
            for cache in CACHES:
                (folder / "node_modules" / cache).mkdir(exist_ok=True)
            (folder / "done").touch()
    return folder / "node_modules"


def dressed(sample: Path) -> Outfit:
    """The packages of a sample where commands find them."""
    return mounted(packages(sample))


def mounted(modules: Path) -> Outfit:
    """A node_modules where commands find it; what tools keep in there is empty and writable, where it has a place."""
    caches = ((None, f"{_INSIDE}/{cache}") for cache in CACHES if (modules / cache).is_dir())
    return Outfit(((modules, _INSIDE), *caches), {"PATH": f"{_INSIDE}/.bin:/usr/local/bin:/usr/bin:/bin"})
