"""The text of a new harness.toml: what was found, and in comments what else can be set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.config import Git, Thresholds
from harness.flow.pipeline import ALL_GATES

HEAD = """\
# How the virtual team builds, tests and measures this repository. It is read from the integration branch, never from
# the branch under test. Every key is optional. Commands run in a sandbox without a network, in the root of a clean
# checkout; {out} stands for the directory that takes their reports.
"""
MAIN = Git().main
NEEDS = {
    "spec": "spec.path",
    "operations": "commands.integration",
    "latency": "commands.integration",
    "build": "commands.build",
    "lint": "commands.lint",
    "tests": "commands.unit",
    "regression": "commands.unit",
    "assertions": "commands.unit",
    "coverage": "commands.unit",
    "reach": "commands.unit",
    "inputs": "commands.integration",
    "conformance": "server.start",
    "drift": "server.start",
}
"""gate -> what it can't be measured without"""
COMMENTS = {
    "project.environment": "The toolchain, mounted read-only: a virtual environment or node_modules.",
    "spec": "The living OpenAPI document; empty means that there is no HTTP API, and no gate asks for one.",
    "commands.setup": "Makes what the others need in ignored directories, such as node_modules/ by `npm ci`.",
    "commands.build": "Ends with 0 when the project builds.",
    "commands.lint": "Ends with 0 when style and types are in order.",
    "commands.unit": "Leaves JUnit XML as {out}/*.xml, and {out}/coverage.json (coverage.py) or coverage-summary.json.",
    "commands.integration": "Finds the service's address in BASE_URL; leaves JUnit XML as {out}/*.xml.",
    "server.start": "Starts the service on 127.0.0.1; {port} is replaced.",
    "changelog.path": "Where every change tells its readers what is new.",
    "server.ready": "A path that answers below 500 once the service is ready.",
}
TAIL = """\
# What follows shows the defaults: take the mark away from a line to change it.

{thresholds}
# [setup]
# registries = []            # package registries that the set-up may reach: "npm", "pypi"

# [latency]                  # milliseconds, 95th percentile
# token = 100
# other = 200

{git}
# [budget]                   # US dollars a change
# change = 25.0
"""
USUAL = """
# [changelog]
# path = "CHANGELOG.md"
"""


def settings(values: dict[str, dict[str, Any]], trunk: str = MAIN, low: Mapping[str, int] | None = None) -> str:
    """harness.toml with `values` (table -> key -> text); a key without a value stands there as a comment.

    `trunk` is the branch that releases go to; `low` has the thresholds that are to be below the usual ones.
    """
    parts = [HEAD]
    for table, keys in values.items():
        rows = [f"# {COMMENTS[table]}"] if table in COMMENTS else []
        rows.append(f"[{table}]")
        for key, value in keys.items():
            about = COMMENTS.get(f"{table}.{key}")
            rows += [f"# {about}"] if about else []
            rows.append(f"{'' if value else '# '}{key} = {quoted(value)}")
        parts.append("\n".join(rows) + "\n")
    parts[1] += _gates(values)
    tail = TAIL + ("" if "changelog" in values else USUAL)
    return "\n".join([*parts, tail.format(git=_git(trunk), thresholds=_thresholds(low or {}))])


def _thresholds(low: Mapping[str, int]) -> str:
    """The thresholds: what was measured where it is below the usual, comments elsewhere."""
    rows = [f"{metric} = {low[metric]}" if metric in low else f"# {metric} = 80" for metric in Thresholds.model_fields]
    if not low:
        return "\n".join(["# [thresholds]               # per cent that coverage has to exceed", *rows]) + "\n"
    said = "# Per cent that coverage has to exceed. Below 80, as the tests did not reach it at the start: raise it."
    return "\n".join([said, "[thresholds]", *rows]) + "\n"


def _git(trunk: str) -> str:
    """The branches: all a comment where they are the usual ones."""
    if trunk == MAIN:
        return f'# [git]\n# develop = "develop"\n# main = {quoted(MAIN)}\n'
    return f'[git]\n# develop = "develop"\nmain = {quoted(trunk)}\n'


def _gates(values: dict[str, dict[str, Any]]) -> str:
    """The gates that can be measured with what was found, by name; what is left out stands beside them, and why."""
    given = {f"{table}.{key}": value for table, keys in values.items() for key, value in keys.items()}
    left = {gate: NEEDS[gate] for gate in ALL_GATES if gate in NEEDS and not given.get(NEEDS[gate])}
    rows = ["# The gates that apply here. A gate that is not named is shown as not applicable at every approval."]
    rows += [
        f"# Left out, until [{need.split('.')[0]}] {need.split('.')[1]} is set: {gate}" for gate, need in left.items()
    ]
    names = ", ".join(quoted(gate) for gate in ALL_GATES if gate not in left)
    return "\n".join([*rows, f"gates = [{names}]"]) + "\n"


def quoted(text: str) -> str:
    """`text` as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
