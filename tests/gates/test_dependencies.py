"""Known vulnerabilities: recorded answers of both tools, what is no answer, and which packages count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.config import parse
from harness.domain.gate import GateResult
from harness.domain.registry import Registry
from harness.errors import Mistake
from harness.gates import dependencies
from harness.gates.advisory import npm, python
from harness.gates.pins import pins
from harness.ports import Command, Inside, Outcome, Process, Reached
from tests.gates.conftest import Stand

CONFIG = parse('[dependencies]\naudit = true\n[setup]\nregistries = ["pypi", "npm"]\n')
CLEAN = {"dependencies": [{"name": "flask", "version": "3.1.0", "vulns": []}], "fixes": []}
VULNERABLE = {
    "dependencies": [
        {"name": "flask", "version": "0.5", "vulns": [
            {"id": "PYSEC-2019-179", "fix_versions": ["1.0"], "aliases": ["CVE-2019-1010083", "GHSA-5wv5-4vpf-pj6m"],
             "description": "Unexpected memory usage."},
        ]},
        {"name": "jinja2", "version": "3.1.4", "vulns": []},
    ],
    "fixes": [],
}  # fmt: skip
SKIPPED = {"dependencies": [{"name": "own", "skip_reason": "Dependency not found on PyPI and could not be audited"}]}
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "lodash": {
            "name": "lodash", "severity": "high", "isDirect": False, "range": "<=4.17.20", "nodes": [],
            "via": [{"source": 1106913, "name": "lodash", "title": "Command Injection in lodash", "severity": "high",
                     "url": "https://github.com/advisories/GHSA-35jh-r3h4-6jhm", "range": "<4.17.21"}],
            "fixAvailable": True,
        },
        "grid": {"name": "grid", "severity": "high", "via": ["lodash"], "range": "*",
                 "fixAvailable": {"name": "grid", "version": "2.0.0", "isSemVerMajor": True}},
    },
    "metadata": {"vulnerabilities": {"high": 2, "total": 2}, "dependencies": {"prod": 3, "dev": 0, "total": 3}},
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
def way(kinds: Sequence[Registry]) -> Iterator[Open]:
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
    assert sandbox.files == {"pins.txt": "flask==3.1.0\n"}


def test_a_package_that_the_change_brings_fails(make: Callable[..., Stand]) -> None:
    lock = '[[package]]\nname = "Flask"\nversion = "0.5"\n\n'
    lock += '[[package]]\nname = "own"\nversion = "1"\nsource = { editable = "." }\n'
    result = judged(make, Answering(VULNERABLE, 1), {"uv.lock": lock})
    assert result.result == "failed"
    (row,) = result.findings
    assert row.path == "uv.lock" and row.text == "flask 0.5 has the known vulnerability CVE-2019-1010083; use 1.0"


def test_one_that_the_base_has_is_old(make: Callable[..., Stand]) -> None:
    result = judged(make, Answering(VULNERABLE, 1), {}, {"requirements.txt": "flask==0.5\njinja2==3.1.4\n"})
    assert result.passed and result.figures["old"] == 1


@pytest.mark.parametrize(
    ("report", "code", "why"),
    [
        (SKIPPED, 0, "1 packages were not looked up: own: Dependency not found"),
        ("", 0, "no report that can be read"),
        ("[]", 0, "no report that can be read"),
        ({"dependencies": []}, 0, "looked up no package at all"),
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
        ({"requirements.txt": "flask>=3\n"}, "flask>=3: no version is pinned"),
        ({"poetry.lock": "not = [toml"}, "can't be read"),
        ({"package-lock.json": "[]"}, "can't be read"),
    ],
)
def test_what_cannot_be_looked_up(make: Callable[..., Stand], files: Any, why: str) -> None:
    result = judged(make, Answering(CLEAN), files)
    assert result.result == "could not run" and why in result.reason


def test_without_a_way_it_could_not_run(make: Callable[..., Stand]) -> None:
    def closed(kinds: Sequence[Registry]) -> AbstractContextManager[Open]:
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
            "lodash <4.17.21 has the known vulnerability GHSA-35jh-r3h4-6jhm (Command Injection in lodash); "
            "use a newer version",
        )
    ]
    assert sandbox.files.keys() == {"package.json", "package-lock.json"}


def test_npm_without_an_answer_could_not_run(make: Callable[..., Stand]) -> None:
    result = judged(make, Answering(NPM_SILENT, 1), {"package-lock.json": LOCK})
    assert result.result == "could not run" and "got no answer: request to a registry failed" in result.reason


def test_reports_of_other_shapes_are_no_answer() -> None:
    for report in (b"", b"{}", b"5", b'{"dependencies": 5}', b'{"vulnerabilities": []}', b"[" * 100_000):
        assert python(report).silent and npm(report).silent


def test_pins_of_every_lock_file() -> None:
    toml = b'[[package]]\nname = "a"\nversion = "1"\n'
    toml += b'[[package]]\nname = "b"\nversion = "2"\n[package.source]\ntype = "directory"\n'
    assert pins("poetry.lock", toml) == ({"a": "1"}, [])
    assert pins("Pipfile.lock", b'{"default": {"a": {"version": "==1"}}, "develop": {}}') == ({"a": "1"}, [])
    assert pins("requirements-dev.txt", b"a[x]==1 ; python_version > '3'\n-r other.txt\nb\n") == ({"a": "1"}, ["b"])
    assert pins("package-lock.json", LOCK.encode())[0] == {"lodash@4.17.20": "4.17.20", "grid@1.0.0": "1.0.0"}
