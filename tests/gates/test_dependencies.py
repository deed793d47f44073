"""Known vulnerabilities: recorded answers of both tools, what is no answer, and which packages count."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.config import parse
from harness.domain.gate import GateResult
from harness.domain.registry import Outside
from harness.errors import Mistake
from harness.gates import dependencies
from harness.gates.advisory import npm, python
from harness.gates.pins import pins
from harness.ports import Command, Inside, Outcome, Process, Reached
from tests.gates.conftest import Stand
from tests.gates.corpus import bed, source

CONFIG = parse('[dependencies]\naudit = true\n[setup]\nregistries = ["pypi", "npm"]\n')
KNOWN = {
    "name": "jinja2", "version": "2.10", "vulns": [
        {"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": ["CVE-2019-10906"], "description": "x"},
    ],
}  # fmt: skip
"""What every source knows, and the gate asks for with the rest."""
CLEAN = {"dependencies": [{"name": "flask", "version": "3.1.0", "vulns": []}, KNOWN], "fixes": []}
VULNERABLE = {
    "dependencies": [
        {"name": "flask", "version": "0.5", "vulns": [
            {"id": "PYSEC-2019-179", "fix_versions": ["1.0"], "aliases": ["CVE-2019-1010083", "GHSA-5wv5-4vpf-pj6m"],
             "description": "Unexpected memory usage."},
        ]},
        KNOWN,
    ],
    "fixes": [],
}  # fmt: skip
SKIPPED = {
    "dependencies": [{"name": "flask", "skip_reason": "Dependency not found on PyPI and could not be audited"}, KNOWN]
}
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "lodash": {
            "name": "lodash", "severity": "high", "isDirect": False, "range": "<=4.17.20",
            "nodes": ["node_modules/lodash"],
            "via": [{"source": 1106913, "name": "lodash", "title": "Command Injection in lodash", "severity": "high",
                     "url": "https://github.com/advisories/GHSA-35jh-r3h4-6jhm", "range": "<4.17.21"}],
            "fixAvailable": True,
        },
        "grid": {"name": "grid", "severity": "high", "via": ["lodash"], "range": "*", "nodes": ["node_modules/grid"],
                 "fixAvailable": {"name": "grid", "version": "2.0.0", "isSemVerMajor": True}},
    },
    "metadata": {"vulnerabilities": {"high": 2, "total": 2}, "dependencies": {"prod": 3, "dev": 0, "total": 2}},
}  # fmt: skip
NPM_SILENT = {"message": "request to a registry failed", "error": {"code": "ENOAUDIT", "summary": "", "detail": ""}}


@dataclass
class Answering:
    """A sandbox in which every command leaves one recorded report."""

    report: Any
    code: int = 0
    level: Any = 3
    why: str = ""
    network: bool = True
    asked: list[Command] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def inside(self, command: Command) -> Inside:
        return Inside()

    def run(self, command: Command) -> Outcome:
        self.asked.append(command)
        self.files = {path.name: path.read_text() for path in command.tree.iterdir()}
        assert command.out is not None
        (command.out / "report.json").write_text(
            self.report if isinstance(self.report, str) else json.dumps(self.report)
        )
        return Outcome(self.code, "no route to the registry" if self.code > 1 else "")

    def start(self, command: Command) -> Process:
        raise NotImplementedError

    def forward(self, *, listen: str, to: str) -> str:
        return ""


class Open:
    """A way out that changes nothing."""

    def through(self, command: Command) -> Command:
        return command

    def reached(self) -> tuple[Reached, ...]:
        return ()


@contextmanager
def way(kinds: Sequence[Outside]) -> Iterator[Open]:
    yield Open()


def judged(
    make: Callable[..., Stand], sandbox: Answering, files: dict[str, str | bytes | None],
    base: dict[str, str | bytes | None] | None = None, opened: Any = way,
) -> GateResult:  # fmt: skip
    stand = make(sandbox, opened)
    stand.rebase({"x": "x", **(base or {})})
    stand.repo.commit({"y": "y", **files})
    return dependencies.check(stand.subject(CONFIG), stand.bench)


def test_clean_packages_pass(make: Callable[..., Stand]) -> None:
    sandbox = Answering(CLEAN)
    result = judged(make, sandbox, {"requirements.txt": "flask==3.1.0 --hash=sha256:00  # web\n"})
    assert result.passed and result.figures == {"files": 1, "packages": 1, "old": 0}
    assert sandbox.files == {"pins.txt": "flask==3.1.0\njinja2==2.10\n"}


def test_a_package_that_the_change_brings_fails(make: Callable[..., Stand]) -> None:
    lock = '[[package]]\nname = "Flask"\nversion = "0.5"\n\n'
    lock += '[[package]]\nname = "own"\nversion = "1"\nsource = { editable = "." }\n'
    result = judged(make, Answering(VULNERABLE, 1), {"uv.lock": lock})
    assert result.result == "failed"
    (row,) = result.findings
    assert row.path == "uv.lock" and row.text == "flask 0.5 has the known vulnerability CVE-2019-1010083; use 1.0"


def test_one_that_the_base_has_is_old(make: Callable[..., Stand]) -> None:
    result = judged(make, Answering(VULNERABLE, 1), {}, {"requirements.txt": "flask==0.5\n"})
    assert result.passed and result.figures == {"files": 1, "packages": 1, "old": 1}


@pytest.mark.parametrize(
    ("report", "code", "why"),
    [
        (SKIPPED, 0, "1 packages were not looked up: flask: Dependency not found"),
        ("", 0, "no report that can be read"),
        ("[]", 0, "no report that can be read"),
        ({"dependencies": []}, 0, "looked up 0 of 2 packages"),
        ({"dependencies": [KNOWN]}, 0, "looked up 1 of 2 packages"),
        ({"dependencies": [CLEAN["dependencies"][0], {**KNOWN, "vulns": []}]}, 0, "does not know CVE-2019-10906"),
        (CLEAN, 2, "exit code 2: no route"),
    ],
)
def test_no_answer_is_never_clean(make: Callable[..., Stand], report: Any, code: int, why: str) -> None:
    result = judged(make, Answering(report, code), {"requirements.txt": "flask==3.1.0\n"})
    assert result.result == "could not run" and why in result.reason


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "there is no lock file"),
        ({"bun.lock": "{}", "requirements.txt": "# nothing\n"}, "bun.lock: nothing here reads it"),
        ({"poetry.lock": "not = [toml"}, "can't be read"),
        ({"package-lock.json": "[]"}, "can't be read"),
    ],
)
def test_what_cannot_be_looked_up(make: Callable[..., Stand], files: Any, why: str) -> None:
    result = judged(make, Answering(CLEAN), files)
    assert result.result == "could not run" and why in result.reason


def test_without_a_way_it_could_not_run(make: Callable[..., Stand]) -> None:
    def closed(kinds: Sequence[Outside]) -> AbstractContextManager[Open]:
        raise Mistake("package registries can be reached at sandbox level 3 only")

    result = judged(make, Answering(CLEAN), {"requirements.txt": "flask==3.1.0\n"}, opened=closed)
    assert result.result == "could not run" and "level 3 only" in result.reason


def test_without_a_registry_it_could_not_run(stand: Stand) -> None:
    result = dependencies.check(stand.subject(parse("[dependencies]\naudit = true\n")), stand.bench)
    assert result.result == "could not run" and "[setup] registries names no registry" in result.reason


LOCK = json.dumps({"lockfileVersion": 3, "packages": {
    "": {"name": "app"}, "node_modules/lodash": {"version": "4.17.20"}, "node_modules/grid": {"version": "1.0.0"},
}})  # fmt: skip


def test_npm_names_each_advisory_once(make: Callable[..., Stand]) -> None:
    sandbox = Answering(NPM, 1)
    result = judged(
        make, sandbox, {"web/package-lock.json": LOCK, "web/package.json": "{}", "web/.npmrc": "registry=x\n"}
    )
    assert [(row.path, row.text) for row in result.findings] == [
        (
            "web/package-lock.json",
            "lodash 4.17.20 has the known vulnerability GHSA-35jh-r3h4-6jhm (Command Injection in lodash); "
            "use a newer version",
        )
    ]
    assert sandbox.files.keys() == {"package.json", "package-lock.json"}


def test_npm_without_an_answer_could_not_run(make: Callable[..., Stand]) -> None:
    result = judged(make, Answering(NPM_SILENT, 1), {"package-lock.json": LOCK})
    assert result.result == "could not run" and "got no answer: request to a registry failed" in result.reason


def test_reports_of_other_shapes_are_no_answer() -> None:
    for report in (b"", b"{}", b"5", b'{"dependencies": 5}', b'{"vulnerabilities": []}', b"[" * 100_000):
        assert python(report).silent and npm(report, {}).silent


def test_a_range_of_the_base_is_not_looked_up(make: Callable[..., Stand]) -> None:
    result = judged(make, Answering(CLEAN), {}, {"requirements.txt": "flask==3.1.0\nown>=3\n"})
    assert result.result == "could not run" and "own>=3: no version is pinned" in result.reason


@pytest.mark.parametrize("files", [{"requirements.txt": "flask==3.1.0\n"}, {"package-lock.json": LOCK}])
@pytest.mark.parametrize(("status", "said"), [(200, b"{}"), (200, b"[]"), (200, b"<html>welcome</html>"), (403, b"{}")])
def test_a_source_that_says_nothing_is_none(
    make: Callable[..., Stand], tmp_path: Path, files: Any, status: int, said: bytes
) -> None:
    """The real tools, of which some take each of these answers for: no vulnerability is known."""
    if "package-lock.json" in files and not shutil.which("npm"):
        pytest.skip("npm is not installed")
    with source.configured(tmp_path, lambda path, asked: (status, said)), bed.way(tmp_path) as opened:
        result = judged(make, bed.sandbox(), files, opened=opened)
    assert result.result == "could not run", result
    assert "silence says nothing" in result.reason or "no answer" in result.reason or "no report" in result.reason


def test_a_missing_tool_is_said_with_its_package(stand: Stand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    result = dependencies.check(stand.subject(CONFIG), stand.bench)
    assert result.result == "could not run" and "pip-audit is not installed: `pip install" in result.reason


def of(path: str, text: str) -> set[tuple[str, str]]:
    return set(pins(path, text.encode()).rows)


def test_pins_of_every_lock_file() -> None:
    toml = '[[package]]\nname = "A_b"\nversion = "1"\n'
    toml += '[[package]]\nname = "c"\nversion = "2"\n[package.source]\ntype = "directory"\n'
    assert of("poetry.lock", toml) == {("a-b", "1")}
    assert pins("poetry.lock", toml.encode()).named == {"a-b", "c"}
    assert of("pylock.toml", '[[packages]]\nname = "a"\nversion = "1"\n') == {("a", "1")}
    assert of("Pipfile.lock", '{"default": {"a": {"version": "==1"}}, "develop": {}}') == {("a", "1")}
    assert of("package-lock.json", LOCK) == {("lodash", "4.17.20"), ("grid", "1.0.0")}
    first = '{"dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "npm:c@2.0.0"}}}}}'
    assert of("npm-shrinkwrap.json", first) == {("a", "1.0.0"), ("c", "2.0.0")}


def test_what_requirements_pin_and_what_they_do_not() -> None:
    text = "a[x]==1 ; python_version > '3'\n-r other.txt\n-e .\n./lib\na==2\nb\n-e git+https://x.example/c\n"
    found = pins("requirements-dev.txt", text.encode())
    assert found.rows == {("a", "1"), ("a", "2")}
    assert found.loose == ("b", "-e git+https://x.example/c")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "yarn.lock",
            'a@^1, a@^1.1:\n  version "1.2.0"\n\n"@x/b@^2":\n  version "2.0.0"\n\n'
            '"n@npm:@x/b@^2":\n  version "2.1.0"\n',
        ),
        (
            "yarn.lock",
            '__metadata:\n  version: 8\n\n"a@npm:^1":\n  version: 1.2.0\n  resolution: "a@npm:1.2.0"\n\n'
            '"@x/b@npm:^2":\n  resolution: "@x/b@npm:2.0.0"\n"n@npm:@x/b@^2":\n  resolution: "@x/b@npm:2.1.0"\n'
            '"app@workspace:.":\n  resolution: "app@workspace:."\n',
        ),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\npackages:\n\n  a@1.2.0:\n    resolution: {}\n  '@x/b@2.0.0':\n    dev: true\n"
            "  '@x/b@2.1.0(a@1.2.0)':\n    resolution: {}\nsnapshots:\n\n  never@1.0.0: {}\n",
        ),
        (
            "pnpm-lock.yaml",
            "packages:\n\n  /a@1.2.0:\n    dev: true\n  /@x/b@2.0.0:\n    dev: true\n"
            "  /@x/b@2.1.0(a@1.2.0):\n    dev: true\n",
        ),
        (
            "pnpm-lock.yaml",
            "packages:\n\n  /a/1.2.0:\n    dev: true\n  /@x/b/2.0.0:\n    dev: true\n"
            "  /@x/b/2.1.0_a@1.2.0:\n    dev: true\n",
        ),
    ],
)  # fmt: skip
def test_the_lock_files_of_yarn_and_pnpm(path: str, text: str) -> None:
    assert of(path, text) == {("a", "1.2.0"), ("@x/b", "2.0.0"), ("@x/b", "2.1.0")}
