"""What preflight says of programs and Python modules that a repository's commands need and the sandbox lacks."""

from __future__ import annotations

import pytest

from harness.config import Config
from harness.gates.program import absent
from tests.gates.conftest import Stand
from tests.gates.test_commands import UNIT


def config(environment: str = "", start: str = "", **commands: str) -> Config:
    return Config.model_validate(
        {"commands": commands, "project": {"environment": environment}, "server": {"start": start}}
    )


def lint(stand: Stand, text: str) -> str:
    return absent(config(lint=text), ["lint"], stand.bench, stand.base).get("lint", "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("no-such-tool .", "the program no-such-tool"),
        ("/opt/none/bin/tool .", "the program /opt/none/bin/tool"),
        ("A=1 no-such-tool .", "the program no-such-tool"),
        ('export A="x; y" B=2; no-such-tool', "the program no-such-tool"),
        ("env A=1 no-such-tool", "the program no-such-tool"),
        ("exec no-such-tool --port {port}", "the program no-such-tool"),
        ("true && no-such-tool", "the program no-such-tool"),
        ("true\nno-such-tool 2>&1 | head", "the program no-such-tool"),
        ("no-such-tool \\\n  --all", "the program no-such-tool"),
        ("python -m no_such_module .", "the Python module no_such_module"),
        ("python3 -B -m no_such_module", "the Python module no_such_module"),
        ("python -m no_such_package.inner", "the Python module no_such_package.inner"),
        ("python -m coverage run --branch -m no_such_module -q", "the Python module no_such_module"),
        ("mkdir -p {out}/x && PYTHONPATH=src python -m no_such_module", "the Python module no_such_module"),
    ],
)
def test_what_is_missing_is_named(stand: Stand, text: str, name: str) -> None:
    said = lint(stand, text)
    assert f"[commands] lint needs {name}, which is not found" in said
    assert "[project] environment" in said


@pytest.mark.parametrize(
    "text",
    [
        UNIT,
        "python -m pyflakes .",
        "cd src && python -m mine",
        "PYTHONPATH=src python -m mine",
        'export PYTHONPATH="$PWD/src"; python -m mine',
        "./made-by-the-change.sh",
        "no-such-tool || true",
        "command -v no-such-tool || exit 0",
        "if true; then no-such-tool; fi",
        "exit 0; no-such-tool",
        "cd nowhere && no-such-tool",
        "$TOOL --check",
        'echo "a; no-such-tool"',
        "echo --text='a && no-such-tool'",
        "echo $(no-such-tool)",
        "echo 'unfinished",
        "python -c 'x' -m no_such_module",
        "python script.py -m no_such_module",
        "python -m pytest -m slow",
        "",
    ],
)
def test_nothing_is_claimed_that_may_be_there(stand: Stand, text: str) -> None:
    tree = stand.repo.commit({"src/mine/__init__.py": "", "src/mine/__main__.py": ""})
    assert absent(config(lint=text), ["lint"], stand.bench, tree) == {}


def test_each_gate_is_told_of_its_own_commands_and_where_to_install(stand: Stand) -> None:
    asked = config(
        environment=".venv", start="serve-none --port {port}", build="true", unit="run-none",
        lint="python -m none_a . && python -m none_b .", integration="python -m none_a",
    )  # fmt: skip
    names = ["scope", "build", "lint", "tests", "coverage", "operations", "latency"]
    said = absent(asked, names, stand.bench, stand.base)
    assert list(said) == ["lint", "tests", "coverage", "operations", "latency"]
    assert "none_a" in said["lint"] and "none_b" in said["lint"] and "environment .venv" in said["lint"]
    assert said["tests"] == said["coverage"] and "[commands] unit needs the program run-none" in said["tests"]
    assert "[server] start needs the program serve-none" in said["latency"] and "none_a" in said["latency"]


def test_a_gate_that_is_not_asked_for_is_not_looked_at(stand: Stand) -> None:
    assert absent(config(lint="no-such-tool"), ["build", "scope"], stand.bench, stand.base) == {}
