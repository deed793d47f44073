"""How a Python repository is built and tested."""

from __future__ import annotations

import re
import tomllib
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Any

from harness.cli.toolchain import Toolchain, text

MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "tox.ini", "pytest.ini")
REQUIREMENTS = ("requirements*.txt", "requirements/*.txt", "*requirements.txt")
MOST_FILES = 200
"""Test files that are looked at."""
_NOT_SOURCE = frozenset(
    {"tests", "test", "docs", "doc", "examples", "scripts", "node_modules", "build", "dist", "venv"}
)
_PYTEST = (
    "python -m coverage run --branch --source={source} -m pytest -q -p no:cacheprovider --junitxml={{out}}/unit.xml"
)
_COVERAGE = " && python -m coverage json -q -o {out}/coverage.json"


def detect(top: Path) -> Toolchain | None:
    """The toolchain of a Python repository; None where `top` holds none."""
    pinned = (path for pattern in REQUIREMENTS for path in sorted(top.glob(pattern)))
    manifests = [*(top / name for name in MANIFESTS), *pinned]
    said = "\n".join(text(path) for path in manifests)
    if not any(path.is_file() for path in manifests) and not _code(top):
        return None
    environment = next((name for name in (".venv", "venv") if (top / name / "bin" / "python").exists()), "")
    has = {
        name: _named(said, name) for name in ("pytest", "coverage", "pytest-cov", "ruff", "flake8", "pyflakes", "mypy")
    }
    sources = _sources(top)
    tests = next((name for name in ("tests", "test") if (top / name).is_dir()), "")
    has["pytest"] = has["pytest"] or (bool(tests) and _uses_pytest(top / tests))

    def own(command: str) -> str:
        """Outside an environment there may be no `python`, but there is a `python3`."""
        return command if environment else command.replace("python -m", "python3 -m")

    def tested(command: str) -> str:
        """Tests import the commit's own code: an installed package would be that of the working tree, or none."""
        return f"PYTHONPATH=src {own(command)}" if command and sources == ["src"] else own(command)

    return Toolchain(
        name=_name(top),
        language="python",
        environment=environment,
        build=own(f"python -m compileall -q {' '.join(map(quote, sources)) or '.'}"),
        lint=own(_lint(has, sources, tests)),
        unit=tested(_unit(top, sources, tests)) if has["pytest"] else "",
        integration=tested(_integration(top, tests)) if has["pytest"] else "",
        notes=tuple(_notes(top, environment, has)),
    )


def _code(top: Path) -> bool:
    """Whether there is Python code without any manifest, and no manifest of Node's."""
    return not (top / "package.json").exists() and any(next(top.glob(glob), None) for glob in ("*.py", "*/__init__.py"))


def _uses_pytest(tests: Path) -> bool:
    files = islice((path for path in tests.rglob("*.py")), MOST_FILES)
    return any(path.name == "conftest.py" or "import pytest" in text(path) for path in files)


def _named(said: str, package: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(package)}(?![\w-])", said))


def _name(top: Path) -> str:
    try:
        table: Any = tomllib.loads(text(top / "pyproject.toml"))
        return str(table.get("project", {}).get("name", "") or table.get("tool", {}).get("poetry", {}).get("name", ""))
    except (tomllib.TOMLDecodeError, AttributeError):
        return ""


def _sources(top: Path) -> list[str]:
    """The directories that hold the code that is shipped."""
    if (top / "src").is_dir():
        return ["src"]
    return sorted(path.parent.name for path in top.glob("*/__init__.py") if path.parent.name not in _NOT_SOURCE)


def _lint(has: dict[str, bool], sources: list[str], tests: str) -> str:
    places = " ".join(map(quote, [*sources, *([tests] if tests else [])])) or "."
    commands = []
    if has["ruff"]:
        # a project's `fix = true` would mend the checkout and call a fault none
        commands.append("python -m ruff check --no-cache --no-fix .")
    elif has["flake8"] or has["pyflakes"]:
        commands.append(f"python -m {'flake8' if has['flake8'] else 'pyflakes'} {places}")
    if has["mypy"]:
        commands.append(f"python -m mypy {' '.join(map(quote, sources)) or '.'}")
    return " && ".join(commands)


def _unit(top: Path, sources: list[str], tests: str) -> str:
    where = ""
    if tests and (top / tests / "unit").is_dir():
        where = f" {tests}/unit"
    elif tests:
        where = f" {tests}" + (f" --ignore={tests}/integration" if (top / tests / "integration").is_dir() else "")
    return _PYTEST.format(source=quote(",".join(sources) or ".")) + where + _COVERAGE


def _integration(top: Path, tests: str) -> str:
    if not tests or not (top / tests / "integration").is_dir():
        return ""
    return f"python -m pytest -q -p no:cacheprovider --junitxml={{out}}/integration.xml {tests}/integration"


def _notes(top: Path, environment: str, has: dict[str, bool]) -> list[str]:
    notes = []
    if not environment:
        notes.append("no .venv or venv was found: set [project] environment to the one with the project's packages")
    if not has["pytest"]:
        notes.append("pytest is not named by any manifest: fill in [commands] unit, or the tests can't be measured")
    elif not (
        has["coverage"] or has["pytest-cov"] or list(top.glob(f"{environment or '.venv'}/lib/*/site-packages/coverage"))
    ):
        notes.append("[commands] unit measures coverage: add the package `coverage` to the project's environment")
    if not (has["ruff"] or has["flake8"] or has["pyflakes"] or has["mypy"]):
        notes.append("no linter is named by any manifest: fill in [commands] lint")
    return notes
