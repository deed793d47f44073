"""The sample repository works as it is packaged: its own commands pass, on a copy, with what the demo has."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.config import Config, parse

DEMO = Path(__file__).resolve().parents[2] / "harness" / "demo"
LIMIT = 60
"""Seconds that any one command may take."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the sample, without what earlier runs may have left."""
    left = shutil.ignore_patterns("__pycache__", ".coverage", "*.db*", ".pytest_cache")
    return Path(shutil.copytree(DEMO / "service", tmp_path / "service", ignore=left))


@pytest.fixture
def config(repository: Path) -> Config:
    return parse((repository / "harness.toml").read_text("utf-8"))


def environment(repository: Path, base_url: str = "") -> dict[str, str]:
    """A clean environment, in which `python` is the one that runs this test."""
    scratch = repository.parent / "tmp"
    scratch.mkdir(exist_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {
        "PATH": path,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "BASE_URL": base_url,
        "TMPDIR": str(scratch),
    }


def run(command: str, repository: Path, base_url: str = "") -> Path:
    """Run a configured command as a gate would; the directory with its reports."""
    out = repository.parent / "out"
    out.mkdir(exist_ok=True)
    done = subprocess.run(
        ["sh", "-c", command.replace("{out}", str(out))],
        cwd=repository,
        env=environment(repository, base_url),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@contextmanager
def serving(repository: Path, config: Config) -> Iterator[str]:
    """The service, started as configured on a free port; its base URL."""
    command = config.server.start.replace("{port}", "0")
    process = subprocess.Popen(
        ["sh", "-c", f"exec {command}"], cwd=repository, env=environment(repository), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        yield url
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
    finally:
        process.kill()
        process.wait(LIMIT)


def cases(report: Path) -> tuple[int, int]:
    """Test cases of a JUnit report, and how many of them did not pass."""
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    rows = [(int(s.get("tests", 0)), sum(int(s.get(k, 0)) for k in ("failures", "errors", "skipped"))) for s in suites]
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


def test_build_and_lint_pass(repository: Path, config: Config) -> None:
    run(config.commands.build, repository)
    run(config.commands.lint, repository)


def test_unit_tests_pass_and_cover_more_than_the_thresholds(repository: Path, config: Config) -> None:
    out = run(config.commands.unit, repository)
    total, bad = cases(out / "unit.xml")
    assert total > 0 and bad == 0
    report = json.loads((out / "coverage.json").read_text("utf-8"))
    totals = report["totals"]
    functions = [
        row["summary"]["covered_lines"] > 0
        for file in report["files"].values()
        for name, row in file["functions"].items()
        if name and row["summary"]["num_statements"]
    ]
    lines = [(len(f["executed_lines"]), len(f["missing_lines"])) for f in report["files"].values()]
    figures = {
        "statements": 100 * totals["covered_lines"] / totals["num_statements"],
        "branches": 100 * totals["covered_branches"] / totals["num_branches"],
        "functions": 100 * sum(functions) / len(functions),
        "lines": 100 * sum(done for done, _ in lines) / sum(done + missed for done, missed in lines),
    }
    assert set(report["files"]) == {str(p.relative_to(repository)) for p in (repository / "app").glob("*.py")}
    for metric, least in config.thresholds.model_dump().items():
        assert figures[metric] > least, figures


def test_integration_tests_pass_twice_against_one_service(repository: Path, config: Config) -> None:
    with serving(repository, config) as url:
        with urllib.request.urlopen(url + config.server.ready, timeout=5) as answer:
            assert answer.status == 200
        for _ in range(2):
            total, bad = cases(run(config.commands.integration, repository, url) / "integration.xml")
            assert total > 0 and bad == 0


def test_every_answer_comes_well_within_the_latency_limits(repository: Path, config: Config) -> None:
    with serving(repository, config) as url:
        took = []
        for _ in range(config.latency.requests):
            began = time.perf_counter()
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(f"{url}/notes", timeout=5)
            took.append(1000 * (time.perf_counter() - began))
    assert sorted(took)[len(took) * 95 // 100] < config.latency.other


def test_all_tests_together_are_quick(repository: Path, config: Config) -> None:
    began = time.perf_counter()
    run(config.commands.unit, repository)
    with serving(repository, config) as url:
        run(config.commands.integration, repository, url)
    assert time.perf_counter() - began < 10


def test_configuration_names_its_gates_and_its_spec(repository: Path, config: Config) -> None:
    assert (repository / config.spec.path).is_file()
    assert {"spec", "tests", "coverage", "operations", "latency"} <= set(config.project.gates)


def test_the_proposal_is_on_the_backlog_and_says_why_and_what(repository: Path) -> None:
    proposal = (DEMO / "proposal.md").read_text("utf-8")
    for section in ("## Why\n", "## What Changes\n", "## Impact\n"):
        assert len(proposal.partition(section)[2].partition("\n## ")[0].strip()) > 100
    assert "`add-note-tags`" in (repository / "openspec" / "backlog.md").read_text("utf-8")


def test_nothing_that_was_made_by_running_it_is_packaged() -> None:
    names = {path.relative_to(DEMO / "service").as_posix() for path in (DEMO / "service").rglob("*")}
    assert ".gitignore" in names
    assert not [n for n in names if n.endswith((".pyc", ".db", ".coverage")) or n.split("/")[0] == ".git"]
