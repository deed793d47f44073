"""Drift: what frameworks and commands call a route, and how it is held against the spec both ways."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.config import Config, parse
from harness.domain.gate import GateResult
from harness.gates import drift
from harness.gates.bundle import bundle
from harness.gates.document import load
from harness.gates.route import Route, Unnamed, listed, plain, read
from tests.gates.api import V30
from tests.gates.conftest import Stand
from tests.gates.double import Closed
from tests.gates.packages import SAMPLES, packages
from tests.gates.sample import CONFIG, SERVICE

SPEC = "openspec/changes/add-items/specs/openapi.yaml"
FLASK = """import sys
from flask import Flask
app = Flask(__name__)
app.add_url_rule("/token", view_func=lambda: {}, methods=["POST"], endpoint="a")
app.add_url_rule("/items", view_func=lambda: {}, methods=["POST"], endpoint="b")
app.add_url_rule("/items/<int:n>", view_func=lambda n: {}, methods=["GET", "DELETE"], endpoint="c")
app.add_url_rule("/health", view_func=lambda: {}, endpoint="d")
app.run("127.0.0.1", int(sys.argv[1]))
"""
WHOLE = ["POST /token", "POST /items", "GET /items/{id}", "DELETE /items/{id}"]


def run(stand: Stand, service: str, config: str = CONFIG) -> GateResult:
    stand.repo.commit({"service.py": service, SPEC: V30})
    return drift.check(stand.subject(parse(config)), stand.bench)


def compared(*routes: str | Route, spec: str = V30) -> list[str]:
    """The findings' texts for routes such as `GET /items/{id}`."""
    api = bundle("a/spec.yaml", load(spec.encode(), "a/spec.yaml"), "a", lambda name: None)
    rows = [Route(*row.split(" ")) if isinstance(row, str) else row for row in routes]
    return [row.text for row in drift.compare(api, rows, "/health")]


def test_a_framework_with_the_routes_of_the_spec_passes(stand: Stand) -> None:
    result = run(stand, FLASK)
    assert result.passed, (result.reason, result.findings)
    assert result.figures == {"routes": 5, "operations": 4}
    assert b"GET /items/{n}" in stand.blobs[result.evidence]


def test_the_way_to_ask_for_readiness_excuses_no_other_method() -> None:
    assert not any("/health" in text for text in compared("GET /health"))
    assert any("POST /health" in text for text in compared("POST /health"))


def test_the_commands_own_variables_do_not_hide_the_framework(stand: Stand) -> None:
    config = CONFIG.replace("python service.py", "PYTHONPATH=src python service.py")
    assert run(stand, FLASK, config).passed
    ours = "NODE_OPTIONS='--require={sockets}/tracer.cjs --import tsx' node a"
    assert drift.loading("NODE_OPTIONS='--import tsx' node a") == ours


def test_a_service_without_a_known_framework_could_not_run(stand: Stand) -> None:
    result = run(stand, SERVICE)
    assert result.result == "could not run"
    assert "[commands] routes" in result.reason
    assert "no licence" in run(stand, "raise SystemExit('no licence')").reason


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("echo done", "no JSON array"),
        ("echo '[]'", "no route"),
        ("echo '[{}]'", "is no route"),
        ("exit 3", "ended with 3"),
        ("no-such-program", "127"),
    ],
)
def test_a_command_that_names_no_routes_could_not_run(stand: Stand, command: str, word: str) -> None:
    config = CONFIG.replace("[commands]\n", f'[commands]\nroutes = "{command}"\n')
    result = run(stand, SERVICE, config)
    assert result.result == "could not run"
    assert word in result.reason


def test_routes_and_operations_are_compared_both_ways() -> None:
    assert compared(*WHOLE, "GET /health") == []
    assert compared(*WHOLE, "GET /items") == [
        "the service has the route GET /items, which the approved spec does not have"
    ]
    assert compared(*WHOLE[1:]) == ["the service has no route for POST /token"]
    assert compared(*WHOLE, "GET /{*}") == [], "what answers 404 takes every path"
    assert compared(*WHOLE[:2], "* /items/{key}") == [], "app.all() answers every method"
    assert len(compared(*WHOLE, "GET /items/export")) == 1, "a fixed path below a parameter is a route of its own"
    taken = Route("GET", "(/^.items.[0-9]+$/)", ("/items/1",))
    assert compared(*WHOLE[:2], taken, "DELETE /items/{x}") == []
    assert len(compared(*WHOLE, Route("GET", "(/^.secret$/)", ()))) == 1


