"""Fetches a package and what its commands need, by pip and npm as they are configured; once for each definition."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

from harness.domain.digest import digest_bytes
from harness.errors import Mistake
from tests.gates.packages import CACHES
from tests.gates.public.package import Package, Published

SECONDS = 900


def fetched(package: Package) -> tuple[Published, Path]:
    """(the package as published, its environment: a virtual one, or node_modules)."""
    key = digest_bytes(repr((package.label, package.environment, package.lock)).encode())[:12]
    top = Path(tempfile.gettempdir(), f"harness-public-{package.name.replace('/', '-')}-{key}")
    top.mkdir(mode=0o755, exist_ok=True)
    with (top / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (top / "done").exists():
            for name in ("download", "published", "environment"):
                shutil.rmtree(top / name, ignore_errors=True)
            _source(package, top)
            (_python if package.registry == "pypi" else _node)(package, top)
            (top / "done").touch()
    below = "environment/node_modules" if package.registry == "npm" else "environment"
    return Published(top / "published"), top / below


def _source(package: Package, top: Path) -> None:
    """Download the archive that was published, and unpack it."""
    place = top / "download"
    place.mkdir()
    if package.registry == "pypi":
        asked = f"{package.name}=={package.version}"
        flags = ["--quiet", "--no-deps", "--no-binary", package.name, "--dest", str(place)]
        _run([sys.executable, "-m", "pip", "download", *flags, asked], top)
    else:
        _run(["npm", "pack", "--silent", f"{package.name}@{package.version}"], place)
    (archive,) = (path for path in place.iterdir() if path.name.endswith((".tar.gz", ".tgz")))
    with tarfile.open(archive) as tar:
        tar.extractall(place / "unpacked", filter="data")
    (inner,) = (place / "unpacked").iterdir()
    inner.rename(top / "published")


def _python(package: Package, top: Path) -> None:
    venv.create(top / "environment", with_pip=True, symlinks=True)
    if package.environment:
        flags = ["install", "--quiet", "--disable-pip-version-check"]
        _run([str(top / "environment/bin/python"), "-m", "pip", *flags, *package.environment], top)


def _node(package: Package, top: Path) -> None:
    """npm installs without scripts of packages; caches that tools want to write get a place."""
    place = top / "environment"
    place.mkdir()
    wanted = dict(each.rsplit("@", 1) for each in package.environment)
    (place / "package.json").write_text(json.dumps({"name": "environment", "private": True, "dependencies": wanted}))
    (place / "node_modules").mkdir()
    _run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"], place)
    for cache in CACHES:
        (place / "node_modules" / cache).mkdir(exist_ok=True)
    if package.lock:
        _run(["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit"], top / "published")


def _run(command: Sequence[str], cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise Mistake(f"`{' '.join(command[:4])} …` ended with {done.returncode}: {done.stderr[-300:]}")
