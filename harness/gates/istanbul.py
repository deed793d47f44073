"""Reads istanbul's reports: `coverage-summary.json` for the figures, `coverage-final.json` for lines and functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.gates.measured import METRICS, Covered, File, Missing, count

_NOBODY = ("", "(empty-report)")
"""What V8's reports call functions that have no name, and the whole of a file that was never loaded."""


def summary(value: dict[str, Any]) -> Covered:
    """The figures of `coverage-summary.json`; Missing where one is not there."""
    total = value["total"]
    for metric in METRICS:
        if metric not in total:
            raise Missing(f"coverage-summary.json has no {metric}")
    files = []
    for path, row in value.items():
        if path != "total":
            open_branches = count(row["branches"]["total"]) - count(row["branches"]["covered"])
            covered, all_lines = count(row["lines"]["covered"]), count(row["lines"]["total"])
            percent = 100.0 * covered / all_lines if all_lines else 100.0
            files.append(File(path, (), (), max(0, open_branches), percent))
    return Covered({m: (count(total[m]["covered"]), count(total[m]["total"])) for m in METRICS}, files)


def whole(value: dict[str, Any]) -> Covered:
    """The figures that `coverage-final.json` gives by itself, counted as istanbul counts them."""
    files = [_file(str(path), row) for path, row in value.items()]
    totals = {metric: [0, 0] for metric in METRICS}
    for file, row in zip(files, value.values(), strict=True):
        arms = [count(hits) for branch in row["b"].values() for hits in branch]
        counted = {
            "statements": [count(hits) > 0 for hits in row["s"].values()],
            "branches": [hits > 0 for hits in arms],
            "functions": [count(hits) > 0 for hits in row["f"].values()],
            "lines": [True] * len(file.hit or ()) + [False] * len(file.lines),
        }
        for metric, hits in counted.items():
            totals[metric][0] += sum(hits)
            totals[metric][1] += len(hits)
    return Covered({metric: (a, b) for metric, (a, b) in totals.items()}, files)


def detail(covered: Covered, value: dict[str, Any]) -> None:
    """Lines and functions for the files of a summary."""
    known = {file.path: file for file in covered.files}
    for path, row in value.items():
        if path in known:
            found = _file(str(path), row)
            known[path] = replace(found, percent=known[path].percent, branches=known[path].branches)
    covered.files = list(known.values())


def _file(path: str, row: Mapping[str, Any]) -> File:
    lines: dict[int, bool] = {}
    for key, place in row["statementMap"].items():
        line = count(place["start"]["line"])
        lines[line] = lines.get(line, False) or count(row["s"][key]) > 0
    entered = {
        (str(each.get("name", "")), count((each.get("decl") or each["loc"])["start"]["line"])): count(row["f"][key]) > 0
        for key, each in row["fnMap"].items()
    }
    arms = [count(hits) for branch in row["b"].values() for hits in branch]
    hit = tuple(sorted(line for line, run in lines.items() if run))
    missing = tuple(sorted(line for line, run in lines.items() if not run))
    return File(
        path, missing, tuple(sorted(name for (name, _), run in entered.items() if not run and name not in _NOBODY)),
        sum(1 for hits in arms if not hits), 100.0 * len(hit) / len(lines) if lines else 100.0, hit, (), entered,
    )  # fmt: skip