def test_paths_stand_below_the_specs_servers() -> None:
    spec = V30.replace("paths:\n", "servers: [{url: '/{v}', variables: {v: {default: v1}}}]\npaths:\n", 1)
    assert compared(*[row.replace("/", "/v1/", 1) for row in WHOLE], spec=spec) == []
    assert len(compared(*WHOLE, spec=spec)) == 8


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/items/<int:id>/", "/items/{id}"),
        ("/items/{id:int}", "/items/{id}"),
        ("/items/:id(\\d+)", "/items/{id}"),
        ("items/:from-:to", "/items/{from}-{to}"),
        ("/files/{name:path}", "/files/{*}"),
        ("/files/<path:name>", "/files/{*}"),
        ("*", "/{*}"),
        ("/", "/"),
    ],
)
def test_a_frameworks_path_becomes_a_template(path: str, wanted: str) -> None:
    assert plain(path) == wanted


def test_routes_are_read_from_noisy_output_and_bounded() -> None:
    rows = [{"method": "get", "path": "/a"}, {"methods": ["GET", "HEAD", "OPTIONS"], "path": "/b"}]
    assert listed("[notice] loading\n" + json.dumps(rows, indent=1)) == [Route("GET", "/a"), Route("GET", "/b")]
    assert list(read([{"method": "ALL", "path": "/c"}])) == [Route("*", "/c")]
    with pytest.raises(Unnamed):
        listed("[" * 50_000)
    assert len(list(read([{"method": "GET", "path": "/" + "x" * 9000}] * 9000))) == 5000


def test_it_says_before_a_run_that_it_could_not_run() -> None:
    assert "no [server] start" in drift.ready(Config(), Closed())
    assert "cannot run here" in drift.ready(parse(CONFIG.replace("[commands]", "[commands]\nroutes = 'a'")), Closed())


EXPRESS = """import express from "express";
const app = express(), users = express.Router(), deep = express.Router(), sub = express();
users.get("/:id", (q, r) => r.end());
users.route("/").get((q, r) => r.end()).post((q, r) => r.end());
deep.delete("/a{/:part}", (q, r) => r.end());
users.use("/:id/deep", deep);
app.use(["/users", "/people"], users);
sub.get("/s", (q, r) => r.end());
app.use("/sub", sub);
app.get(/^\\/notes\\/(\\d+)$/, (q, r) => r.end());
app.all("/any", (q, r) => r.end());
app.get("/*rest", (q, r) => r.status(404).end());
app.use((q, r) => r.status(404).end());
setTimeout(() => process.exit(0), 900);
"""


def test_express_names_nested_mounted_optional_and_regular_routes(tmp_path: Path) -> None:
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    (tmp_path / "node_modules").symlink_to(packages(SAMPLES / "issuer"))
    (tmp_path / "app.mjs").write_text(EXPRESS)
    (tmp_path / "samples.json").write_text('["/notes/1", "/users/1"]')
    hook = Path(drift.__file__).with_name("tracer.cjs")
    env = {"PATH": os.environ["PATH"], "HARNESS_ROUTES": str(tmp_path), "NODE_OPTIONS": f"--require={hook}"}
    subprocess.run(["node", "app.mjs"], cwd=tmp_path, env=env, check=True, timeout=60)
    (written,) = tmp_path.glob("routes-*.json")
    found = {route.name: route for route in read(json.loads(written.read_bytes()))}
    assert set(found) == {
        *(f"{method} /{top}" for top in ("users", "people") for method in ("GET", "POST")),
        *(f"GET /{top}/{{id}}" for top in ("users", "people")),
        *(f"DELETE /{top}/{{id}}/deep/a{part}" for top in ("users", "people") for part in ("", "/{part}")),
        "GET /sub/s", "GET (/^\\/notes\\/(\\d+)$/)", "* /any", "GET /{*}",
    }  # fmt: skip
    assert found["GET (/^\\/notes\\/(\\d+)$/)"].takes == ("/notes/1",)
    assert found["GET /{*}"].catchall


def test_what_browsers_ask_first_and_heads_need_no_operation_of_their_own() -> None:
    api = bundle("a.yaml", load(V30.encode(), "a.yaml"), ".", lambda name: None)
    known = [Route(*name.split(" ", 1)) for name in WHOLE]
    more = [Route("OPTIONS", "/items"), Route("OPTIONS", "/{*}"), Route("HEAD", "/items/{n}")]
    assert drift.compare(api, known + more, "/health") == []
    (found,) = drift.compare(api, [*known, Route("HEAD", "/items")], "/health")
    assert found.text.startswith("the service has the route HEAD /items,")
