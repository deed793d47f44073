"""Gates that run the project's commands: build, lint, tests, coverage; and the reports that they read."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from harness.config import Config, parse
from harness.domain.gate import GateResult
from harness.gates import build, coverage, lint, tests
from harness.gates.covered import Missing, ranges
from harness.gates.covered import read as read_coverage
from harness.gates.junit import Unusable, place
from harness.gates.junit import read as read_junit
from harness.gates.report import lines
from harness.gates.table import GATES
from harness.ports import Command, Outcome, Sandbox
from tests.gates.conftest import Stand
from tests.gates.double import Closed

UNIT = (
    "export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1; python -m coverage run --branch --source=app -m pytest -q "
    "-p no:cacheprovider --junitxml={out}/unit.xml tests; code=$?; "
    "python -m coverage json -q -o {out}/coverage.json; exit $code"
)
APP = "def sign(n: int) -> int:\n    if n < 0:\n        return -1\n    return 1\n"
TEST = "from app.sign import sign\n\n\ndef test_up():\n    assert sign(1) == 1\n"
DOWN = "\n\ndef test_down():\n    assert sign(-1) == -1\n"
FILES: dict[str, str | bytes | None] = {
    "app/__init__.py": "", "app/sign.py": APP, "tests/test_sign.py": TEST + DOWN, "conftest.py": "",
}  # fmt: skip


def config(**commands: str) -> Config:
    return Config.model_validate({"commands": commands})


def unit(stand: Stand, **over: str | bytes | None) -> tuple[GateResult, GateResult]:
    files = {**FILES, **{name.replace("__", "/") + ".py": text for name, text in over.items()}}
    stand.repo.commit(files)
    subject = stand.subject(config(unit=UNIT))
    return tests.check(subject, stand.bench), coverage.check(subject, stand.bench)


def rules(result: GateResult) -> set[str]:
    return {finding.rule for finding in result.findings}


def test_tests_and_coverage_pass_from_one_run(stand: Stand) -> None:
    tested, covered = unit(stand)
    assert tested.passed, (tested.reason, tested.findings)
    assert tested.figures["tests"] == 2
    assert covered.passed, (covered.reason, covered.findings)
    assert [covered.figures[m] for m in ("statements", "branches", "functions", "lines")] == [100, 100, 100, 100]
    assert stand.blobs[tested.evidence].startswith(b"<?xml")
    assert json.loads(stand.blobs[covered.evidence])["meta"]


def test_a_failing_test_is_named_with_its_place(stand: Stand) -> None:
    tested, _ = unit(stand, app__sign=APP.replace("-1", "-2"))
    (finding,) = tested.findings
    assert tested.result == "failed"
    assert (finding.rule, finding.path, finding.line) == ("tests-failed", "tests/test_sign.py", 9)
    assert "test_down" in finding.text
    assert "assert -2 == -1" in finding.text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("import pytest\n\n\n@pytest.mark.skip\ndef test_up():\n    assert False\n", "tests-none"),
        ("def test_up():\n    assert False\n", "tests-failed"),
        ("import nowhere\n", "tests-error"),
        ("x = 1\n", "tests-none"),
    ],
)
def test_a_run_that_shows_nothing_fails(stand: Stand, text: str, rule: str) -> None:
    tested, _ = unit(stand, tests__test_sign=text)
    assert tested.result == "failed"
    assert rule in rules(tested)


def test_too_little_coverage_names_the_lines(stand: Stand) -> None:
    _, covered = unit(stand, tests__test_sign=TEST)
    assert rules(covered) >= {"coverage-branches", "coverage-statements", "coverage-file"}
    finding = next(finding for finding in covered.findings if finding.rule == "coverage-file")
    assert (finding.path, finding.line) == ("app/sign.py", 3)


def test_exactly_the_threshold_is_not_enough(stand: Stand) -> None:
    stand.repo.commit({**FILES, "tests/test_sign.py": TEST})
    values = {"statements": 75, "branches": 50, "functions": 80, "lines": 75}
    exact = Config.model_validate({"commands": {"unit": UNIT}, "thresholds": values})
    assert rules(coverage.check(stand.subject(exact), stand.bench)) >= {"coverage-statements", "coverage-branches"}
    below = Config.model_validate({"commands": {"unit": UNIT}, "thresholds": {k: v - 1 for k, v in values.items()}})
    assert coverage.check(stand.subject(below), stand.bench).passed


def test_a_module_that_is_not_measured_is_found(stand: Stand) -> None:
    only = UNIT.replace("--source=app", "--include=app/sign.py")
    stand.repo.commit({**FILES, "app/hidden.py": "def lost():\n    return 1\n"})
    result = coverage.check(stand.subject(config(unit=only)), stand.bench)
    assert [(finding.rule, finding.path) for finding in result.findings] == [("coverage-absent", "app/hidden.py")]


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("true", "no JUnit report"),
        ("no-such-program", "127"),
        ("echo '<!DOCTYPE a [<!ENTITY b \"c\">]><testsuite/>' > {out}/a.xml", "document type"),
        ("echo broken > {out}/a.xml", "not XML"),
        ("ln -s /etc/passwd {out}/a.xml", "no JUnit report"),
        ("mkfifo {out}/a.xml", "no JUnit report"),
        ("echo '<html/>' > {out}/a.xml", "not JUnit"),
    ],
)
def test_reports_that_cannot_be_used_could_not_run(stand: Stand, command: str, word: str) -> None:
    subject = stand.subject(config(unit=command))
    tested, covered = tests.check(subject, stand.bench), coverage.check(subject, stand.bench)
    assert tested.result == covered.result == "could not run"
    assert word in tested.reason


@pytest.mark.parametrize("gate", [build, lint])
def test_a_command_that_ends_with_0_passes(stand: Stand, gate: object) -> None:
    result = build.check(stand.subject(config(build="test -f README.md")), stand.bench)
    assert result.passed
    assert result.command == "test -f README.md"
    assert lint.check(stand.subject(config(lint="true")), stand.bench).passed


def test_lint_findings_are_read_from_the_output(stand: Stand) -> None:
    stand.repo.commit({"app/a.py": "import os\n"})
    result = lint.check(stand.subject(config(lint="python -m pyflakes app")), stand.bench)
    assert result.result == "failed"
    assert [(f.path, f.line, f.text) for f in result.findings] == [("app/a.py", 1, "'os' imported but unused")]
    assert b"imported but unused" in stand.blobs[result.evidence]


def test_a_failure_without_a_place_shows_the_output(stand: Stand) -> None:
    result = build.check(stand.subject(config(build="echo out of paper; exit 3")), stand.bench)
    assert "out of paper" in result.findings[0].text
    assert result.figures["exit code"] == 3


@pytest.mark.parametrize("command", ["no-such-program", "./README.md"])
def test_a_command_that_does_not_start_could_not_run(stand: Stand, command: str) -> None:
    assert build.check(stand.subject(config(build=command)), stand.bench).result == "could not run"


def test_a_limit_is_could_not_run_and_named(make: Callable[[Sandbox], Stand]) -> None:
    class Small(Closed):
        level = 3

        def run(self, command: Command) -> Outcome:
            return Outcome(137, "killed", "memory", 2.0)

    stand = make(Small())  # type: ignore[arg-type]
    for gate, name in ((build, "build"), (lint, "lint"), (tests, "unit"), (coverage, "unit")):
        result = gate.check(stand.subject(config(**{name: "x"})), stand.bench)
        assert result.result == "could not run"
        assert "memory" in result.reason


def test_preflight_says_what_is_missing(make: Callable[[Sandbox], Stand]) -> None:
    stand = make(Closed())  # type: ignore[arg-type]
    for gate, name in ((build, "build"), (lint, "lint"), (tests, "unit"), (coverage, "unit")):
        assert gate.ready(Config(), stand.bench.sandbox) == f"harness.toml has no [commands] {name}"
        assert "nothing holds" in gate.ready(config(**{name: "x"}), stand.bench.sandbox)
        assert gate.check(stand.subject(), stand.bench).result == "could not run"
        assert gate.check(stand.subject(config(**{name: "x"})), stand.bench).result == "could not run"


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("app/a.py:3:5: E501 too long", ("app/a.py", 3, "E501 too long")),
        ("/repo/app/a.py:3: error: bad  [x]", ("app/a.py", 3, "error: bad  [x]")),
        ("src/a.ts(4,2): error TS2322: wrong", ("src/a.ts", 4, "error TS2322: wrong")),
        ("/repo/src/a.js\n  12:5  error  No any  rule\n", ("src/a.js", 12, "No any  rule")),
        ("F401 unused\n --> app/a.py:1:8\n", ("app/a.py", 1, "F401 unused")),
        ("\x1b[31mapp/a.py:3:5: E1 x\x1b[0m", ("app/a.py", 3, "E1 x")),
    ],
)
def test_places_in_the_output_of_usual_tools(output: str, found: tuple[str, int, str]) -> None:
    assert [(f.path, f.line, f.text) for f in lines("lint", output)] == [found]


def test_a_flood_of_output_is_bounded() -> None:
    assert len(lines("lint", "".join(f"a.py:{n}: x\n" for n in range(5000)))) == 500


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]>'
    b'<testsuite><testcase name="&b;"/></testsuite>'
)


@pytest.mark.parametrize(
    "data",
    [b"", BOMB, b"<testsuite>" + b"<a>" * 100, b"<testsuite>\xff</testsuite>", b"<x/>", b"<testsuite>&a;</testsuite>"],
)
def test_hostile_junit_is_refused(data: bytes) -> None:
    with pytest.raises(Unusable):
        read_junit(data)


def test_junit_results_are_told_apart() -> None:
    cases = read_junit(
        b'<testsuites><testsuite><testcase classname="a" name="b"/><testcase name="c"><skipped/></testcase>'
        b'<testcase name="d" file="t.js" line="7"><failure message="m">t/x.js:9: no</failure></testcase>'
        b"<error>outside</error></testsuite></testsuites>"
    )
    assert [(case.name, case.result) for case in cases] == [
        ("a::b", "passed"), ("c", "skipped"), ("d", "failed"), ("the suite itself", "error"),
    ]  # fmt: skip
    assert place(cases[2]) == ("t/x.js", 9)


@pytest.mark.parametrize(
    ("inside", "result"),
    [
        ("<error/><skipped/>", "error"),
        ("<failure/><skipped/>", "failed"),
        ("<failure/><error/>", "failed"),
        ("<error/><failure/>", "error"),
        ("<skipped/><failure/>", "failed"),
        ("<skipped/><error/>", "error"),
    ],
)
def test_what_went_wrong_is_never_replaced(inside: str, result: str) -> None:
    (case,) = read_junit(f'<testsuite><testcase name="a">{inside}</testcase></testsuite>'.encode())
    assert case.result == result
    assert [finding.rule for finding in tests.judge([case], 0, "")][:1] == [f"tests-{result}"]


def _istanbul(**over: object) -> bytes:
    metric = {"total": 10, "covered": 9, "skipped": 0, "pct": 90}
    total: dict[str, object] = {name: metric for name in ("statements", "branches", "functions", "lines")}
    return json.dumps({"total": {**total, **over}, "/repo/a.ts": total}).encode()


def test_istanbul_counts_are_used_not_its_percentages() -> None:
    covered, name = read_coverage({"coverage-summary.json": _istanbul(lines={"total": 4, "covered": 1, "pct": 100})})
    assert name == "coverage-summary.json"
    assert [covered.percent(m) for m in ("statements", "lines")] == [90.0, 25.0]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("coverage.json", b"{}"),
        ("coverage.json", b"[" * 100_000),
        ("coverage.json", b'{"meta": {"branch_coverage": false}, "files": {}}'),
        ("coverage.json", b'{"meta": {"branch_coverage": true}, "files": {}}'),
        ("coverage-summary.json", b'{"total": {"lines": {"total": 1, "covered": 1}}}'),
        ("coverage-summary.json", b'{"total": 5}'),
        ("lcov.info", b"x"),
    ],
)
def test_a_missing_metric_is_said(name: str, data: bytes) -> None:
    with pytest.raises(Missing):
        read_coverage({name: data})


@pytest.mark.parametrize("count", [-1, True, "9", 1.5])
def test_counts_that_are_none_are_refused(count: object) -> None:
    with pytest.raises(Missing):
        read_coverage({"coverage-summary.json": _istanbul(lines={"total": 4, "covered": count})})


@pytest.mark.parametrize("rows", [{"lines": {"total": 1, "covered": 9}}, {"functions": {"total": 0, "covered": 1}}])
def test_more_that_is_covered_than_there_is_is_refused(rows: dict[str, object]) -> None:
    """900 % would be above every threshold; so would one file's, where the sum hides it."""
    with pytest.raises(Missing, match="can't be right"):
        read_coverage({"coverage-summary.json": _istanbul(**rows)})
    one = json.loads(_istanbul())
    one["/repo/a.ts"] = {**one["/repo/a.ts"], "lines": {"total": 1, "covered": 2}}
    with pytest.raises(Missing, match="can't be right: 200 % of a"):
        read_coverage({"coverage-summary.json": json.dumps(one).encode()})


def test_a_report_that_is_not_read_is_not_taken_for_none(stand: Stand) -> None:
    """Beside one that passes, another that may hold failures is too large, and the command says nothing of them."""
    large = "echo '<testsuite><testcase name=\"a\"/></testsuite>' > {out}/a.xml; truncate -s 40M {out}/b.xml"
    gate = next(gate for gate in GATES if gate.name == "tests")
    result = gate.check(stand.subject(config(unit=large)), stand.bench)
    assert (result.result, result.reason) == (
        "could not run",
        "the report b.xml is larger than 32 MB, which is not read",
    )


def test_ranges() -> None:
    assert ranges((5, 3, 4, 9, 3)) == "3-5, 9"


def test_the_configuration_of_the_base_decides() -> None:
    assert tests.ready(parse('[commands]\nunit = " "'), Closed()) == "harness.toml has no [commands] unit"  # type: ignore[arg-type]
