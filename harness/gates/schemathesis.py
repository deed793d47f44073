"""How schemathesis is asked, and what its reports say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.gates.bundle import Api, follow
from harness.gates.junit import Unusable, read

MARK = "x-schemathesis-"
"""How the headers begin that it marks its requests with."""
CONFIG, SPEC = "schemathesis.toml", "spec.json"
JSON, JUNIT = "conformance.json", "conformance.xml"
OPTIONS = "--phases examples,coverage --generation-deterministic --continue-on-failure --workers 1 --no-color"
COMMAND = (
    f"{{tools}}/schemathesis --config-file {CONFIG} run {SPEC} --url {{url}}{{base}} {OPTIONS} "
    f"--report json,junit --report-json-path {{out}}/{JSON} --report-junit-path {{out}}/{JUNIT}"
)
_CASE = re.compile(r"^\d+\. Test Case ID: \w+\s*$", re.M)
_FAILURE = re.compile(r"^- (?P<code>ST\d+) (?P<title>.+)$", re.M)
_STATUS = re.compile(r"^\[(?P<status>\d{3})\] ", re.M)
_CURL = re.compile(r"^ {4}(?P<curl>curl .+)", re.M | re.S)
_HEADER = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_-]{0,80}): ?(?P<value>[\x20-\x7e]{1,8000})")
_SECRET = re.compile(r"(-H '[A-Za-z-]{0,40}(?:auth|token|key|cookie|secret)[A-Za-z-]{0,40}: )[^']*'", re.I)
MOST_SAID = 900
NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Failure:
    """One check that one request failed."""

    operation: str
    title: str
    status: str
    said: str
    """What differs."""
    curl: str


@dataclass(slots=True)
class Campaign:
    """What the reports say of a run."""

    fault: str = ""
    """Why it is no measurement, or ''."""
    failures: list[Failure] = field(default_factory=list)
    cases: int = 0
    tested: int = 0
    warnings: dict[str, int] = field(default_factory=dict)


def keys(api: Api, headers: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(scheme -> key, the other headers): what the spec's schemes take from a cookie or the query is no header of each
    request, as then no request would be without it."""
    components, _ = follow(api.value, api.value.get("components"), ())
    schemes, _ = follow(api.value, (components or {}).get("securitySchemes"), ())
    cookies = {
        name: value
        for part in next((v for k, v in headers.items() if k.lower() == "cookie"), "").split(";")
        for name, sign, value in [part.strip().partition("=")]
        if sign
    }
    found: dict[str, str] = {}
    rest = dict(headers)
    for scheme, raw in schemes.items() if isinstance(schemes, Mapping) else ():
        row, _ = follow(api.value, raw, ())
        if not isinstance(row, Mapping) or row.get("type") != "apiKey":
            continue
        name = str(row.get("name", ""))
        if row.get("in") == "cookie" and name in cookies:
            found[scheme] = cookies.pop(name)
        elif row.get("in") == "query" and name in rest:
            found[scheme] = rest.pop(name)
    left = "; ".join(f"{name}={value}" for name, value in cookies.items())
    rest = {name: left if name.lower() == "cookie" else value for name, value in rest.items()}
    return found, {name: value for name, value in rest.items() if value}


def settings(headers: Mapping[str, str], known: Mapping[str, str] = NONE, *, ordered: bool = False) -> str:
    """The configuration file: ours, whatever the repository holds. `known` are keys of the spec's security schemes;
    `ordered` asks the operations in the document's order.

    Methods that the spec does not name are left alone: servers refuse them in ways that no spec describes. Valid data
    may be refused, as a spec can't say everything that makes data valid.
    """
    lines = [
        "request-timeout = 20",
        "[output.truncation]",
        "enabled = true",
        "max-payload-size = 300",
        "[checks.positive_data_acceptance]",
        "enabled = false",
        "[checks.unsupported_method]",
        "enabled = false",
        "[phases.coverage]",
        "unexpected-methods = []",
    ]
    if ordered:
        lines += ['operation-ordering = "none"', "[phases.examples]", 'operation-ordering = "none"']
    # A service that knows who asks could answer for the occasion.
    sent = {"User-Agent": "python-requests/2", **headers}
    lines += ["[headers]", *(f"{json.dumps(name)} = {json.dumps(value)}" for name, value in sent.items())]
    for scheme, key in known.items():
        lines += [f"[auth.openapi.{json.dumps(scheme)}]", f"api_key = {json.dumps(key)}"]
    return "\n".join(lines) + "\n"


