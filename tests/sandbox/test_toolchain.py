"""Which directories a toolchain needs, and which user commands get."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import Mistake
from harness.ports import Command, Sandbox
from harness.sandbox.identity import unused
from harness.sandbox.toolchain import interpreter, toolchain, unreadable, unseen


def test_a_real_environment_runs_in_the_sandbox(sandbox: Sandbox, tree: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    site = next(environment.glob("lib/python*/site-packages"))
    (site / "answer.py").write_text("VALUE = 42\n")
    read = toolchain(environment)
    assert read[0] == environment or environment in read
    shell = f"{environment}/bin/python -c 'import answer, sys; print(answer.VALUE, sys.prefix)'"
    outcome = sandbox.run(Command(shell, tree, read=read))
    assert outcome.output == f"42 {environment}\n"


@pytest.mark.parametrize("mode", [0o755, 0o700], ids=["open", "closed"])
def test_an_environment_behind_a_link_runs_in_the_sandbox(
    sandbox: Sandbox, tree: Path, tmp_path: Path, mode: int
) -> None:
    """Its scripts begin with the path that it was made at."""
    real, link = tmp_path / "real" / "env", tmp_path / "project" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(real)], check=True)
    (real / "bin" / "tool").write_text(f"#!{real}/bin/python3\nimport sys\nprint(sys.prefix)\n")
    (real / "bin" / "tool").chmod(0o755)
    real.chmod(mode)
    link.parent.mkdir()
    link.symlink_to("../real/env")
    shell = "tool && python3 -c 'import sys; print(sys.prefix)'"
    outcome = sandbox.run(Command(shell, tree, env={"PATH": f"{link}/bin:/usr/bin:/bin"}, read=toolchain(link)))
    said = outcome.output.splitlines()
    assert len(said) == 2 and set(said) <= {str(real), str(link)}


def test_the_installation_behind_an_environment(tmp_path: Path) -> None:
    for version in ("3.11.7", "3.12.1"):
        (tmp_path / version / "bin").mkdir(parents=True)
    (tmp_path / "3.11.7" / "bin" / "python3.11").touch()
    os.symlink("3.11.7", tmp_path / "3.11")
    environment = tmp_path / "env"
    (environment / "bin").mkdir(parents=True)
    (environment / "pyvenv.cfg").write_text(f"version = 3\nhome = {tmp_path}/3.11/bin\n")
    os.symlink(tmp_path / "3.11" / "bin" / "python3.11", environment / "bin" / "python3.11")
    os.symlink("python3.11", environment / "bin" / "python")
    assert set(toolchain(environment)) == {environment, tmp_path / "3.11.7", tmp_path / "3.11"}


def test_packages_that_an_environment_does_not_find(tmp_path: Path) -> None:
    base, environment = tmp_path / "3.11.7", tmp_path / "env"
    (base / "bin").mkdir(parents=True)
    packages = base / "lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    assert unseen(environment) == ()
    environment.mkdir()
    for text, found in (
        (f"home = {base}/bin\ninclude-system-site-packages = false\n", (packages,)),
        (f"home = {base}/bin\ninclude-system-site-packages = true\n", ()),
        (f"home = {base}/bin\n", ()),
        ("include-system-site-packages = false\n", ()),
    ):
        (environment / "pyvenv.cfg").write_text(text)
        assert unseen(environment) == found


def test_what_usr_holds_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\n")
    assert toolchain(tmp_path) == (tmp_path,)
    assert toolchain(tmp_path / "none") == ()
    (tmp_path / "node_modules").mkdir()
    assert toolchain(tmp_path / "node_modules") == (tmp_path / "node_modules",)


def test_an_environment_is_a_toolchain_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the repository names it: it may name a home, credentials, or the repository with its record."""
    home, repository = tmp_path / "home", tmp_path / "home" / "repository"
    for path in (home / ".ssh", home / "bin", repository / "bin", repository / "env" / "bin"):
        path.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    os.symlink(home, repository / "link")
    for wrong in (home, tmp_path, repository, repository / "link", repository / ".." / ".."):
        with pytest.raises(Mistake, match="more than a toolchain"):
            toolchain(wrong, (repository,))
    with pytest.raises(Mistake, match="is no toolchain"):
        toolchain(home / ".ssh", (repository,))
    assert toolchain(repository / "env", (repository,)) == (repository / "env",)


def test_the_files_of_an_environment_lead_to_installations_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, environment = tmp_path / "home", tmp_path / "env"
    for path in (home / ".ssh", home / "bin", environment / "bin"):
        path.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    (environment / "pyvenv.cfg").write_text(f"home = {home}/.ssh/bin\n")
    os.symlink(f"{home}/.ssh/bin/python", environment / "bin" / "python")
    assert toolchain(environment) == (environment,)
    (home / "bin" / "python3").touch()
    (environment / "pyvenv.cfg").write_text(f"home = {home}/bin\n")
    with pytest.raises(Mistake, match="more than a toolchain"):
        toolchain(environment)


def test_the_interpreter_of_the_harness_is_no_environment(sandbox: Sandbox, tree: Path) -> None:
    python, needed = interpreter()
    assert python.is_file() and not python.is_symlink()
    assert all(path.is_dir() for path in needed)
    assert sandbox.run(Command(f"{python} -I -S -c 'print(1)'", tree)).output == "1\n"


def test_a_closed_toolchain_is_named(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    tmp_path.chmod(0o755)
    (tmp_path / "bin").chmod(0o755)
    assert unreadable(tmp_path) == ""
    (tmp_path / "bin").chmod(0o700)
    assert unreadable(tmp_path) == f"{tmp_path}/bin is closed to other users: run `chmod -R o+rX {tmp_path}`"

    (tmp_path / "bin").chmod(0o755)
    package = tmp_path / "lib" / "python3.11" / "site-packages" / "package"
    package.mkdir(parents=True)
    (package.parent / "link").symlink_to("/etc/shadow")
    for path in (*package.parents[:3], package):
        path.chmod(0o755)
    assert unreadable(tmp_path) == ""
    package.chmod(0o750)
    assert unreadable(tmp_path).startswith(f"{package} is closed to other users")
    package.chmod(0o755)
    (tmp_path / "bin" / "tool").touch(mode=0o700)
    assert unreadable(tmp_path).startswith(f"{tmp_path}/bin/tool is closed to other users")


def test_an_unused_user(tmp_path: Path) -> None:
    table = tmp_path / "map"
    table.write_text("0 0 4294967295\n")
    numbers = {unused((table, table)) for _ in range(20)}
    assert len(numbers) > 10
    assert min(numbers) >= 1_900_000_000
    table.write_text("0 1000 1\n1 100000 65536\n")
    assert all(32_000 < unused((table, table)) < 65_537 for _ in range(20))
    table.write_text("0 1000 1\n")
    with pytest.raises(Mistake, match="ordinary user"):
        unused((table, table))
