"""What gates found as SARIF 2.1.0, as code scanning takes it: every result has a rule, a level and a place."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from harness import __version__
from harness.config import FILE
from harness.domain.digest import digest
from harness.domain.display import visible
from harness.domain.gate import Finding, GateResult, Waived
from harness.measuring import Measured, Measurement

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_OUTSIDE = re.compile(r"^/|^[A-Za-z][\w+.-]*:|(^|/)\.\.(/|$)|\\|\0")
"""A path that leads out of the repository, or is none: reports are written by what is measured."""


def sarif(found: Measurement) -> str:
    """One run of one tool. What could not run is a notification, since it is nothing that stands in a file."""
    rules: dict[str, dict[str, Any]] = {}
    results = [
        _result(row, finding, rules) for row in found.rows for finding in (*row.result.findings, *row.result.waived)
    ]
    unable = [row.result for row in found.rows if row.result.result == "could not run"]
    run = {
        "tool": {"driver": {"name": "harness", "semanticVersion": __version__, "rules": list(rules.values())}},
        "invocations": [
            {
                "executionSuccessful": not unable,
                "toolExecutionNotifications": [_notification(result) for result in unable],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {"commit": found.span.head, "tree": found.tree, "base": found.span.base},
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(row: Measured, finding: Finding, rules: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A finding; the rules that are met for the first time are added."""
    rule = visible(finding.rule)
    rules.setdefault(
        rule,
        {
            "id": rule,
            "name": rule,
            "shortDescription": {"text": f"{row.gate.title}: {rule}"},
            "defaultConfiguration": {"level": "error"},
            "properties": {"tags": [row.gate.name]},
        },
    )
    text = visible(finding.text) or rule
    path = FILE if not finding.path or _OUTSIDE.search(finding.path) else finding.path
    told = text if path == finding.path or not finding.path else f"{visible(finding.path)}: {text}"
    line = finding.line if path == finding.path and finding.line else 1
    found: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": list(rules).index(rule),
        "level": "error",
        "message": {"text": told},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(path, safe="/", errors="replace")},
                    "region": {"startLine": line},
                }
            }
        ],
        "partialFingerprints": {"finding/v1": digest([rule, visible(path), text])},
    }
    if isinstance(finding, Waived):
        why = f"let pass until {finding.expires}: {visible(finding.reason)}"
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return found


def _notification(result: GateResult) -> dict[str, Any]:
    text = f"{result.gate} could not run: {visible(result.reason)}"
    return {"level": "error", "message": {"text": text}, "descriptor": {"id": result.gate}}
