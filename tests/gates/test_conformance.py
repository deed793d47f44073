"""Conformance: what schemathesis is asked to do, what its reports mean, and that a refusal is no measurement."""

from __future__ import annotations

import json
import tomllib

import pytest

from harness.config import Config, parse
from harness.domain.gate import GateResult
from harness.gates import conformance
from harness.gates.bundle import Api, bundle
from harness.gates.document import load
from harness.gates.schemathesis import campaign, cleaned, headers, keys, settings
from harness.gates.strict import strict
from tests.gates.api import V30
from tests.gates.conftest import Stand
from tests.gates.double import Closed
from tests.gates.sample import CONFIG, SERVICE

SPEC = "openspec/changes/add-items/specs/openapi.yaml"
LOGIN = """import json, os, urllib.request
data = json.dumps({"name": "robot"}).encode()
url = os.environ["BASE_URL"] + "/token"
request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
with urllib.request.urlopen(request) as answer:
    print("Authorization: Bearer " + json.loads(answer.read())["token"])
"""
AUTH = CONFIG.replace('ready = "/health"', 'ready = "/health"\nauth = "python login.py"')


def run(stand: Stand, config: str = AUTH, service: str = SERVICE, login: str = LOGIN) -> GateResult:
    stand.repo.commit({"service.py": service, "login.py": login, SPEC: V30})
    return conformance.check(stand.subject(parse(config)), stand.bench)


def test_two_runs_find_the_same_and_tell_no_credentials(stand: Stand) -> None:
    first = run(stand)
    assert first.result == "failed"
    (token, item) = sorted(first.findings, key=lambda row: row.text)[::-1]
    assert item.text.startswith("POST /items answers 201: Schema-violating request accepted")
    assert "larger than maxLength" in item.text
    assert "curl -X POST" in item.text and "$BASE_URL/items" in item.text
    assert token.text.startswith("POST /token answers 200")
    assert (item.path, item.line > 0) == (SPEC, True)
    assert "robot" not in str(first.findings)
    assert b"robot-0-" not in stand.blobs[first.evidence]
    assert first.figures["operations"] == 4
    again = run(stand)
    assert (again.findings, again.figures) == (first.findings, first.figures)


@pytest.mark.parametrize(
    ("config", "login", "word"),
    [
        (CONFIG, LOGIN, "[server] auth"),
        (AUTH, "print('Authorization: Bearer wrong')", "do not open it"),
        (AUTH, "raise SystemExit('no database')", "[server] auth failed (exit code 1)"),
        (AUTH, "print('done')", "printed no header"),
        (AUTH.replace("auth =", 'seed = "python -c 1/0"\nauth ='), LOGIN, "[server] seed failed"),
    ],
)
def test_a_service_that_only_refuses_is_not_measured(stand: Stand, config: str, login: str, word: str) -> None:
    result = run(stand, config, login=login)
    assert not result.passed
    assert word in result.reason + " ".join(str(row) for row in result.findings)


def test_a_service_that_dies_or_never_starts_fails(stand: Stand) -> None:
    dying = SERVICE.replace("ITEMS[number] =", "import os; os._exit(3)\n        ITEMS[number] =")
    result = run(stand, service=dying)
    assert result.result == "failed"
    assert result.findings[0].rule == "conformance-service"
    result = run(stand, service="raise SystemExit('no licence')")
    assert "no licence" in result.findings[0].text


def api(text: str) -> Api:
    return bundle("a/spec.yaml", load(text.encode(), "a/spec.yaml"), "a", lambda name: None)


