"""Unit tests cover strictly more than the thresholds: statements, branches, functions and lines."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.covered import METRICS, Covered, Missing, ranges, read
from harness.gates.report import tail, unready, unrun
from harness.gates.result import blocked, finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "coverage"
_OUTSIDE = ("tests", "test", "docs", "openspec", "scripts", "examples", "migrations", "TBC", "roles", "prompts")


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready("unit", config.commands.unit, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Judge the coverage report of the same run of `[commands] unit` that the tests gate judges."""
    command = subject.config.commands.unit
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command)
    outcome, reports = bench.measure(subject.tree, command)
    why = unrun(outcome, command)
    if why:
        return blocked(NAME, subject, why, command=command)
    try:
        covered, name = read(reports)
    except Missing as error:
        text = f"{error}; the command ended with {outcome.code}: {tail(outcome.output, 500)}"
        return blocked(NAME, subject, text, command=command)
    figures: dict[str, float | int | str] = {metric: round(covered.percent(metric), 2) for metric in METRICS}
    figures["excluded lines"] = covered.excluded
    found = [*_below(covered, subject.config), *_absent(subject, bench, covered)]
    return judged(NAME, subject, found, command=command, figures=figures, evidence=bench.keep(reports[name]))


def _below(covered: Covered, config: Config) -> list[Finding]:
    limits = config.thresholds.model_dump()
    low = [
        finding(
            f"coverage-{metric}",
            f"{covered.percent(metric):.2f} % of {metric} are covered ({covered.totals[metric][0]} of "
            f"{covered.totals[metric][1]}); it must be more than {limits[metric]:g} %",
        )
        for metric in METRICS
        if not covered.percent(metric) > limits[metric]
    ]
    if not low:
        return []
    worst = sorted(covered.files, key=lambda f: (-len(f.lines) - f.branches, f.percent, f.path))
    for file in worst:
        parts = [
            f"lines {ranges(file.lines)} are not covered" if file.lines else "",
            f"never called: {', '.join(file.functions[:20])}" if file.functions else "",
            f"{file.branches} branches are not taken" if file.branches else "",
            f"{file.percent:.1f} % of lines are covered" if file.percent < 100 and not file.lines else "",
        ]
        text = "; ".join(part for part in parts if part)
        if text:
            low.append(finding("coverage-file", text, file.path.removeprefix("/repo/"), min(file.lines, default=0)))
    return low


def _absent(subject: Subject, bench: Bench, covered: Covered) -> list[Finding]:
    """Python modules beside measured ones that the report does not know, and so does not count."""
    measured = {file.path.removeprefix("/repo/").removeprefix("./") for file in covered.files}
    tops = {path.split("/")[0] for path in measured if "/" in path and path.endswith(".py")} - {*_OUTSIDE}
    out = []
    for path in sorted(bench.paths(subject.tree)):
        name = path.rpartition("/")[2]
        top, _, rest = path.partition("/")
        if not rest or top not in tops or not path.endswith(".py") or path in measured:
            continue
        if name in ("__init__.py", "conftest.py") and not (bench.read(subject.tree, path) or b"").strip():
            continue
        if {*path.split("/")[:-1]} & {"tests", "test", "migrations"} or name.startswith("test_"):
            continue
        out.append(finding("coverage-absent", "the file is not in the coverage report: measure the whole source", path))
    return out
