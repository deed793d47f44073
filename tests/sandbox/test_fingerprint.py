"""What tells one state of a toolchain from another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.sandbox.fingerprint import system, toolchains


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    (tmp_path / "tools/bin").mkdir(parents=True)
    (tmp_path / "tools/bin/run").write_text("one")
    return tmp_path / "tools"


def test_the_order_and_what_is_named_twice_do_not_count(tools: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert toolchains([tools, other]) == toolchains([other, tools, other])


def test_what_is_replaced_added_or_removed_counts(tools: Path) -> None:
    seen = {toolchains([tools])}
    program = tools / "bin/run"
    times = program.stat().st_mtime_ns
    (tools / "bin/new").write_text("two")
    os.utime(tools / "bin/new", ns=(times, times))
    (tools / "bin/new").replace(program)
    seen.add(toolchains([tools]))
    program.write_text("six")
    seen.add(toolchains([tools]))
    (tools / "bin/more").symlink_to("run")
    seen.add(toolchains([tools]))
    program.chmod(0o700)
    seen.add(toolchains([tools]))
    assert len(seen) == 5


def test_using_and_copying_a_toolchain_does_not_count(tools: Path, tmp_path: Path) -> None:
    before = toolchains([tools])
    (tools / "bin/__pycache__").mkdir()
    (tools / "bin/__pycache__/run.pyc").write_text("x")
    os.link(tools / "bin/run", tmp_path / "copy")
    assert toolchains([tools]) == before


def test_the_system_is_the_same_twice() -> None:
    assert system() == system()
