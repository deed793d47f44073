"""A repository of a public package: develop has it as published, its configuration, and what `harness init` adds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.config import FILE
from harness.errors import Mistake
from harness.sandbox.toolchain import toolchain
from tests.gates.conftest import GIT
from tests.gates.corpus.bed import Ground, repository
from tests.gates.packages import mounted
from tests.gates.public.fetch import fetched
from tests.gates.public.package import Package, Published


@contextmanager
def ground(package: Package) -> Iterator[tuple[Ground, Published]]:
    """(what its deliveries begin with, the package as published)."""
    published, environment = fetched(package)
    with repository() as (repo, _):
        shutil.copytree(published.path, repo.path, symlinks=True, dirs_exist_ok=True)
        repo.commit({**package.develop, FILE: package.config}, f"chore: import {package.name} {package.version}")
        command = [sys.executable, "-m", "harness", "init", "--commit"]
        done = subprocess.run(
            command, cwd=repo.path, env={**os.environ, **GIT}, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode:
            raise Mistake(f"`harness init` ended with {done.returncode} on {package.label}: {done.stderr[-300:]}")
        yield _ground(repo.path, environment), published


def _ground(repository: Path, environment: Path) -> Ground:
    if environment.name == "node_modules":
        return Ground(repository, environment="", toolchain=(), outfit=mounted(environment))
    return Ground(repository, str(environment), toolchain(environment))
