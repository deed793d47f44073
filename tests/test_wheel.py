"""The wheel, built and installed into an empty environment: what people get is what is tested here.

Built and installed once for all tests of this file; the dependencies come from the index that pip uses.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from harness import __version__
from harness.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
SECONDS = 300
"""The longest that one step may take, over a slow connection."""
OWNER = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in
         (("NAME", "Wheel Owner"), ("EMAIL", "owner@wheel.invalid"))}  # fmt: skip


def run(*words: str | Path, cwd: Path, code: int = 0) -> str:
    """What a program prints; the test fails where it ends otherwise than with `code`."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GIT_", "ANTHROPIC_", "PYTEST_"))} | OWNER
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == code, f"{' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds the wheel, its dependencies and nothing else."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(place, with_pip=True)
    run(place / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel, cwd=place)
    return place / "bin"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small repository with one commit on main."""
    (tmp_path / "app.py").write_text("VALUE = 1\n", encoding="utf-8")
    run("git", "init", "-q", "-b", "main", cwd=tmp_path)
    run("git", "config", "user.name", "Wheel Owner", cwd=tmp_path)
    run("git", "config", "user.email", "owner@wheel.invalid", cwd=tmp_path)
    run("git", "add", "-A", cwd=tmp_path)
    run("git", "commit", "-q", "-m", "chore: begin", cwd=tmp_path)
    return tmp_path


def test_the_wheel_carries_every_file(wheel: Path) -> None:
    assert wheel.name == f"virtual_team_harness-{__version__}-py3-none-any.whl"
    tracked = run("git", "ls-files", "-z", "harness", "roles", "prompts", cwd=ROOT).split("\0")
    present = [name for name in tracked if name and (ROOT / name).is_file()]
    wanted = {name if name.startswith("harness/") else f"harness/_data/{name}" for name in present}
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert sorted(name for name in wanted - held if not name.endswith("/.keep")) == []
    assert any(name.startswith("harness/demo/service/") for name in wanted)
    assert not [name for name in held if name.startswith(("tests/", "docs/", "openspec/", "TBC/"))]


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = f"virtual_team_harness-{__version__}.dist-info"
        about = archive.read(f"{info}/METADATA").decode()
        entries = archive.read(f"{info}/entry_points.txt").decode()
        assert any(name.endswith("LICENSE") for name in archive.namelist())
    assert "Name: virtual-team-harness\n" in about and "License-Expression: MIT\n" in about
    assert "harness = harness.__main__:main" in entries and "[pytest11]" in entries


def test_the_command_is_there(programs: Path, tmp_path: Path) -> None:
    assert __version__ in run(programs / "harness", "--version", cwd=tmp_path)
    told = run(programs / "harness", "--help", cwd=tmp_path)
    assert [name for name in COMMANDS if f"  {name} " not in told] == []
    assert run(programs / "python", "-m", "harness", "--version", cwd=tmp_path).endswith(f"{__version__}\n")


def test_a_repository_can_be_set_up(programs: Path, repository: Path) -> None:
    told = run(programs / "harness", "init", "--commit", cwd=repository)
    assert "wrote harness.toml" in told
    assert (repository / "TBC/charter.md").is_file()
    assert "harness.toml" in run("git", "ls-tree", "--name-only", "develop", cwd=repository)
    run(programs / "harness", "new", "add-value", cwd=repository)
    told = run(programs / "harness", "status", cwd=repository)
    assert "add-value" in told
    run(programs / "harness", "run", "add-value", cwd=repository, code=2)


def test_roles_and_prompts_are_found(programs: Path, tmp_path: Path) -> None:
    program = (
        "from harness import shipped; print(*(len(list(shipped.folder(n).iterdir())) for n in ('roles', 'prompts')))"
    )
    roles, prompts = run(programs / "python", "-c", program, cwd=tmp_path).split()
    assert int(roles) >= len(list((ROOT / "roles").glob("*.toml")))
    assert int(prompts) >= len(list((ROOT / "prompts").glob("*.md.j2")))


def test_the_sample_can_be_laid_out(programs: Path, tmp_path: Path) -> None:
    run(programs / "harness", "demo", "--lay-only", "--into", tmp_path / "notes", cwd=tmp_path)
    assert run("git", "branch", "--show-current", cwd=tmp_path / "notes") == "develop\n"
    assert (tmp_path / "notes/docs/openapi.yaml").is_file()


def test_pytest_finds_the_fixture(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "import pytest\n\n\ndef test_it(replay_transcript):\n    with pytest.raises(pytest.fail.Exception):\n"
        "        replay_transcript('missing.jsonl')\n",
        encoding="utf-8",
    )
    assert "1 passed" in run(programs / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
