"""Toolchains that are closed to other users: root's commands get a copy, an ordinary user's need none."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import Mistake
from harness.ports import Command
from harness.sandbox import landlock
from harness.sandbox.copies import KEPT, Copies
from harness.sandbox.probe import open_sandbox
from harness.sandbox.toolchain import toolchain, unreadable

ROOT = Path(__file__).parents[2]


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A small toolchain made under umask 077, in a directory that is closed itself."""
    made = tmp_path / "private" / "env"
    (made / "bin").mkdir(parents=True)
    (made / "lib").mkdir()
    (made / "bin" / "tool").write_text("#!/bin/sh\necho made\n")
    (made / "lib" / "data").write_text("data\n")
    (made / "lib" / "link").symlink_to("data")
    (made / "lib" / "out").symlink_to("/etc/shadow")
    (made / ".npmrc").write_text("token\n")
    os.mkfifo(made / "lib" / "pipe")
    for path, mode in (("bin/tool", 0o700), ("lib/data", 0o600), ("bin", 0o700), ("lib", 0o700), (".", 0o700)):
        (made / path).chmod(mode)
    made.parent.chmod(0o700)
    return made


def copies(cache: Path) -> list[Path]:
    folder = cache / "toolchains"
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.mark.skipif(landlock.version() < landlock.OLDEST, reason="no Landlock in this kernel")
def test_without_mounts_a_copy_works_where_it_lies(tmp_path: Path, tree: Path) -> None:
    """Links, settings and first lines name the copy; the command is told, and tells, of the original alone."""
    environment = tmp_path / "closed" / "env"
    make = f"umask 077; {shlex.quote(sys.executable)} -m venv --without-pip {shlex.quote(str(environment))}"
    subprocess.run(["sh", "-c", make], check=True, timeout=60)
    site = next(environment.glob("lib/python*/site-packages"))
    (site / "answer.py").write_text("VALUE = 42\n")
    script = environment / "bin" / "tool"
    script.write_text(
        f"#!{environment}/bin/python\nimport answer, sys\nprint(answer.VALUE, sys.prefix, *sys.argv[1:])\n"
    )
    script.chmod(0o700)
    sandbox = open_sandbox(tmp_path / "cache", highest=2)
    path = {"PATH": f"{environment}/bin:/usr/bin:/bin"}
    command = Command(
        f"tool {environment}; python -c 'import sys; print(sys.executable)'", tree, path, toolchain(environment)
    )
    said = f"42 {environment} {environment}\n{environment}/bin/python\n"
    assert [sandbox.run(command).output for _ in range(2)] == [said] * 2
    refused = Command(f"echo x > {site}/answer.py || echo refused", tree, read=command.read)
    assert sandbox.run(refused).output.endswith("refused\n")
    assert (site / "answer.py").read_text() == "VALUE = 42\n" and script.read_text().startswith(f"#!{environment}/bin")


def test_a_closed_environment_runs_in_the_sandbox(tmp_path: Path) -> None:
    """As root by one copy; an ordinary user's command reads what its user reads, so that no copy is made."""
    home, tree, cache = tmp_path / "closed", tmp_path / "tree", tmp_path / "cache"
    tree.mkdir()
    environment = home / "env"
    make = f"umask 077; {shlex.quote(sys.executable)} -m venv --without-pip {shlex.quote(str(environment))}"
    subprocess.run(["sh", "-c", make], check=True, timeout=60)
    site = next(environment.glob("lib/python*/site-packages"))
    (site / "answer.py").write_text("VALUE = 42\n")
    (site / "answer.py").chmod(0o600)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    sandbox = open_sandbox(cache)
    shell = f"{environment}/bin/python -c 'import answer, sys; print(answer.VALUE, sys.prefix)'"
    command = Command(shell, tree, read=toolchain(environment))
    assert [sandbox.run(command).output for _ in range(2)] == [f"42 {environment}\n"] * 2
    assert len(copies(cache)) == (1 if os.getuid() == 0 else 0)
    assert stat.S_IMODE(site.stat().st_mode) == 0o700

    (site / "answer.py").write_text("VALUE = 4321\n")
    assert open_sandbox(cache).run(command).output == f"4321 {environment}\n"
    refused = Command(f"echo x > {site}/answer.py || echo refused", tree, read=command.read)
    assert sandbox.run(refused).output.endswith("refused\n")


