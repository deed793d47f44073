"""Lock files of a branch name packages, or they are refused."""

from __future__ import annotations

import pytest

from harness.setup.inert import problem

PLAIN = 'a==1.0 \\\n  --hash=sha256:00ff \\\n  --hash=sha256:11\nb[x,y]>=1,<2 ; python_version > "3"  # why\n\n# end\n'
BUILD = '[build-system]\nrequires = ["hatchling"]\n'


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("requirements.txt", "", PLAIN),
        ("requirements.txt", "-r other.txt\n--index-url https://x/\n", "-r other.txt\n--index-url https://x/\nb\n"),
        ("pyproject.toml", BUILD, BUILD + '[project]\nname = "a"\ndependencies = ["b>=2"]\n[tool.ruff]\nx = 1\n'),
        ("pyproject.toml", "", '[tool.poetry.dependencies]\na = "^1"\nb = {version = "2", extras = ["c"]}\n'),
        (
            "package.json",
            '{"scripts": {"a": "b"}}',
            '{"scripts": {"a": "b"}, "dependencies": {"c": "^1", "d": "npm:@e/f@1"}}',
        ),
        ("package-lock.json", "1", '{"packages": {"": {}, "a": {"version": "1", "resolved": "https://r/a.tgz"}}}'),
        ("uv.lock", "", '[[package]]\nname = "a"\nsource = { registry = "https://r" }\n'),
        ("lib/yarn.lock", "", 'a@^1:\n  version "1"\n  resolved "https://r/a.tgz"\n'),
    ],
)
def test_names_of_packages_are_taken(path: str, old: str, new: str) -> None:
    assert problem(path, old.encode(), new.encode()) == ""


@pytest.mark.parametrize(
    "line",
    [
        "--no-binary :all:", "--no-binary=evil", "-e .", "./", ".", "evil @ file:///repo/x", "evil@git+https://x/y",
        "-r x",
        "https://x/y.tar.gz", "evil-1.0.tar.gz", "evil/", "--index-url https://x/", "a --config-settings=x=y",
        "${HOME}",
        'a; python_version > "3" --global-option=x', "a --hash=sha256:00 --no-binary=a", "b \\\n--no-binary\\\n=b",
        "evil-1.\\\nzip", "# coding: utf-7", "a\x0c-e .",
    ],
)  # fmt: skip
def test_more_than_a_name_in_requirements_is_refused(line: str) -> None:
    assert problem("requirements.txt", b"a\n", f"{line}\n".encode()).startswith("requirements.txt:")


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("pyproject.toml", BUILD, BUILD + 'backend-path = ["."]\n'),
        ("pyproject.toml", "", BUILD),
        ("pyproject.toml", BUILD, BUILD + "[tool.hatch.build.hooks.custom]\n"),
        ("pyproject.toml", BUILD, BUILD + '[tool.uv.sources]\na = {path = "x"}\n'),
        ("pyproject.toml", "", '[project]\ndependencies = ["a @ file:///repo/x"]\n'),
        ("pyproject.toml", "", '[tool.poetry.dependencies]\na = {path = "x"}\n'),
        ("setup.py", "", "import os"),
        ("setup.cfg", "", "[x]"),
        ("package.json", '{"scripts": {}}', '{"scripts": {"install": "x"}}'),
        ("package.json", "{}", '{"dependencies": {"a": "git+file:///repo"}}'),
        ("package.json", "{}", '{"dependencies": {"a": "someone/thing"}}'),
        ("package.json", "{}", "[]"),
        ("package-lock.json", "{}", '{"packages": {"a": {"resolved": "git+ssh://x/y"}}}'),
        ("poetry.lock", "", '[[package]]\nname = "a"\nsource.type = "directory"\n'),
        ("uv.lock", "", '[[package]]\nname = "a"\nsource.git = "x"\n'),
        ("yarn.lock", "", 'a@^1:\n  resolved "git+ssh://x"\n'),
    ],
)
def test_what_may_choose_code_is_refused(path: str, old: str, new: str) -> None:
    assert problem(path, old.encode(), new.encode()).startswith(f"{path}:")