def test_responses_are_closed_and_requests_are_not() -> None:
    spec = V30.replace("      additionalProperties: false\n", "")
    closed = strict(api(spec))
    assert "additionalProperties" not in closed["components"]["schemas"]["Item"]
    schema = closed["paths"]["/items"]["post"]["responses"]["201"]["content"]["application/json"]["schema"]
    name = schema["$ref"].removeprefix("#/x-strict/")
    assert closed["x-strict"][name]["additionalProperties"] is False
    asked = closed["paths"]["/items"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert asked == {"$ref": "#/components/schemas/NewItem"}


def test_what_is_put_together_and_what_loops_is_closed_with_care() -> None:
    schemas = """
    Item:
      allOf:
        - {$ref: '#/components/schemas/Token'}
        - {type: object, properties: {a: {$ref: '#/components/schemas/Tree'}}}
    Tree: {type: object, properties: {next: {$ref: '#/components/schemas/Tree'}, tags: {type: object}}}
    Old:
"""
    closed = strict(api(V30.replace("    Item:\n", schemas.lstrip("\n"), 1)))["x-strict"]
    whole = next(row for row in closed.values() if "allOf" in row)
    assert "additionalProperties" not in whole
    part = closed[whole["allOf"][0]["$ref"].removeprefix("#/x-strict/")]
    assert "additionalProperties" not in part
    tree = next(row for row in closed.values() if "next" in row.get("properties", {}))
    assert tree["additionalProperties"] is False
    assert tree["properties"]["tags"] == {"type": "object"}
    assert closed[tree["properties"]["next"]["$ref"].removeprefix("#/x-strict/")] is tree


def test_headers_are_read_and_left_out() -> None:
    found = headers("note\nAuthorization: Bearer abcd.efgh\nX-Key:12345\n\x1b[0m: x\n")
    assert found == {"Authorization": "Bearer abcd.efgh", "X-Key": "12345"}
    assert 'Authorization" = "Bearer abcd.efgh"' in settings(found)
    said = cleaned("curl -H 'X-Key: 12345' -H 'X-Auth-Token: other' abcd.efgh", found)
    assert "12345" not in said and "abcd" not in said and "other" not in said


@pytest.mark.parametrize(
    ("reports", "word"),
    [
        ({}, "no report"),
        ({"conformance.json": b"{", "conformance.xml": b"<testsuite/>"}, "can't be read"),
        ({"conformance.json": b"{}", "conformance.xml": b"<!DOCTYPE a><testsuite/>"}, "can't be read"),
        ({"conformance.json": b"{}", "conformance.xml": b"<testsuite/>"}, "unknown shape"),
        ({"conformance.json": b"{}"}, "no report"),
    ],
)
def test_a_report_that_is_none_is_no_measurement(reports: dict[str, bytes], word: str) -> None:
    assert word in campaign(reports, "http://x", {}).fault


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"complete": False, "stop_reason": "max time"}, "max time"),
        ({"operations": {"selected": 4, "tested": 3, "errored": 0}}, "3 of 4"),
        ({"errors": [{"title": "no such reference"}]}, "no such reference"),
        ({"operations": {"selected": 0, "tested": 0, "errored": 0}}, "nothing to test"),
        ({}, ""),
    ],
)
def test_a_run_that_left_something_out_is_no_measurement(change: dict[str, object], word: str) -> None:
    whole = {
        "operations": {"selected": 4, "tested": 4, "errored": 0}, "errors": [], "complete": True,
        "stop_reason": "completed", "test_cases": {"generated": 9}, "failures": [], "warnings": {},
    }  # fmt: skip
    found = campaign(
        {"conformance.json": json.dumps(whole | change).encode(), "conformance.xml": b"<testsuite/>"}, "", {}
    )
    assert word in found.fault
    assert bool(found.fault) == bool(word)


def test_it_says_before_a_run_that_it_could_not_run() -> None:
    assert "no [server] start" in conformance.ready(Config(), Closed())
    assert "cannot run here" in conformance.ready(parse(CONFIG), Closed())


SCHEMES = """openapi: 3.1.0
info: {title: Keys, version: '1'}
paths: {}
components:
  securitySchemes:
    session: {type: apiKey, in: cookie, name: sid}
    key: {type: apiKey, in: query, name: api_key}
    header: {type: apiKey, in: header, name: X-Key}
"""


def test_keys_in_cookies_and_queries_are_no_headers_of_each_request() -> None:
    api = bundle("a.yaml", load(SCHEMES.encode(), "a.yaml"), ".", lambda name: None)
    known, rest = keys(api, {"Cookie": "sid=abc; theme=dark", "api_key": "k1", "X-Key": "k2"})
    assert (known, rest) == ({"session": "abc", "key": "k1"}, {"Cookie": "theme=dark", "X-Key": "k2"})
    assert headers("api_key: k1\nno header\n") == {"api_key": "k1"}
    assert keys(api, {"Cookie": "sid=abc"}) == ({"session": "abc"}, {})
    config = tomllib.loads(settings(rest, known, ordered=True))
    assert config["auth"]["openapi"] == {"session": {"api_key": "abc"}, "key": {"api_key": "k1"}}
    assert config["headers"]["X-Key"] == "k2"
    assert {config["phases"][name]["operation-ordering"] for name in ("examples", "coverage")} == {"none"}
