"""The unit tests pass on a clean checkout, by their own JUnit report; and integration tests that no other gate runs."""

from __future__ import annotations

from collections.abc import Iterator

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.junit import Case, Unusable, cases_of, place, told
from harness.gates.planted import GREEN, NOWHERE, REPORTED, Seen, plant
from harness.gates.protected import rules
from harness.gates.report import tail, unit, unready, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.service import traffic, unservable
from harness.gates.testset import SCRIPT, before, located, testset
from harness.ports import Bench, Sandbox, Subject

NAME = "tests"
MOST_PLACES = 100
"""Failures whose place is looked for in their message."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready("unit", config.commands.unit, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Run `[commands] unit` and judge its report; its exit code has to agree."""
    command, figures = subject.config.commands.unit, dict[str, float | int | str]()
    run = unit(NAME, subject, bench, figures)
    if isinstance(run, GateResult):
        return run
    outcome = run.outcome
    try:
        cases, raw = cases_of(run.reports)
    except Unusable as error:
        text = f"{error}; the command ended with {outcome.code}: {tail(outcome.output)}"
        return blocked(NAME, subject, text, command=command, figures=figures)
    found = [*judge(cases, outcome.code, tail(outcome.output)), *_left_out(cases, subject, bench)]
    figures |= counts(cases)
    evidence = bench.keep(raw)
    if not found:
        found, why = _integrated(subject, bench, figures)
        if why:
            return blocked(NAME, subject, why, command=command, figures=figures, evidence=evidence)
    if not found:
        seen = plant(subject.tree, cases, subject.config, bench)
        figures["planted tests"] = seen.planted
        found, why = _heard(seen, subject, bench)
        if why:
            return blocked(NAME, subject, why, command=command, figures=figures, evidence=evidence)
    return judged(NAME, subject, found, command=command, figures=figures, evidence=evidence)


def _integrated(subject: Subject, bench: Bench, figures: dict[str, float | int | str]) -> tuple[list[Finding], str]:
    """(what is wrong with the integration tests of a project without an API document, why they could not be run).

    Where there is a document, the gate on operations runs them.
    """
    config, command = subject.config, subject.config.commands.integration
    if not command.strip() or config.spec.path:
        return [], ""
    if config.server.start.strip():
        why = unservable(config, bench.sandbox)
        if why:
            return [], why
        seen = traffic(subject, bench)
        if seen.failure:
            return [finding("tests-service", seen.failure)], ""
        outcome, reports = seen.outcome, seen.reports
    else:
        outcome, reports = bench.measure(subject.tree, command)
    why = unrun(outcome, command)
    if why:
        return [], why
    try:
        cases, _ = cases_of(reports)
    except Unusable:
        text = f"`{command}` ended with {outcome.code}: {tail(outcome.output)}"
        return [finding("tests-integration", text)] if outcome.code else [], ""
    figures["integration tests"] = len(cases)
    return judge(cases, outcome.code, tail(outcome.output)), ""


def _left_out(cases: list[Case], subject: Subject, bench: Bench) -> Iterator[Finding]:
    """Test files of the branch that are not run, though others of such a name are, where it changes the settings."""
    changed = bench.changed(subject.base, subject.tree)
    if not any(rules(path) in ("runner", "build") or path.endswith("package.json") for path in changed):
        return
    tests = testset(bench, subject.tree, subject.config)
    used = located(cases, tests)
    kinds = {_kind(path) for path in used}
    for path in sorted(tests.holding() - used.keys()):
        if path.endswith(SCRIPT) and _kind(path) in kinds and changed.get(path, "D") != "D":
            text = "none of the file's tests is in the report, and the branch changes how tests are run: let it be run"
            yield finding("tests-unrun", text, path)


def _kind(path: str) -> tuple[str, str]:
    """Where a file lies, and what its name ends with."""
    folder, _, name = path.rpartition("/")
    return folder, name.partition(".")[2]


def _heard(seen: Seen, subject: Subject, bench: Bench) -> tuple[list[Finding], str]:
    """(what is wrong with a run that did not report a planted failing test, why nothing can be said)."""
    if seen.state == REPORTED:
        return [], ""
    if seen.why:
        return [], f"with a failing test planted beside {seen.beside}, {seen.why}"
    if seen.state == NOWHERE:
        return [], (
            "no file of the tests was found for what the report names, so that no failing test could be planted among "
            "them: name the tests' files in [sources] tests, and write the files' names into the report"
        )
    if seen.state == GREEN:
        text = (
            "a failing test that was planted beside this file was not reported as failed: the report is worth nothing"
        )
        return [finding("tests-canary", text, seen.beside)], ""
    text = "a failing test that was planted beside this file is not in the report: new test files are left out"
    if seen.beside.rpartition("/")[2] in subject.config.commands.unit or not _ran_on_base(subject, bench):
        return [], f"{seen.beside}: {text} on the base, too; let [commands] unit run every test file like it"
    return [finding("tests-canary", text, seen.beside)], ""


def _ran_on_base(subject: Subject, bench: Bench) -> bool:
    """Whether the base's run reports a planted failing test, or has no tests yet that could leave one out."""
    tree = before(subject, bench)
    _, reports = bench.measure(tree, subject.config.commands.unit)
    try:
        cases, _ = cases_of(reports)
    except Unusable:
        cases = []
    return not cases or plant(tree, cases, subject.config, bench).state == REPORTED


def counts(cases: list[Case]) -> dict[str, float | int | str]:
    """How many cases there are, by result."""
    out: dict[str, float | int | str] = {"tests": len(cases)}
    for result in ("failed", "error", "skipped"):
        out[result] = sum(1 for case in cases if case.result == result)
    return out


def judge(cases: list[Case], code: int, said: str) -> list[Finding]:
    """What is wrong with a test run."""
    found: list[Finding] = []
    for case in cases:
        if case.result in ("failed", "error"):
            text = f"{case.name.strip()}: {told(case)}"
            where = place(case) if len(found) < MOST_PLACES else ("", 0)
            found.append(finding(f"tests-{case.result}", text, *where))
    if sum(1 for case in cases if case.result != "skipped") == 0:
        none = f"all {len(cases)} in the report are skipped" if cases else "the report holds none"
        ended = f"; the command ended with {code}: {said}" if code else ""
        found.append(finding("tests-none", f"no test was run: {none}{ended}"))
    if code and not found:
        text = f"the report holds no failure, but the command ended with {code}: {said}"
        found.append(finding("tests-exit", text))
    return found