def test_what_a_copy_holds(closed: Path, tmp_path: Path) -> None:
    os.utime(closed / "lib" / "data", (1_000_000, 1_000_000))
    copy = Copies(tmp_path / "cache" / "toolchains").readable(closed)
    assert copy.parent == tmp_path / "cache" / "toolchains"
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert unreadable(copy) == ""
    modes = {path: stat.S_IMODE((copy / path).lstat().st_mode) for path in ("", "bin", "lib", "bin/tool", "lib/data")}
    assert modes == {"": 0o755, "bin": 0o755, "lib": 0o755, "bin/tool": 0o755, "lib/data": 0o644}
    assert (copy / "lib" / "data").stat().st_mtime == 1_000_000
    assert (copy / "lib" / "data").stat().st_ino != (closed / "lib" / "data").stat().st_ino
    assert [os.readlink(copy / "lib" / name) for name in ("link", "out")] == ["data", "/etc/shadow"]
    assert not (copy / ".npmrc").exists() and not (copy / "lib" / "pipe").exists()


def test_an_environment_behind_a_link_is_copied(closed: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(closed)
    assert (Copies(tmp_path / "toolchains").readable(tmp_path / "link") / "bin" / "tool").is_file()


def test_what_is_open_or_no_toolchain_is_left_alone(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "toolchains"
    place = tmp_path / "open"
    (place / "bin").mkdir(parents=True)
    for path in (place, place / "bin"):
        path.chmod(0o755)
    assert Copies(folder).readable(place) == place
    assert Copies(closed / "cache").readable(closed) == closed
    (closed / ".git").mkdir()
    assert Copies(folder).readable(closed) == closed
    (closed / ".git").rmdir()
    monkeypatch.setenv("HOME", str(closed / "lib"))
    assert Copies(folder).readable(closed) == closed
    assert not folder.exists()


def test_a_copy_is_made_once_for_each_state(closed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "toolchains"
    first = Copies(folder).readable(closed)
    made = first.stat().st_ino
    again = Copies(folder).readable(closed)
    assert (again, again.stat().st_ino) == (first, made)
    (closed / "lib" / "data").write_text("other data\n")
    assert Copies(folder).readable(closed) != first
    assert (first / "lib" / "data").read_text() == "data\n"


def test_the_newest_copies_stay_and_those_in_use(closed: Path, tmp_path: Path) -> None:
    """Another process leaves more copies than are kept; what this one uses outlives them all."""
    folder = tmp_path / "toolchains"
    mine = Copies(folder).readable(closed)
    others = """
import sys
from pathlib import Path
from harness.sandbox.copies import Copies
for n in range(6):
    (Path(sys.argv[2]) / "lib" / "data").write_text("x" * n)
    Copies(Path(sys.argv[1])).readable(Path(sys.argv[2]))
"""
    command = [sys.executable, "-c", others, str(folder), str(closed)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    assert len(list(folder.iterdir())) == 7
    (closed / "lib" / "data").write_text("the last state")
    last = Copies(folder).readable(closed)
    left = set(folder.iterdir())
    assert {mine, last} <= left and len(left) == KEPT + 1


def test_a_copy_that_can_not_be_made_is_one_sentence(closed: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Mistake, match=r"is closed to other users: run `chmod -R o\+rX .*` \(a copy could not be made"):
        Copies(tmp_path / "file" / "toolchains").readable(closed)
