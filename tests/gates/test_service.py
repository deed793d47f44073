"""The gates that run the service: operations and latency, and the proxy between tests and service."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from harness.config import Config, parse
from harness.domain.gate import GateResult
from harness.gates import latency, operations, unix
from harness.gates.proxy import Proxy
from harness.ports import Sandbox
from tests.gates.api import V30
from tests.gates.conftest import Stand
from tests.gates.double import Closed, PlainSandbox
from tests.gates.sample import CONFIG, SERVICE, TESTS

SPEC = "openspec/changes/add-items/specs/openapi.yaml"


def run(
    stand: Stand, *, service: str = SERVICE, tests: str = TESTS, spec: str = V30, config: str = CONFIG
) -> GateResult:
    stand.repo.commit({"service.py": service, "tests/api.py": tests, SPEC: spec})
    return operations.check(stand.subject(parse(config)), stand.bench)


def rules(result: GateResult) -> set[str]:
    return {finding.rule for finding in result.findings}


def test_a_service_that_agrees_with_its_spec_passes_both(stand: Stand) -> None:
    result = run(stand)
    assert result.passed, (result.reason, result.findings)
    assert {k: result.figures[k] for k in ("operations", "reached", "statuses", "statuses seen", "tests")} == {
        "operations": 4, "reached": 4, "statuses": 11, "statuses seen": 11, "tests": 12,
    }  # fmt: skip
    assert b'"path": "/token"' in stand.blobs[result.evidence]
    assert b"Bearer" not in stand.blobs[result.evidence]
    before = len(stand.bench.sandbox.runs) if isinstance(stand.bench.sandbox, PlainSandbox) else 0
    timed = latency.check(stand.subject(parse(CONFIG)), stand.bench)
    assert timed.passed, (timed.reason, timed.findings)
    assert timed.figures["DELETE /items/{id} statuses"] == "204: 16"
    assert timed.figures["GET /items/{id} statuses"] == "200: 16"
    assert 0 < float(timed.figures["POST /token p95 ms"]) < 100
    if isinstance(stand.bench.sandbox, PlainSandbox):
        assert len(stand.bench.sandbox.runs) == before + 1, "the integration run is shared; only a service is started"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('yield "remove", call("DELETE", path, None, token)[0] == 204', "", "operations-status"),
        ('yield "empty", call("POST", "/items", {"name": ""}, token)[0] == 400', "", "operations-status"),
        ('"nowhere", call("POST", "/nowhere", {})[0] == 404', '"x", call("GET", "/metrics")[0] == 200', "operations-unknown"),  # noqa: E501
        ('yield "add", status == 201', 'yield "add", status == 200', "tests-failed"),
        ("sys.exit(0 if", "sys.exit(1 if", "tests-exit"),
    ],
)  # fmt: skip
def test_tests_that_leave_something_out_fail(stand: Stand, old: str, new: str, rule: str) -> None:
    assert old in TESTS
    result = run(stand, tests=TESTS.replace(old, new))
    assert result.result == "failed"
    assert rule in rules(result)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('{"id": number, "name": name}', '{"id": str(number), "name": name}', "operations-body"),
        ('{"id": number, "name": name}', '{"id": number, "name": name, "secret": 1}', "operations-body"),
        ('"application/json"', '"text/plain"', "operations-type"),
        ("self.answer(204)", "self.answer(200, {})", "operations-undocumented"),
    ],
)
def test_a_service_that_answers_otherwise_fails(stand: Stand, old: str, new: str, rule: str) -> None:
    assert old in SERVICE
    result = run(stand, service=SERVICE.replace(old, new))
    assert result.result == "failed"
    assert rule in rules(result)


def test_an_operation_that_nobody_calls_is_named(stand: Stand) -> None:
    more = V30[V30.index("    get:\n") : V30.index("    delete:\n")]
    spec = V30.replace("components:\n", f"  /items/{{id}}/parts:\n{more}components:\n", 1)
    (finding,) = run(stand, spec=spec).findings
    assert "GET /items/{id}/parts" in finding.text
    assert finding.path == SPEC
    assert finding.line > 0


def test_a_status_that_cannot_be_provoked_is_shown_with_its_reason(stand: Stand) -> None:
    gone = "        '204': {description: It is gone.}\n"
    spec = V30.replace(gone, gone + "        '409': {$ref: '#/components/responses/Bad'}\n")
    assert rules(run(stand, spec=spec)) == {"operations-status"}
    row = '[[operations.not_provokable]]\noperation = "DELETE /items/{id}"\nstatus = "409"\nreason = "needs two"\n'
    stand.repo.commit({"a": "1"})
    result = operations.check(stand.subject(parse(CONFIG + row)), stand.bench)
    assert result.passed
    assert result.figures["not provokable: DELETE /items/{id} 409"] == "needs two"


@pytest.mark.parametrize(
    ("service", "word"),
    [
        ("raise SystemExit('the database is away')\n", "the database is away"),
        ("import time\nprint('waiting', flush=True)\ntime.sleep(60)\n", "not ready"),
    ],
)
def test_a_service_that_does_not_get_ready_fails_with_its_log(stand: Stand, service: str, word: str) -> None:
    config = CONFIG.replace("timeout = 15", "timeout = 1.5")
    result = run(stand, service=service, config=config)
    assert rules(result) == {"operations-service"}
    assert word in result.findings[0].text
    assert latency.check(stand.subject(parse(config)), stand.bench).result == "could not run"


def test_a_service_that_dies_under_test_fails(stand: Stand) -> None:
    service = SERVICE.replace(
        "        ITEMS[found", "        print('out of ink', flush=True); import os; os._exit(3)\n        ITEMS[found"
    )
    result = run(stand, service=service)
    assert "operations-service" in rules(result) or result.result == "could not run"
    assert not result.passed


def test_a_slow_operation_fails(stand: Stand) -> None:
    service = SERVICE.replace(
        "        found = self.item()\n        self.answer(200",
        "        found = self.item()\n        time.sleep(0.06)\n        self.answer(200",
    )
    stand.repo.commit({"service.py": service, "tests/api.py": TESTS, SPEC: V30})
    config = parse(CONFIG.replace("requests = 8", "requests = 4\nother = 50"))
    result = latency.check(stand.subject(config), stand.bench)
    assert [finding.text.split(":")[0] for finding in result.findings] == ["GET /items/{id}"]
    assert rules(result) == {"latency-slow"}


def test_an_operation_without_a_success_has_no_latency(stand: Stand) -> None:
    tests = TESTS.replace('yield "remove", call("DELETE", path, None, token)[0] == 204', "")
    tests = tests.replace('yield "gone again", call("DELETE", path, None, token)[0] == 404', "")
    stand.repo.commit({"service.py": SERVICE, "tests/api.py": tests, SPEC: V30})
    result = latency.check(stand.subject(parse(CONFIG)), stand.bench)
    assert rules(result) == {"latency-unknown"}


@pytest.mark.parametrize(
    ("config", "word"),
    [
        (CONFIG.replace('start = "python service.py {port}"', ""), "[server] start"),
        (CONFIG.replace('integration = "python tests/api.py {out}"', ""), "[commands] integration"),
        (CONFIG.replace('path = "docs/openapi.yaml"', ""), "[spec] path"),
        (CONFIG, "nothing holds"),
    ],
)
def test_what_is_missing_is_said_before_and_at_the_gate(
    make: Callable[[Sandbox], Stand], config: str, word: str
) -> None:
    stand = make(Closed())
    for gate in (operations, latency):
        assert word in gate.ready(parse(config), stand.bench.sandbox)
        result = gate.check(stand.subject(parse(config)), stand.bench)
        assert result.result == "could not run"
        assert word in result.reason


@pytest.mark.parametrize(
    ("tests", "config", "word"),
    [
        ("print('done')\n", CONFIG, "no JUnit report"),
        (TESTS, CONFIG.replace("python tests/api.py", "no-such-program"), "127"),
    ],
)
def test_tests_that_leave_no_report_could_not_run(stand: Stand, tests: str, config: str, word: str) -> None:
    result = run(stand, tests=tests, config=config)
    assert result.result == "could not run"
    assert word in result.reason


def test_a_spec_that_cannot_be_read_could_not_run(stand: Stand) -> None:
    assert run(stand, spec="openapi: 3.0.3\nopenapi: 3.0.3\n").result == "could not run"


# ---------------------------------------------------------------- proxy


@pytest.fixture
def pair(short: Path) -> Iterator[tuple[Proxy, Path, list[bytes]]]:
    """(proxy, the tests' socket, what the service got). The service answers with a fixed response."""
    got: list[bytes] = []
    folder = short / "p"
    folder.mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "service.sock"))
    server.listen(8)

    def serve() -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            with link:
                data = link.recv(65536)
                while b"\r\n\r\n" not in data or (b"Content-Length" in data and not data.endswith(b"end")):
                    data += link.recv(65536)
                got.append(data)
                link.sendall(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    proxy = Proxy(folder / "proxy.sock", folder / "service.sock")
    yield proxy, folder / "proxy.sock", got
    proxy.close()
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_the_proxy_records_what_it_forwards(pair: tuple[Proxy, Path, list[bytes]]) -> None:
    proxy, path, got = pair
    answer = unix.send(path, "POST", "/a%20b?x=1", [("Content-Type", "text/plain")], b"the end")
    assert (answer.status, answer.body, answer.header("x-a")) == (200, b"abc", "1")
    assert got[0].startswith(b"POST /a%20b?x=1 HTTP/1.1\r\n")
    (exchange,) = proxy.exchanges()
    assert (exchange.method, exchange.path, exchange.query, exchange.status) == ("POST", "/a%20b", "x=1", 200)
    assert (exchange.request_body, exchange.response_body, exchange.request_type) == (b"the end", b"abc", "text/plain")


def test_the_proxy_takes_chunked_bodies(pair: tuple[Proxy, Path, list[bytes]]) -> None:
    proxy, path, got = pair
    link = HTTPConnection("localhost")
    link.sock = unix.connect(path, 10)
    link.request(
        "POST", "/x", body=iter([b"the ", b"end"]), headers={"Transfer-Encoding": "chunked"}, encode_chunked=True
    )
    assert link.getresponse().read() == b"abc"
    link.close()
    assert proxy.exchanges()[0].request_body == b"the end"
    assert b"Content-Length: 7" in got[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET http:\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_the_proxy_survives_what_is_no_request(pair: tuple[Proxy, Path, list[bytes]], raw: bytes) -> None:
    proxy, path, _ = pair
    with unix.connect(path, 10) as link:
        link.sendall(raw)
        assert link.recv(100).startswith(b"HTTP/1.1 400 ")
    assert unix.send(path, "GET", "/").status == 200
    assert len(proxy.exchanges()) == 1


def test_no_link_is_followed_to_another_socket(pair: tuple[Proxy, Path, list[bytes]]) -> None:
    _, path, got = pair
    link = path.parent / "link.sock"
    link.symlink_to(path.parent / "service.sock")
    with pytest.raises(OSError):
        unix.connect(link, 1)
    (path.parent / "file.sock").write_text("x")
    with pytest.raises(OSError):
        unix.connect(path.parent / "file.sock", 1)
    assert got == []


def test_nearest_rank() -> None:
    assert latency.nearest([5.0, 1.0, 4.0, 2.0, 3.0], 95) == 5.0
    assert latency.nearest([float(n) for n in range(1, 101)], 95) == 95.0
    assert latency.ready(Config.model_validate({"latency": {"rounds": 0}}), Closed())
