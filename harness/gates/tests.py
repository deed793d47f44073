"""The unit tests pass on a clean checkout, by their own JUnit report."""

from __future__ import annotations

from collections.abc import Mapping

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.junit import Case, Unusable, place, read
from harness.gates.report import tail, unready, unrun
from harness.gates.result import blocked, finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "tests"
MOST_PLACES = 100
"""Failures whose place is looked for in their message."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready("unit", config.commands.unit, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Run `[commands] unit` and judge its report; its exit code has to agree."""
    command = subject.config.commands.unit
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command)
    outcome, reports = bench.measure(subject.tree, command)
    figures: dict[str, float | int | str] = {"exit code": outcome.code, "seconds": round(outcome.seconds, 2)}
    why = unrun(outcome, command)
    if why:
        evidence = bench.keep(outcome.output.encode("utf-8", "backslashreplace"))
        return blocked(NAME, subject, why, command=command, figures=figures, evidence=evidence)
    try:
        cases, raw = cases_of(reports)
    except Unusable as error:
        text = f"{error}; the command ended with {outcome.code}: {tail(outcome.output)}"
        return blocked(NAME, subject, text, command=command, figures=figures)
    found = judge(cases, outcome.code, tail(outcome.output))
    figures |= counts(cases)
    return judged(NAME, subject, found, command=command, figures=figures, evidence=bench.keep(raw))


def cases_of(reports: Mapping[str, bytes]) -> tuple[list[Case], bytes]:
    """(cases of every JUnit report, the reports' bytes); raises Unusable where there is none or one can't be read."""
    names = sorted(name for name in reports if name.endswith(".xml"))
    if not names:
        raise Unusable("the command left no JUnit report as {out}/*.xml")
    cases: list[Case] = []
    for name in names:
        try:
            cases += read(reports[name])
        except Unusable as error:
            raise Unusable(f"{name}: {error}") from error
    return cases, b"\n".join(reports[name] for name in names)


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
            text = f"{case.name}: {case.message.strip()[-700:] or case.result}"
            where = place(case) if len(found) < MOST_PLACES else ("", 0)
            found.append(finding(f"tests-{case.result}", text, *where))
    if sum(1 for case in cases if case.result != "skipped") == 0:
        found.append(finding("tests-none", f"no test was run ({len(cases)} in the report, all skipped)"))
    if code and not found:
        text = f"the report holds no failure, but the command ended with {code}: {said}"
        found.append(finding("tests-exit", text))
    return found
