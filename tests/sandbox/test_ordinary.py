"""Started by root, these tests run again as an ordinary user, with a copy of the interpreter that root's home hides."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.sandbox.copies import Copies
from harness.sandbox.identity import unused
from harness.sandbox.place import place
from harness.sandbox.relocate import libraries
from harness.sandbox.toolchain import interpreter, toolchain

ROOT = Path(__file__).parents[2]
FILES = ("test_limits.py", "test_isolation.py", "test_death.py", "test_probe.py", "test_confined.py")


@dataclass(frozen=True, slots=True)
class Ordinary:
    """A user without rights, with this code and what it needs."""

    uid: int
    home: Path
    python: Path
    env: dict[str, str]

    def run(self, *argv: str, seconds: float) -> subprocess.CompletedProcess[str]:
        """Python with `argv` as that user, in a copy of the repository."""
        way = str(place().stat().st_gid)
        become = ["setpriv", "--reuid", str(self.uid), "--regid", str(self.uid), "--groups", way]
        command = [*become, str(self.python), *argv]
        return subprocess.run(
            command, cwd=self.home / "code", env=self.env, capture_output=True, text=True, timeout=seconds
        )


@pytest.fixture
def ordinary() -> Iterator[Ordinary]:
    if os.getuid() != 0:
        pytest.skip("only root can become another user; these tests ran as an ordinary one already")
    copies, moved = Copies(place() / "toolchains", moved=True), {}
    for path in (*interpreter()[1], *toolchain(Path(sys.prefix))):
        copy = copies.readable(path, moved)
        moved |= {path: copy} if copy != path else {}
    prefix, uid = Path(sys.prefix), unused()
    home = place() / f"ordinary-{uid}"
    (home / "code" / "tests").mkdir(parents=True)
    try:
        quiet = shutil.ignore_patterns("__pycache__")
        for part in ("harness", "tests/sandbox"):
            shutil.copytree(ROOT / part, home / "code" / part, ignore=quiet)
        for name in ("pyproject.toml", "tests/__init__.py"):
            shutil.copy(ROOT / name, home / "code" / name)
        for path in (home, *home.rglob("*")):
            os.chown(path, uid, uid)
            path.chmod(0o755 if path.is_dir() else 0o644)
        env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LD_LIBRARY_PATH": libraries(moved), "LANG": "C.UTF-8"}
        env |= {"PYTHONPATH": str(home / "code"), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(home)}
        yield Ordinary(uid, home, moved.get(prefix, prefix) / "bin" / "python", env)
    finally:
        shutil.rmtree(home)
        shutil.rmtree(Path("/var/tmp", f"harness-{uid}"), ignore_errors=True)


def test_everything_holds_for_an_ordinary_user_too(ordinary: Ordinary) -> None:
    files = [f"tests/sandbox/{name}" for name in FILES]
    done = ordinary.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", *files, seconds=300)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "skipped" not in done.stdout.splitlines()[-1], done.stdout[-3000:]
