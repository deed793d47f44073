"""What a review of a contribution comes to: pure, from what its rows left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.domain.gate import GateResult
from harness.flow import checklist
from harness.flow.courses import OPINIONS, row
from harness.flow.measures import TITLES

ARCHITECTURE, SPECIFICATION = "architecture", "spec-change"
"""Labels under which such changes are to be discussed first."""


def assessed(
    artifacts: Mapping[str, Any], gates: Sequence[str], left_out: Mapping[str, str], seqs: Mapping[str, int]
) -> dict[str, Any]:
    """verdict (approve or return), why, labels, checklist, findings by file and line, opinions; JSON values."""
    seen = artifacts["contribution"]
    results = [GateResult.model_validate(artifacts["reports"][g]) for g in gates if g in artifacts.get("reports", {})]
    given = {row(id_).title: artifacts.get(f"verdict:{id_}") for id_ in OPINIONS}
    opinions = {title: verdict for title, verdict in given.items() if verdict}
    problems = [*seen["problems"], *(f"merges something else than the main line: {text}" for text in seen["merges"])]
    problems += artifacts.get("conflicts", [])
    why = [
        *problems,
        *(f"{TITLES[r.gate]}: {r.result}{f', {r.reason}' if r.reason else ''}" for r in results if not r.passed),
        *(f"{title}: {verdict['summary']}" for title, verdict in opinions.items() if verdict["decision"] != "approve"),
    ]
    return {
        "verdict": "return" if why else "approve",
        "why": why,
        "labels": _labels(artifacts),
        "problems": problems,
        "checklist": _checklist(artifacts, opinions, left_out, seqs),
        "findings": _findings(results, opinions),
        "opinions": opinions,
        "architecture": list(artifacts.get("architecture", [])),
    }


def _labels(artifacts: Mapping[str, Any]) -> list[str]:
    labels = [ARCHITECTURE] if artifacts.get("architecture") else []
    return [*labels, SPECIFICATION] if artifacts["contribution"]["spec"] else labels


def _checklist(
    artifacts: Mapping[str, Any],
    opinions: Mapping[str, Any],
    left_out: Mapping[str, str],
    seqs: Mapping[str, int],
) -> list[dict[str, Any]]:
    """The boxes of a pull request, then those of the specification's order and of each reviewer."""
    boxes = checklist.rows(artifacts.get("reports", {}), left_out, seqs)
    if artifacts.get("conflicts"):
        why = "not measured: the branch can't be merged as it stands"
        boxes.append(checklist.verdict("Gates", False, 0, why))
    boxes.append(checklist.verdict("Specification before code", not artifacts["contribution"]["problems"], 0))
    return boxes + [
        checklist.verdict(title, given["decision"] == "approve", seqs.get(title, 0))
        for title, given in opinions.items()
    ]


def _findings(results: Sequence[GateResult], opinions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """path, line, by and text of everything that was found, sorted by place."""
    found = [
        {"path": f.path, "line": f.line, "by": f"gate {r.gate}", "text": f"[{f.rule}] {f.text}"}
        for r in results
        if not r.passed
        for f in r.findings
    ]
    found += [
        {
            "path": c["path"],
            "line": c["line"],
            "by": title,
            "text": _correction(c),
        }
        for title, verdict in opinions.items()
        for c in verdict["corrections"]
    ]
    return sorted(found, key=lambda each: (not each["path"], str(each["path"]), int(each["line"])))


def _correction(given: Mapping[str, Any]) -> str:
    return f"{given['problem'].rstrip(' .')}. To do: {given['change']}"
