"""What the gates on code share: what is new against the base, and what they say where a tool is missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import nodetools
from harness.config import Config
from harness.domain.gate import Finding
from harness.errors import Mistake
from harness.gates import demand, docs, duplicates, errors, suppressions, table, types
from harness.gates.exemption import exemptions
from harness.gates.fresh import fresh
from harness.gates.result import finding
from harness.gates.threshold import lowered, sets
from harness.ports import Gate as Row
from harness.ports import Sandbox
from tests.gates.conftest import Stand
from tests.gates.double import Closed

GATES = (types, docs, errors, suppressions, duplicates)


def config(language: str = "python") -> Config:
    return Config.model_validate({"project": {"language": language}})


def words(stand: Stand) -> Callable[[str], list[Finding]]:
    """A measure that finds the word `bad` in lines."""

    def measure(tree: str) -> list[Finding]:
        return [
            finding("word", "bad is here", path, number)
            for path in stand.bench.paths(tree)
            for number, line in enumerate((stand.bench.read(tree, path) or b"").splitlines(), 1)
            if b"bad" in line
        ]

    return measure


@pytest.mark.parametrize(
    ("base", "head", "new", "old"),
    [
        ({"a": "bad\n"}, {"a": "\n\nbad\n"}, [], 1),
        ({"a": "bad\n"}, {"a": "bad one\n"}, [], 1),
        ({"a": "bad\n"}, {"a": "bad\nbad two\n"}, [("a", 2)], 1),
        ({"a": "bad two\nx\n"}, {"a": "bad one\nbad two\n"}, [("a", 1)], 1),
        ({"a": "bad\n"}, {"a": None, "b": "bad\n"}, [], 1),
        ({"a": "bad\n"}, {"b": "bad\n"}, [("b", 1)], 1),
        ({"a": "good\n"}, {"b": "fine\n"}, [], 0),
    ],
)
def test_only_what_is_new_counts(
    stand: Stand, base: dict[str, str | bytes | None], head: dict[str, str | bytes | None], new: list[tuple[str, int]],
    old: int,
) -> None:  # fmt: skip
    stand.rebase(base)
    stand.repo.commit(head)
    rows, older = fresh(stand.subject(), stand.bench, words(stand))
    assert ([(row.path, row.line) for row in rows], older) == (new, old)


def test_a_branch_measured_against_itself_has_nothing_older(stand: Stand) -> None:
    stand.rebase({"a": "bad\n"})
    rows, older = fresh(stand.subject(), stand.bench, words(stand))
    assert (len(rows), older) == (1, 0)


@pytest.mark.parametrize("gate", GATES)
def test_without_a_sandbox_it_could_not_run(stand: Stand, gate: Row) -> None:
    stand.repo.commit({"a.py": "A = 1\n"})
    assert "commands cannot run" in gate.ready(config(), Closed())


@pytest.mark.parametrize("gate", (types, docs, errors, suppressions))
def test_without_node_or_its_packages_it_could_not_run(
    stand: Stand, sandbox: Sandbox, gate: Row, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    nodetools.place.cache_clear()
    stand.repo.commit({"a.ts": "export const a = 1;\n"})
    try:
        assert "run `harness tools`" in gate.ready(config("typescript"), sandbox)
        result = gate.check(stand.subject(config("typescript")), stand.bench)
        assert (result.result, "harness tools" in result.reason) == ("could not run", True)
    finally:
        nodetools.place.cache_clear()


@pytest.mark.parametrize("gate", GATES)
def test_without_its_tools_beside_it_could_not_run(
    stand: Stand, sandbox: Sandbox, gate: Row, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand.repo.commit({"a.py": "A = 1\n"})
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    result = gate.check(stand.subject(config()), stand.bench)
    assert (result.result, "'.[gates]'" in result.reason) == ("could not run", True)


@pytest.mark.parametrize("gate", (types, docs, errors, duplicates))
def test_without_production_code_it_could_not_run(stand: Stand, gate: Row) -> None:
    stand.repo.commit({"tests/test_a.py": "def test_a():\n    pass\n"})
    result = gate.check(stand.subject(config()), stand.bench)
    assert (result.result, "[sources] paths" in result.reason) == ("could not run", True)


def test_a_file_that_does_not_parse_fails(stand: Stand) -> None:
    stand.repo.commit({"a.py": "def f(:\n", "b.py": "(" * 500 + "\n"})
    result = types.check(stand.subject(config()), stand.bench)
    assert result.result == "failed"
    assert {row.path for row in result.findings if row.rule == "types-syntax"} == {"a.py", "b.py"}


def test_syntax_that_only_a_newer_python_reads_is_no_fault_of_the_code(stand: Stand) -> None:
    stand.repo.commit({"a.py": "type Number = int\n"})
    check = next(gate.check for gate in table.GATES if gate.name == "docs")
    result = check(stand.subject(config()), stand.bench)
    assert result.result == ("could not run" if sys.version_info < (3, 12) else "passed"), result.findings
    assert sys.version_info >= (3, 12) or result.reason.endswith("run the harness under Python 3.12 or newer")


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("pyproject.toml", '[tool.ruff.lint]\nignore = ["E1"]\n[tool.hatch]\nexclude = ["x"]\n', [("ignore", "E1")]),
        ("setup.cfg", "[coverage:run]\nomit =\n  a.py\n[metadata]\nexclude = b\n", [("omit", "a.py")]),
        ("mypy.ini", "[mypy]\nexclude = build\n", [("exclude", "build")]),
        (".eslintrc.json", '{"rules": {"a": "off", "b": [0], "c": "error"}, // x\n}', [("rules", "a"), ("rules", "b")]),
        ("vitest.config.ts", "test: { coverage: { exclude: ['src/a.ts'] } }", [("exclude", "src/a.ts")]),
        (".eslintignore", "# a\nsrc\n", [("lines", "src")]),
        ("package.json", '{"eslintIgnore": ["src/a.ts"]}', [("eslintIgnore", "src/a.ts")]),
        ("eslint.config.mjs", "export default [globalIgnores(['src/*'])]", [("ignores", "src/*")]),
        (
            "eslint.config.js",
            "const off = ['a.ts', `b.ts`];\n[{ ignores: off }]",
            [("ignores", "a.ts"), ("ignores", "b.ts")],
        ),
        ("jest.config.ts", "collectCoverageFrom: ['src/**', '!src/a.ts']", [("collectCoverageFrom", "src/a.ts")]),
        ("package.json", '{"jest": {"collectCoverageFrom": ["!a.js", "b.js"]}}', [("collectCoverageFrom", "a.js")]),
        (
            "tsconfig.json",
            '{"compilerOptions": {"strict": false, "noCheck": true, "noEmit": false, "skipLibCheck": true}}',
            [("strict", "false"), ("noCheck", "true")],
        ),
        (
            "package.json",
            '{"scripts": {"lint": "eslint . || true", "test:unit": "exit 0", "dev": "x || true", "build": "tsc; cp"}}',
            [("lint", "eslint . || true"), ("test:unit", "exit 0")],
        ),
        ("package.json", '{"strict": false, "scripts": {"test": "jest", "lint": "eslint . --fix"}}', []),
        ("pyproject.toml", "not toml", []),
        (".nycrc", '{"a": ' + "[" * 100_000, []),
    ],
)
def test_settings_that_leave_something_out(path: str, text: str, wanted: list[tuple[str, str]]) -> None:
    assert [each.mark for each in exemptions(path, text.encode())] == wanted


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("{ global: { lines: 80, branches: 70 } }", "{ global: { lines: 85, branches: 70 } }", []),
        ("{ lines: 80 }", "{ lines: 79.5, functions: 10 }", [("lines", 80.0, 79.5)]),
        ('{"lines": 80, "statements": 80}', '{"lines": 80}', [("statements", 80.0, None)]),
        ("{ lines: 80 }", "{ './src/a/': { lines: 20 }, global: { lines: 80 } }", [("lines", 80.0, 20.0)]),
        ("{}", "{ lines: 5 }", []),
    ],
)
def test_limits_of_coverage_that_were_lowered(
    before: str, after: str, wanted: list[tuple[str, float, float | None]]
) -> None:
    assert list(lowered(before.encode(), after.encode())) == wanted


def test_files_that_set_limits_of_coverage() -> None:
    assert all(map(sets, ("jest.config.ts", "a/vitest.config.mts", ".nycrc", "x/.c8rc.json", "package.json")))
    assert not any(map(sets, ("src/jest.ts", "node_modules/a/package.json", "tsconfig.json")))


def test_the_pinned_packages_name_no_registry() -> None:
    lock = json.loads((nodetools.FOLDER / "package-lock.json").read_text())
    assert all("resolved" not in row and ("integrity" in row or not name) for name, row in lock["packages"].items())


def test_npm_that_fails_is_a_mistake_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    nodetools.place.cache_clear()
    try:
        with pytest.raises(Mistake, match="no network"):
            nodetools.install()
        assert list((tmp_path / "cache" / "harness").iterdir()) == []
    finally:
        nodetools.place.cache_clear()


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        (
            "pyproject.toml",
            '[[tool.mypy.overrides]]\nmodule = "a"\nignore_errors = true\n',
            [("a: ignore_errors", "true")],
        ),
        ("mypy.ini", "[mypy-a.*]\nignore_errors = True\n", [("a.*: ignore_errors", "true")]),
        ("setup.cfg", "[mypy]\nstrict = false\n[metadata]\nstrict = false\n", [("strict", "false")]),
        ("pyrightconfig.json", '{"reportAny": "none", "include": ["a"]}', [("reportAny", "none")]),
        ("ruff.toml", "[lint]\nselect = []\n", [("select", "")]),
        ("pyproject.toml", '[tool.mypy]\nstrict = true\n[tool.ruff.lint]\nselect = ["E"]\n', []),
        ("pyproject.toml", "[tool]\nmypy = 3\n", []),
        ("pyproject.toml", "tool = 3\n", []),
    ],
)
def test_what_settings_switch_off(path: str, text: str, wanted: list[tuple[str, str]]) -> None:
    assert [row[1:] for row in demand.loose(demand.rows(path, text.encode()))] == wanted


@pytest.mark.parametrize(
    ("before", "now", "wanted"),
    [
        ('select = ["E", "F"]', 'select = ["ALL"]', []),
        ('select = ["E501", "F"]', 'select = ["F", "E"]', []),
        ('select = ["E", "F"]', 'select = ["E", "F841"]', ["F"]),
        ('select = ["E"]', "line-length = 9", []),
    ],
)
def test_rules_that_are_asked_for_no_more(before: str, now: str, wanted: list[str]) -> None:
    old, new = (demand.rows("pyproject.toml", f"[tool.ruff.lint]\n{text}\n".encode()) for text in (before, now))
    assert [row[2] for row in demand.lost(old, new)] == wanted
