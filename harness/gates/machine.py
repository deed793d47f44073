"""Reads what linters write for machines, from hostile text: SARIF, ESLint's and ruff's JSON, checkstyle XML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

from harness.domain.gate import Finding
from harness.gates.junit import Unusable
from harness.gates.result import finding

MOST = 5000
"""Findings of one report; the rest is only counted by its own tool."""
MOST_DEPTH = 40


def findings(gate: str, reports: Mapping[str, bytes], output: str) -> tuple[list[Finding], bool]:
    """(what the reports say, each once, whether they call one of it an error).

    A report is a file that the command left, or all that it printed. Unusable where a file can't be read; what is of no
    known form is no report.
    """
    rows: dict[Finding, bool] = {}
    for name, data in reports.items():
        if name.endswith((".sarif", ".json")):
            rows.update(_known(gate, _json(name, data)))
        elif name.endswith(".xml"):
            rows.update(_checkstyle(gate, name, data))
    text = output.strip()
    if text[:1] in ("{", "["):
        # a text for people may begin with a bracket, too
        with suppress(ValueError, RecursionError):
            rows.update(_known(gate, json.loads(text)))
    elif text.startswith("<") and "<checkstyle" in text[:500]:
        rows.update(_checkstyle(gate, "the output", text.encode()))
    return list(rows), any(rows.values())


def _json(name: str, data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"the report {name} is not JSON: {error}") from error


def _known(gate: str, value: Any) -> dict[Finding, bool]:
    """finding -> whether it is an error, of a report in JSON of a form that is known."""
    rows: Iterator[tuple[Finding, bool]] = iter(())
    try:
        if isinstance(value, dict) and isinstance(value.get("runs"), list):
            rows = _sarif(gate, value["runs"])
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            if "filePath" in value[0] and "messages" in value[0]:
                rows = _eslint(gate, value)
            elif "filename" in value[0] and "location" in value[0]:
                rows = _ruff(gate, value)
        return dict(row for row, _ in zip(rows, range(MOST), strict=False))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise Unusable(f"a report does not keep to its format: {type(error).__name__}: {error}") from error


def _sarif(gate: str, runs: list[Any]) -> Iterator[tuple[Finding, bool]]:
    for run in runs:
        for row in run.get("results") or ():
            if row.get("suppressions") or row.get("kind", "fail") not in ("fail", "open"):
                continue
            places = row.get("locations") or [{}]
            where = places[0].get("physicalLocation") or {}
            path = unquote(str((where.get("artifactLocation") or {}).get("uri", "")))
            line = int((where.get("region") or {}).get("startLine", 0))
            text = str(row["message"].get("text") or row["message"].get("markdown") or row["message"].get("id", ""))
            level = row.get("level", "warning")
            if level != "none":
                yield _made(gate, str(row.get("ruleId", "")), text, path, line), level == "error"


def _eslint(gate: str, files: list[Any]) -> Iterator[tuple[Finding, bool]]:
    for file in files:
        for row in file["messages"]:
            text, rule = str(row["message"]), str(row.get("ruleId") or "parse")
            yield _made(gate, rule, text, str(file["filePath"]), int(row.get("line") or 0)), row.get("severity") == 2


def _ruff(gate: str, rows: list[Any]) -> Iterator[tuple[Finding, bool]]:
    for row in rows:
        line = int((row["location"] or {}).get("row") or 0)
        made = _made(gate, str(row.get("code") or "syntax"), str(row["message"]), str(row["filename"]), line)
        # older versions leave it to the exit code
        yield made, row.get("severity") == "error"


def _checkstyle(gate: str, name: str, data: bytes) -> dict[Finding, bool]:
    """finding -> whether it is an error; nothing where the XML is of another form."""
    rows: dict[Finding, bool] = {}
    open_tags: list[str] = []
    file = ""

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal file
        open_tags.append(tag)
        if len(open_tags) > MOST_DEPTH:
            raise Unusable(f"the report {name} is nested too deeply")
        if tag == "file":
            file = attributes.get("name", "")
        elif tag == "error" and open_tags[0] == "checkstyle" and len(rows) < MOST:
            line = attributes.get("line", "")
            number = int(line) if line.isdecimal() and len(line) < 8 else 0
            rule, text = attributes.get("source", ""), attributes.get("message", "")
            rows[_made(gate, rule, text, file, number)] = attributes.get("severity", "error") == "error"

    def refuse(*_: object) -> None:
        raise Unusable(f"the report {name} has a document type or entities, which are not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: open_tags.pop()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unusable(f"the report {name} is not XML: {error}") from error
    except LookupError as error:
        raise Unusable(f"the report {name} is in no encoding that is known: {error}") from error
    return rows


def _made(gate: str, rule: str, text: str, path: str, line: int) -> Finding:
    plain = path.removeprefix("file://").removeprefix("/repo/").removeprefix("./")
    return finding(gate, f"{rule}: {text}" if rule else text or "see the report", plain, line)
