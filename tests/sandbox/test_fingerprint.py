"""What tells one state of a toolchain from another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.sandbox.fingerprint import programs, system, toolchains


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    (tmp_path / "tools/bin").mkdir(parents=True)
    (tmp_path / "tools/bin/run").write_text("one")
    return tmp_path / "tools"


def test_the_order_and_what_is_named_twice_do_not_count(tools: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert toolchains([tools, other]) == toolchains([other, tools, other])
    (tmp_path / "link").symlink_to(tools)
    assert toolchains([tools]) == toolchains([tools, tmp_path / "link"]) != toolchains([tools, other])


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


def test_of_what_lies_apart_only_the_first_level_counts(tools: Path) -> None:
    packages = tools / "lib"
    (packages / "tool-1.0.dist-info").mkdir(parents=True)
    before = toolchains([tools], [packages])
    (packages / "tool-1.0.dist-info/RECORD").write_text("x")
    assert toolchains([tools], [packages]) == before != toolchains([tools])
    (packages / "tool-1.0.dist-info").rename(packages / "tool-1.1.dist-info")
    after = toolchains([tools], [packages])
    (packages / "tool.py").write_text("x")
    assert len({before, after, toolchains([tools], [packages])}) == 3


def test_another_program_on_the_path_counts(tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tools / "bin/run").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools / "bin"))
    seen = [programs(["run"])]
    assert programs(["run"]) == seen[0]
    (tools / "bin/run").write_text("other")
    seen.append(programs(["run"]))
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer/run").write_text("other")
    (tmp_path / "newer/run").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/newer:{tools}/bin")
    seen.append(programs(["run"]))
    monkeypatch.setenv("PATH", str(tmp_path))
    seen.append(programs(["run"]))
    assert len(set(seen)) == 4


def test_the_system_is_the_same_twice() -> None:
    assert system() == system()
