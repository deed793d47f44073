"""The registries of this machine's own package managers: only where HARNESS_TEST_REGISTRIES=1 asks for the outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.egress.outlet import Outlet
from harness.ports import Command, Limits, Sandbox
from harness.sandbox.probe import open_sandbox
from tests.egress.test_outlet import scratch

pytestmark = pytest.mark.skipif(
    os.environ.get("HARNESS_TEST_REGISTRIES") != "1", reason="set HARNESS_TEST_REGISTRIES=1 to reach the registries"
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return open_sandbox(tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize(
    ("kind", "shell"),
    [
        ("pypi", "python3 -m venv .venv && .venv/bin/pip install -q six && .venv/bin/python -c 'import six'"),
        ("npm", "npm install --silent is-odd && node -e 'process.exit(require(\"is-odd\")(3) ? 0 : 1)'"),
    ],
)
def test_a_package_is_installed(sandbox: Sandbox, tmp_path: Path, kind: str, shell: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    with Outlet(sandbox, scratch).open([kind]) as way:  # type: ignore[list-item]
        outcome = sandbox.run(way.through(Command(shell, tree, limits=Limits(wall=120))))
    assert outcome.code == 0, outcome.output
    assert way.reached()
    assert all(row.why == "" and row.received > 0 for row in way.reached())
