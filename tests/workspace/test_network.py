"""An agent's directory whose role names a registry, where there is no way to one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.domain.role import Role
from harness.egress.outlet import Outlet
from harness.ports import Outfit, Sandbox
from harness.sandbox.none import NoSandbox
from harness.tools.bash import BASH
from harness.workspace.directory import Directory
from harness.workspace.git import Git
from tests.egress.test_outlet import scratch
from tests.workspace.test_directory import FOLDER, REF, base, git, sandbox  # noqa: F401

ROLE = Role(name="dev", title="Dev", email="d@localhost", model="m", tools=("bash",), write=("**",), network=("npm",))


@pytest.fixture
def made(tmp_path: Path, git: Git, base: str, sandbox: Sandbox) -> Directory:  # noqa: F811
    return Directory(
        tmp_path / "private", objects=git, snapshot=base, ref=REF, role=ROLE, folder=FOLDER, sandbox=sandbox, read=(),
        env={}, ignored=lambda path: False, date=lambda: 1, egress=Outlet(NoSandbox("nothing holds"), scratch),
        outfit=lambda commit: Outfit(env={"MARK": commit}, note="set-up: not the one that was asked for"),
    )  # fmt: skip


def test_the_command_runs_without_and_is_told_why(made: Directory, base: str) -> None:  # noqa: F811
    assert BASH.run is not None
    result = BASH.run({"command": "env | grep -ci proxy; echo $MARK; echo new > src/new.py"}, made)
    assert result.text == (
        f"exit 0\n0\n{base}\nset-up: not the one that was asked for\n"
        "network: none: package registries (npm) can be reached at sandbox level 3 only, and this is level 0: "
        "nothing holds"
    )
    assert BASH.run({"command": "echo $MARK"}, made).text.splitlines()[1] not in ("", base), "what was kept counts"
    made.close()