def headers(output: str) -> dict[str, str]:
    """The headers that `[server] auth` printed, one `Name: value` a line."""
    found = (_HEADER.fullmatch(line.strip()) for line in output.splitlines()[:200])
    return {match["name"]: match["value"].strip() for match in found if match}


def campaign(reports: Mapping[str, bytes], url: str, secrets: Mapping[str, str]) -> Campaign:
    """What a run found; credentials are left out."""
    out = Campaign()
    try:
        summary = json.loads(reports.get(JSON, b"null"))
        cases = read(reports[JUNIT]) if JUNIT in reports else None
    except (ValueError, RecursionError, Unusable) as error:
        out.fault = f"schemathesis left a report that can't be read: {error}"
        return out
    if not isinstance(summary, dict) or cases is None:
        out.fault = "schemathesis left no report"
        return out
    out.fault = _incomplete(summary)
    out.cases = int(summary["test_cases"]["generated"]) if not out.fault else 0
    out.tested = int(summary["operations"]["tested"]) if not out.fault else 0
    out.warnings = {name: len(rows) for name, rows in summary.get("warnings", {}).items() if rows}
    for case in cases:
        if case.result in ("failed", "error"):
            text = cleaned(case.message.replace(url, "$BASE_URL"), secrets)
            out.failures += _failures(case.name.removeprefix("schemathesis::"), text)
    told = {row.title for row in out.failures}
    for row in summary.get("failures", []):
        # A case's text is kept up to a bound; what lies behind it is still named.
        if row["title"] not in told:
            names = ", ".join(row["operations"][:20])
            out.failures.append(Failure(names, row["title"], "", f"{row['count']} times", ""))
    out.failures = sorted(dict.fromkeys(out.failures), key=lambda row: (row.operation, row.title, row.curl))
    return out


def _incomplete(summary: Mapping[str, Any]) -> str:
    """Why a run did not test everything, or ''."""
    try:
        operations, errors = summary["operations"], summary["errors"]
        if errors:
            first = errors[0]
            said = first if isinstance(first, str) else json.dumps(first)
            return f"schemathesis could not test everything: {said[:600]}"
        if summary["complete"] is not True or operations["tested"] < operations["selected"] or operations["errored"]:
            done, total = operations["tested"], operations["selected"]
            return f"schemathesis tested {done} of {total} operations and stopped: {summary['stop_reason']}"
        if not operations["selected"] or not summary["test_cases"]["generated"]:
            return "schemathesis found nothing to test"
    except (KeyError, TypeError) as error:
        return f"schemathesis left a report of an unknown shape: {type(error).__name__}: {error}"
    return ""


def _failures(operation: str, text: str) -> list[Failure]:
    out = []
    for part in _CASE.split(text)[1:]:
        marks = list(_FAILURE.finditer(part))
        status = _STATUS.search(part)
        curl = _CURL.search(part)
        for number, match in enumerate(marks):
            ends = [mark.start() for mark in marks[number + 1 : number + 2]] + ([status.start()] if status else [])
            said = part[match.end() : min(ends, default=len(part))]
            words = " ".join(said.split())[:MOST_SAID]
            shown = curl["curl"].strip().split("\n\n")[0][:MOST_SAID] if curl else ""
            out.append(Failure(operation, match["title"].strip(), status["status"] if status else "", words, shown))
    return out


def cleaned(text: str, secrets: Mapping[str, str]) -> str:
    """`text` without the values of credentials."""
    for value in secrets.values():
        for secret in (value, value.rpartition(" ")[2]):
            text = text.replace(secret, "[left out]") if len(secret) > 3 else text
    return _SECRET.sub(r"\1[left out]'", text)
