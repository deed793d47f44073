"""Real repositories and the command as users call it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.warm import ROOT, called


@dataclass(frozen=True)
class Shell:
    """Runs `harness` and `git` in one directory, without a terminal."""

    top: Path
    env: dict[str, str]

    def harness(self, *args: str, code: int = 0, env: dict[str, str] | None = None) -> str:
        """Everything that the command says; its exit code has to be `code`."""
        returned, said = called(list(args), self.top, {**self.env, **(env or {})})
        assert returned == code, said
        assert "Traceback" not in said
        return said

    def git(self, *args: str) -> str:
        return subprocess.run(
            ["git", *args], cwd=self.top, env=self.env, capture_output=True, text=True, timeout=60, check=True
        ).stdout.strip()

    def write(self, path: str, text: str) -> None:
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).write_text(text, encoding="utf-8")


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., Shell]:
    """shell(branch): an empty repository whose unborn branch has that name."""

    def made(branch: str = "main") -> Shell:
        top = tmp_path / "sample"
        top.mkdir()
        env = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "ANTHROPIC_", "HARNESS_"))}
        env |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200"}
        sh = Shell(top, env)
        sh.git("init", "-q", "-b", branch)
        sh.git("config", "user.name", "Ada")
        sh.git("config", "user.email", "ada@example.org")
        return sh

    return made
