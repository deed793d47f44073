"""A real git repository, a real bench on it, and a sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.config import Config
from harness.domain.change import Change
from harness.domain.digest import digest_bytes
from harness.gates.bench import GitBench
from harness.ports import Sandbox, Subject
from harness.sandbox.probe import open_sandbox
from harness.sandbox.toolchain import toolchain
from harness.workspace.git import Git
from harness.workspace.walk import remove_tree
from tests.gates.double import PlainSandbox

GIT = {
    "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com", "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.com", "GIT_CONFIG_GLOBAL": "/dev/null", "PATH": os.environ["PATH"],
}  # fmt: skip


class Repo:
    """A repository whose commits are made from files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("init", "-q", "-b", "develop")
        self.base = ""

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.path, env=GIT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, files: dict[str, str | bytes | None], message: str = "feat: add things") -> str:
        """Write files (None deletes) and commit them."""
        for name, content in files.items():
            target = self.path / name
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


class Stand:
    """Everything that a gate needs."""

    def __init__(self, repo: Repo, bench: GitBench, blobs: dict[str, bytes]) -> None:
        self.repo = repo
        self.bench = bench
        self.blobs = blobs
        self.base = repo.commit({"README.md": "# Sample\n"}, "chore: begin")

    def rebase(self, files: dict[str, str | bytes | None]) -> None:
        """Put files on the base."""
        self.base = self.repo.commit(files, "chore: set up")

    def subject(self, config: Config | None = None, **over: object) -> Subject:
        """The subject of the repository's present commit."""
        head = self.repo.git("rev-parse", "HEAD")
        values: dict[str, object] = {
            "change": Change(name="add-items"), "config": config or Config(), "base": self.base, "entered": self.base,
            "head": head, "tree": self.repo.git("rev-parse", f"{head}^{{tree}}"), "writes": lambda path: "",
        }  # fmt: skip
        return Subject(**{**values, **over})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def short() -> Iterator[Path]:
    """A directory with a short path: sockets lie below it."""
    path = Path(tempfile.mkdtemp(prefix="g", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def sandbox(short: Path) -> Sandbox:
    """The double; the real sandbox where HARNESS_TEST_SANDBOX=real asks for it."""
    if os.environ.get("HARNESS_TEST_SANDBOX") == "real":
        found = open_sandbox()
        assert found.level == 3, found.why
        return found
    logs = short / "logs"
    logs.mkdir()
    return PlainSandbox(logs)


@pytest.fixture
def make(tmp_path: Path, short: Path) -> Callable[..., Stand]:
    """Makes a stand with a sandbox, and a way to package registries where one is given."""

    def stand(sandbox: Sandbox, way: Any = None) -> Stand:
        repo = tmp_path / "repo"
        repo.mkdir()
        blobs: dict[str, bytes] = {}

        def put(data: bytes) -> str:
            name = digest_bytes(data)
            blobs[name] = data
            return name

        made = Repo(repo)
        bench = GitBench(
            Git(repo / ".git"), sandbox, scratch=short / "s", blobs_put=put, toolchain=toolchain(Path(sys.prefix)),
            environment=sys.prefix, remove=remove_tree, way=way,
        )  # fmt: skip
        return Stand(made, bench, blobs)

    return stand


@pytest.fixture
def stand(make: Callable[[Sandbox], Stand], sandbox: Sandbox) -> Stand:
    """A repository with one base commit, and a bench on it."""
    return make(sandbox)
