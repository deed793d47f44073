"""Reads coverage reports: coverage.py's JSON and istanbul's summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

METRICS = ("statements", "branches", "functions", "lines")


class Missing(ValueError):
    """The report lacks what is needed; the message says what."""


@dataclass(slots=True)
class File:
    """One source file."""

    path: str
    lines: tuple[int, ...] = ()
    """Not covered."""
    functions: tuple[str, ...] = ()
    """Never entered."""
    branches: int = 0
    """Not taken."""
    percent: float = 100.0


@dataclass(slots=True)
class Covered:
    """A whole report: per metric (covered, all)."""

    totals: dict[str, tuple[int, int]]
    files: list[File] = field(default_factory=list)
    excluded: int = 0
    """Lines that a directive left out."""

    def percent(self, metric: str) -> float:
        """0 to 100; a metric with nothing to cover is 100."""
        covered, total = self.totals[metric]
        return 100.0 * covered / total if total else 100.0


def read(reports: Mapping[str, bytes]) -> tuple[Covered, str]:
    """(the report, its file name); raises Missing."""
    for name, reader in (("coverage.json", _python), ("coverage-summary.json", _istanbul)):
        if name in reports:
            try:
                value = json.loads(reports[name])
                found = reader(value)
            except Missing:
                raise
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
                raise Missing(f"{name} can't be read as a coverage report ({type(error).__name__}: {error})") from error
            if not found.totals["statements"][1] and not found.totals["lines"][1]:
                raise Missing(f"{name} holds no statement: name the sources to be measured in the unit command")
            return found, name
    raise Missing("the command left no coverage report as {out}/coverage.json or {out}/coverage-summary.json")


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _python(value: dict[str, Any]) -> Covered:
    if value["meta"].get("branch_coverage") is not True:
        raise Missing("coverage.json has no branches: run coverage with --branch")
    files, functions, totals = [], [0, 0], {metric: [0, 0] for metric in METRICS}
    excluded = 0
    for path, row in value["files"].items():
        summary = row["summary"]
        if "functions" not in row:
            raise Missing("coverage.json has no functions: use coverage 7.6 or newer")
        named = {k: f for k, f in row["functions"].items() if k and _count(f["summary"]["num_statements"])}
        unseen = tuple(sorted(k for k, f in named.items() if not f["executed_lines"]))
        functions[0] += len(named) - len(unseen)
        functions[1] += len(named)
        # coverage.py counts statements and reports the line of each, so the two metrics agree.
        covered, total = _count(summary["covered_lines"]), _count(summary["num_statements"])
        for metric in ("statements", "lines"):
            totals[metric][0] += covered
            totals[metric][1] += total
        totals["branches"][0] += _count(summary["covered_branches"])
        totals["branches"][1] += _count(summary["num_branches"])
        excluded += _count(summary.get("excluded_lines", 0))
        missing = tuple(int(line) for line in row["missing_lines"])
        open_branches = _count(summary["num_branches"]) - _count(summary["covered_branches"])
        percent = 100.0 * covered / total if total else 100.0
        files.append(File(str(path), missing, unseen, max(0, open_branches), percent))
    totals["functions"] = functions
    return Covered({k: (a, b) for k, (a, b) in totals.items()}, files, excluded)


def _istanbul(value: dict[str, Any]) -> Covered:
    total = value["total"]
    for metric in METRICS:
        if metric not in total:
            raise Missing(f"coverage-summary.json has no {metric}")
    files = []
    for path, row in value.items():
        if path != "total":
            open_branches = _count(row["branches"]["total"]) - _count(row["branches"]["covered"])
            covered, count = _count(row["lines"]["covered"]), _count(row["lines"]["total"])
            files.append(File(path, (), (), max(0, open_branches), 100.0 * covered / count if count else 100.0))
    return Covered({m: (_count(total[m]["covered"]), _count(total[m]["total"])) for m in METRICS}, files)


def ranges(lines: tuple[int, ...]) -> str:
    """Line numbers as a reader writes them: `3-5, 9`."""
    out: list[list[int]] = []
    for line in sorted(set(lines)):
        if out and line == out[-1][1] + 1:
            out[-1][1] = line
        else:
            out.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out[:40]) + (", …" if len(out) > 40 else "")
