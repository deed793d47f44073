"""Reads coverage reports: coverage.py's JSON and istanbul's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.domain.gate import GateResult
from harness.gates.istanbul import detail, summary, whole
from harness.gates.measured import METRICS, Covered, File, Missing, count
from harness.gates.report import tail, unit
from harness.gates.result import blocked
from harness.ports import Bench, Subject


def read(reports: Mapping[str, bytes]) -> tuple[Covered, str]:
    """(the report, its file name); raises Missing."""
    for name, reader in (
        ("coverage.json", _python),
        ("coverage-summary.json", summary),
        ("coverage-final.json", whole),
    ):
        if name in reports:
            try:
                value = json.loads(reports[name])
                found = reader(value)
                if name == "coverage-summary.json" and "coverage-final.json" in reports:
                    detail(found, json.loads(reports["coverage-final.json"]))
            except Missing:
                raise
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
                raise Missing(f"{name} can't be read as a coverage report ({type(error).__name__}: {error})") from error
            _plausible(name, found)
            if not found.totals["statements"][1] and not found.totals["lines"][1]:
                raise Missing(f"{name} holds no statement: name the sources to be measured in the unit command")
            return found, name
    other = [name for name in reports if name.endswith((".info", "clover.xml")) or "cobertura" in name]
    text = f"{other[0]} lacks metrics; " if other else ""
    raise Missing(
        f"{text}the command left no coverage report as {{out}}/coverage.json (`coverage json`) or "
        "{out}/coverage-summary.json (istanbul's reporter json-summary, better with json beside it)"
    )


def _plausible(name: str, covered: Covered) -> None:
    """Missing where more is covered than there is: such figures would pass every threshold."""
    for metric, (hit, total) in covered.totals.items():
        if hit > total:
            raise Missing(f"{name} can't be right: {hit} of {total} {metric} are covered")
    for file in covered.files:
        if file.percent > 100:
            raise Missing(f"{name} can't be right: {file.percent:.0f} % of {file.name[:200]} are covered")


def measured(
    gate: str, subject: Subject, bench: Bench, figures: dict[str, float | int | str]
) -> tuple[Covered, str, bytes] | GateResult:
    """(the coverage report of the unit tests, its name, as it was left); the result of `gate` where there is none."""
    run = unit(gate, subject, bench)
    if isinstance(run, GateResult):
        return run.model_copy(update={"figures": figures})
    try:
        covered, name = read(run.reports)
    except Missing as error:
        text = f"{error}; the command ended with {run.outcome.code}: {tail(run.outcome.output, 240)}"
        return blocked(gate, subject, text, command=subject.config.commands.unit, figures=figures)
    return covered, name, run.reports[name]


def _python(value: dict[str, Any]) -> Covered:
    if value["meta"].get("branch_coverage") is not True:
        raise Missing("coverage.json has no branches: run coverage with --branch")
    files, functions, totals = [], [0, 0], {metric: [0, 0] for metric in METRICS}
    excluded = 0
    for path, row in value["files"].items():
        summary = row["summary"]
        if "functions" not in row:
            raise Missing("coverage.json has no functions: use coverage 7.6 or newer")
        named = {k: f for k, f in row["functions"].items() if k and count(f["summary"]["num_statements"])}
        unseen = tuple(sorted(k for k, f in named.items() if not f["executed_lines"]))
        functions[0] += len(named) - len(unseen)
        functions[1] += len(named)
        # coverage.py counts statements and reports the line of each, so the two metrics agree.
        covered, total = count(summary["covered_lines"]), count(summary["num_statements"])
        for metric in ("statements", "lines"):
            totals[metric][0] += covered
            totals[metric][1] += total
        totals["branches"][0] += count(summary["covered_branches"])
        totals["branches"][1] += count(summary["num_branches"])
        excluded += count(summary.get("excluded_lines", 0))
        missing = tuple(int(line) for line in row["missing_lines"])
        open_branches = count(summary["num_branches"]) - count(summary["covered_branches"])
        percent = 100.0 * covered / total if total else 100.0
        entered = {(k, int(f.get("start_line", 0))): bool(f["executed_lines"]) for k, f in named.items()}
        hit, left = (tuple(int(line) for line in row[key]) for key in ("executed_lines", "excluded_lines"))
        files.append(File(str(path), missing, unseen, max(0, open_branches), percent, hit, left, entered))
    totals["functions"] = functions
    return Covered({k: (a, b) for k, (a, b) in totals.items()}, files, excluded)


def ranges(lines: tuple[int, ...]) -> str:
    """Line numbers as a reader writes them: `3-5, 9`."""
    out: list[list[int]] = []
    for line in sorted(set(lines)):
        if out and line == out[-1][1] + 1:
            out[-1][1] = line
        else:
            out.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out[:40]) + (", …" if len(out) > 40 else "")
