"""The QA report: what was measured, operation by operation and metric by metric, from the record alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.domain.event import Asked, Entry
from harness.domain.plot import plot, rows
from harness.flow.checklist import reviewed, standing
from harness.flow.checklist import rows as boxes
from harness.flow.measures import TITLES

FILE, PLOT = "qa-report.md", "latency.svg"
LEFT = "not applicable"
METRICS = ("statements", "branches", "functions", "lines")
_OPERATION = re.compile(r"(?P<name>(?:GET|PUT|POST|DELETE|OPTIONS|HEAD|PATCH|TRACE) /\S*) (?P<what>.+)")
_EXCUSED = "not provokable: "
_DRAWN = "spread"
"""A figure that only the plot is made of."""


def facts(
    results: Sequence[Mapping[str, Any]], entries: Sequence[Entry], left_out: Mapping[str, str]
) -> dict[str, Any]:
    """What the template of the report is rendered with; `results` are the last of each gate."""
    by = {row["gate"]: row for row in results}
    seqs = {gate: row["seq"] for gate, row in by.items()}
    return {
        "gates": list(results),
        "left_out": {TITLES.get(gate, gate): why for gate, why in left_out.items()},
        "checklist": [*boxes(by, left_out, seqs), *reviewed(entries)],
        "coverage": _coverage(by.get("coverage")),
        "operations": _operations(results),
        "others": _others(results),
        "excused": _excused(results),
        "waived": [{"gate": row["title"], **each} for row in results for each in row.get("waived") or ()],
        "plot": bool(drawn(results)),
        "signed": _signed(entries),
        "tree": next((row["tree"] for row in reversed(results) if row.get("tree")), ""),
    }


def excluded(entries: Sequence[Entry]) -> dict[str, str]:
    """gate -> why it does not apply, as the CEO was last shown it; empty before the first approval."""
    shown = (e.event.detail.get("about") for e in reversed(entries) if isinstance(e.event, Asked))
    return next((dict(about[LEFT]) for about in shown if isinstance(about, dict) and LEFT in about), {})


def drawn(results: Sequence[Mapping[str, Any]]) -> str:
    """The distribution of every operation's latency as SVG; '' where it was not measured."""
    row = next((row for row in results if row["gate"] == "latency"), {})
    found = rows(row.get("figures", {}))
    return plot(found) if found else ""


def _coverage(result: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    figures = (result or {}).get("figures", {})
    return [{"metric": metric, "percent": figures[metric]} for metric in METRICS if metric in figures]


def _operations(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every operation that a gate has figures of, by name: its figures, each with its gate."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in results:
        for key, value in row.get("figures", {}).items():
            match = _OPERATION.fullmatch(key)
            if match and match["what"] != _DRAWN:
                figure = {"gate": row["title"], "what": match["what"], "value": value}
                found.setdefault(match["name"], []).append(figure)
    return [{"name": name, "figures": figures} for name, figures in sorted(found.items())]


def _others(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The figures of each gate that are of no operation."""
    found = []
    for row in results:
        figures = {
            key: value
            for key, value in row.get("figures", {}).items()
            if not _OPERATION.fullmatch(key) and not key.startswith(_EXCUSED)
        }
        found += [{"title": row["title"], "figures": figures}] if figures else []
    return found


def _excused(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Statuses that the configuration says no test can provoke, each with the reason."""
    return [
        {"what": key.removeprefix(_EXCUSED), "why": value}
        for row in results
        for key, value in row.get("figures", {}).items()
        if key.startswith(_EXCUSED)
    ]


def _signed(entries: Sequence[Entry]) -> dict[str, Any]:
    """QA's last decision: the number of its entry, whether it stands, and why not."""
    if "qa" not in (last := standing(entries)):
        return {}
    seq, passed, why = last["qa"]
    return {"seq": seq, "outcome": "pass" if passed else "not signed off", "why": why}
