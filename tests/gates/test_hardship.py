"""Services, tests and traffic that misbehave: each has a clear result, within bounded time and memory."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config import parse
from harness.domain.gate import GateResult
from harness.gates import conformance, latency, operations, unix
from harness.gates.exchange import MOST_BODY, unpacked
from harness.gates.proxy import Proxy
from harness.ports import Command, Limits
from tests.gates.conftest import Stand
from tests.gates.corpus.shop import CALLS, CONFIG, PYTHON, SPEC, SPEC_PATH, TESTS
from tests.gates.double import PlainProcess, PlainSandbox

HUGE = """
        if self.path == "/notes/7":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(1 << 30))
            self.end_headers()
            for _ in range(1 << 14):
                self.wfile.write(b"1" * (1 << 16))
            return
        url = urlsplit(self.path)
"""


def run(
    stand: Stand, *, service: str = PYTHON, tests: str = TESTS, spec: str = SPEC, config: str = CONFIG
) -> GateResult:
    stand.repo.commit({"service.py": service, "tests/api.py": tests, SPEC_PATH: spec})
    return operations.check(stand.subject(parse(config)), stand.bench)


def told(result: GateResult) -> str:
    return "\n".join(str(row) for row in result.findings) + result.reason


def also(call: str) -> str:
    """The tests with one more call, whose answer they do not look at."""
    return TESTS.removesuffix("done()\n") + f"{call}\ndone()\n"


def test_an_answer_of_a_gigabyte_is_named_and_not_kept(stand: Stand) -> None:
    service = PYTHON.replace("        url = urlsplit(self.path)\n", HUGE.lstrip("\n"), 1)
    began = time.monotonic()
    result = run(stand, service=service, tests=also('call("GET", "/notes/7")'))
    assert "GET /notes/7: the service did not answer: ValueError: the response has more than 16777216 bytes" in told(
        result
    )
    assert {row.rule for row in result.findings} == {"operations-answer"}
    assert time.monotonic() - began < 60


def test_an_answer_of_a_gigabyte_to_schemathesis_is_named_as_what_it_is(stand: Stand) -> None:
    service = PYTHON.replace("        url = urlsplit(self.path)\n", HUGE.lstrip("\n").replace("notes/7", "notes/1"), 1)
    stand.repo.commit({"service.py": service, "tests/api.py": TESTS, SPEC_PATH: SPEC})
    result = conformance.check(stand.subject(parse(CONFIG)), stand.bench)
    text = "GET /notes/1: the service did not answer: ValueError: the response has more than 16777216 bytes"
    assert [row.text for row in result.findings] == [text], "the proxy's own 502 is not the service's"


def test_tests_that_reach_nothing_get_0_of_n(stand: Stand) -> None:
    tests = CALLS + 'check("nothing", True)\ndone()\n'
    result = run(stand, tests=tests)
    assert (result.figures["reached"], result.figures["operations"]) == (0, 3)
    assert "0 of 3 operations: the integration tests sent no request" in told(result)


def test_a_port_that_is_taken_is_said(stand: Stand) -> None:
    squat = "import socket, sys, time\ns = socket.create_server(('127.0.0.1', int(sys.argv[1])))\ntime.sleep(20)\n"
    stand.repo.commit({"squat.py": squat})
    start = "python squat.py {port} & sleep 1; exec python service.py {port}"
    result = run(stand, config=CONFIG.replace("python service.py {port}", start))
    assert {row.rule for row in result.findings} == {"operations-service"}
    assert "Address already in use" in told(result)


class Impatient(PlainSandbox):
    """The double with a short wall time for what it runs to its end."""

    def start(self, command: Command) -> PlainProcess:
        wall = command.limits.wall if "service.py" in command.shell else 2.0
        return super().start(replace(command, limits=Limits(wall=wall)))


def test_tests_that_hang_could_not_run(make: Callable[..., Stand], tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    result = run(make(Impatient(logs)), tests="import time\ntime.sleep(60)\n")
    assert result.result == "could not run"
    assert "wall time" in result.reason


def test_a_ready_path_that_answers_too_much_or_nothing_is_said(stand: Stand) -> None:
    service = PYTHON.replace("return self.answer(200, {})", "import time; time.sleep(60)")
    result = run(stand, service=service, config=CONFIG.replace("timeout = 15", "timeout = 2"))
    assert "not ready after 2 s: GET /health is not answered" in told(result)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (
            'check("invalid", call("POST", "/notes", {"text": "x", "stars": 6})[0] == 400)',
            'check("invalid", call("POST", "/notes", {"text": "x", "stars": 6})[0] == 201)',
            "accepts a request with 201, though its body does not match the spec: $.stars: 6 is greater",
        ),
        (
            'check("no limit", call("GET", "/notes")[0] == 400)',
            'check("no limit", call("GET", "/notes?limit=0")[0] == 400)\ncheck("x", call("GET", "/notes")[0] == 200)',
            "though the query parameter limit is missing",
        ),
        (
            'check("empty", call("POST", "/notes", {"text": ""})[0] == 400)',
            'check("empty", call("POST", "/notes", raw=b"", kind="text/plain")[0] == 201)',
            "though it has no body",
        ),
        (
            'check("empty", call("POST", "/notes", {"text": ""})[0] == 400)',
            'check("kind", call("POST", "/notes", raw=b"text", kind="text/plain")[0] == 201)',
            "though its content type is text/plain",
        ),
    ],
)
def test_what_the_service_accepts_although_the_spec_forbids_it(stand: Stand, old: str, new: str, word: str) -> None:
    service = PYTHON.replace("0 <= stars <= 5", "0 <= stars").replace('.get("limit", [""])', '.get("limit", ["5"])')
    service = service.replace(
        'return self.answer(400, {"error": "not JSON"})', 'return self.answer(201, {"id": 9, "text": "x"})'
    )
    assert old in TESTS
    result = run(stand, service=service, tests=TESTS.replace(old, new))
    assert word in told(result)
    assert "operations-accepted" in {row.rule for row in result.findings}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("X_Total=str(len(NOTES))", "", "operations-header"),
        ("X_Total=str(len(NOTES))", 'X_Total="many"', "operations-header"),
        ('"Content-Type", "application/json"', '"Content-Type", "text/html"', "operations-type"),
    ],
)
def test_headers_and_content_types_are_part_of_the_answer(stand: Stand, old: str, new: str, rule: str) -> None:
    assert old in PYTHON
    result = run(stand, service=PYTHON.replace(old, new))
    assert rule in {row.rule for row in result.findings}


def test_heads_encoded_slashes_and_more_than_one_server_are_understood(stand: Stand) -> None:
    spec = SPEC.replace("paths:\n", "servers: [{url: /api}, {url: 'https://x.example/'}]\npaths:\n", 1)
    service = PYTHON.replace(
        "    def do_GET(self):\n", "    def do_HEAD(self):\n        self.do_GET()\n    def do_GET(self):\n"
    )
    service = service.replace("urlsplit(self.path)", 'urlsplit(self.path.removeprefix("/api"))')
    more = (
        'call("HEAD", "/notes/1")\ncall("OPTIONS", "/notes")\ncall("GET", "/api/notes/1")\ncall("GET", "/notes/a%2Fb")'
    )
    result = run(stand, service=service, spec=spec, tests=also(more))
    assert result.passed, told(result)


def test_a_not_provokable_status_needs_a_reason(stand: Stand) -> None:
    tests = TESTS.replace('check("not there", call("GET", "/notes/99")[0] == 404)\n', "")
    row = '[[operations.not_provokable]]\noperation = "GET /notes/{id}"\nstatus = "404"\nreason = "%s"\n'
    assert "without a reason" in told(run(stand, tests=tests, config=CONFIG + row % " "))
    stand.repo.commit({"a": "1"})
    assert run(stand, tests=tests, config=CONFIG + row % "notes are never removed").passed


def test_a_not_provokable_status_that_matches_nothing_is_told(stand: Stand) -> None:
    row = '[[operations.not_provokable]]\noperation = "%s"\nstatus = "404"\nreason = "nobody knows how"\n'
    result = run(stand, config=CONFIG + row % "GET /notes/{id}" + row % "GET /notices/{id}")
    assert result.passed, told(result)
    unused = [key for key in result.figures if key.startswith("not provokable, but not needed: ")]
    assert [key.partition(": ")[2] for key in unused] == ["GET /notes/{id} 404", "GET /notices/{id} 404"]


def test_a_service_that_dies_while_its_time_is_taken_is_said_with_its_log(stand: Stand) -> None:
    dying = "        if len(NOTES) > 2:\n            print('out of ink', flush=True); import os; os._exit(3)\n"
    service = PYTHON.replace("        NOTES.append(", dying + "        NOTES.append(")
    stand.repo.commit({"service.py": service, "tests/api.py": TESTS, SPEC_PATH: SPEC})
    result = latency.check(stand.subject(parse(CONFIG)), stand.bench)
    assert [row.rule for row in result.findings] == ["latency-service"]
    assert "the service died while it was measured (exit code 3); its log ends: out of ink" in told(result)


@pytest.mark.parametrize(
    ("encoding", "body", "read"),
    [
        ("", b"x" * 10, (b"x" * 10, True)),
        ("gzip", gzip.compress(b"x" * 10, mtime=0), (b"x" * 10, True)),
        ("deflate", zlib.compress(b"x" * 10), (b"x" * 10, True)),
        ("gzip", gzip.compress(b"x" * (64 << 20)), (b"x" * MOST_BODY, False)),
        ("br", b"\x0b", (b"", False)),
        ("gzip", b"plain", (b"plain", True)),
    ],
)
def test_compressed_answers_are_read_up_to_the_bound(encoding: str, body: bytes, read: tuple[bytes, bool]) -> None:
    assert unpacked(encoding, body) == read


# ---------------------------------------------------------------- the proxy and its client


@pytest.fixture
def serve(short: Path) -> Iterator[Callable[[bytes, float], Path]]:
    """Makes a server at a Unix socket that sends the bytes one by one, with a pause after each."""
    folder = short / "h"
    folder.mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "service.sock"))
    server.listen(8)

    def started(data: bytes, pause: float) -> Path:
        def answer() -> None:
            while True:
                try:
                    link, _ = server.accept()
                    with link:
                        link.recv(65536)
                        for number in range(len(data)):
                            link.sendall(data[number : number + 1])
                            time.sleep(pause)
                except OSError:
                    return

        threading.Thread(target=answer, daemon=True).start()
        return folder / "service.sock"

    yield started
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: ", b"H"])
def test_a_drip_ends_with_its_time(serve: Callable[[bytes, float], Path], start: bytes) -> None:
    path = serve(start + b"x" * 5000, 0.01)
    began = time.monotonic()
    with pytest.raises(unix.FAULTS):
        unix.send(path, "GET", "/", seconds=1.0)
    assert time.monotonic() - began < 20


def test_the_proxy_keeps_no_more_bodies_than_it_may(serve: Callable[[bytes, float], Path], short: Path) -> None:
    path = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100, 0)
    proxy = Proxy(path.parent / "proxy.sock", path, most=250)
    for _ in range(4):
        unix.send(path.parent / "proxy.sock", "GET", "/")
    proxy.close()
    assert (len(proxy.exchanges()), proxy.dropped) == (2, 2)
    assert proxy.exchanges()[0].response_headers == (("Content-Length", "100"),)


def test_hidden_headers_do_not_reach_the_service(serve: Callable[[bytes, float], Path]) -> None:
    path = serve(b"HTTP/1.1 204 No Content\r\n\r\n", 0)
    proxy = Proxy(path.parent / "proxy.sock", path, hidden="x-tool-")
    unix.send(path.parent / "proxy.sock", "GET", "/", [("X-Tool-Case", "7"), ("X-Kept", "1")])
    proxy.close()
    assert [name for name, _ in proxy.exchanges()[0].headers] == ["X-Kept", "Host"]
