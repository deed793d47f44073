"""Operations over HTTP: suites that reach all that the spec documents, and suites or services that fall short of it."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import BASE, CALLS, CONFIG, NODE, NODE_CONFIG, PYTHON, SPEC, SPEC_PATH, TESTS, files

_DIRECT = (
    CALLS
    + """
import re
source = open("service.py").read()
check("routes", "/notes" in source)
check("limits", re.search("<= 40", source))
done()
"""
)
_STANDIN = (
    CALLS
    + """
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
class Fake(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
server = HTTPServer(("127.0.0.1", 0), Fake)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["BASE_URL"] = f"http://127.0.0.1:{server.server_port}"
check("read", call("GET", "/notes/1")[0] == 200)
done()
"""
)
_GONE = 'check("not there", call("GET", "/notes/99")[0] == 404)\n'
_CONFIG = (
    CONFIG
    + """[[operations.not_provokable]]
operation = "GET /notes/{id}"
status = "404"
reason = "notes are never removed, and their numbers are secret"
"""
)
_FLOOD = PYTHON.replace(
    "    def do_POST(self):\n", "    def do_POST(self):\n        print('x' * (80 << 20), flush=True)\n"
)


def _given(name: str, rule: str = "", *, config: str = CONFIG, at: str = "", **parts: str) -> Delivery:
    return Delivery("operations", name, files(**parts), BASE, config, rule=rule, at=at)


DELIVERIES = (
    _given("all that the spec documents"),
    _given("in Node, below a server's path", config=NODE_CONFIG,
           node=NODE.replace('new URL(req.url, "http://x")', 'new URL(req.url.replace(/^\\/v1/, ""), "http://x")'),
           spec=SPEC.replace("paths:\n", "servers: [{url: 'https://api.example.com/v1'}]\npaths:\n", 1),
           tests=TESTS.replace('"/notes', '"/v1/notes')),
    _given("a status that nobody can provoke", config=_CONFIG, tests=TESTS.replace(_GONE, "")),
    _given("an operation is never called", "operations-unreached", at=SPEC_PATH,
           tests=TESTS.replace(_GONE, "").replace('check("read", call("GET", "/notes/1")[0] == 200)\n', "")),
    _given("a status is never provoked", "operations-status", at=SPEC_PATH, tests=TESTS.replace(_GONE, "")),
    _given("the source is read and nothing is called", "operations-none", tests=_DIRECT),
    _given("a stand-in of the tests' own", "operations-none", tests=_STANDIN),
    _given("an answer of another shape", "operations-body",
           service=PYTHON.replace('len(NOTES) + 1, **', 'str(len(NOTES)), **')),
    _given("a required header is missing", "operations-header", config=NODE_CONFIG,
           node=NODE.replace(', { "X-Total": String(notes.length) }', "")),
    _given("what is too long is accepted", "operations-accepted",
           service=PYTHON.replace("<= 40", "<= 400"),
           tests=TESTS.replace(_GONE, _GONE + 'check("long", call("POST", "/notes", {"text": "x" * 41})[0] == 201)\n')),
    _given("the log is flooded", "operations-service", service=_FLOOD),
)  # fmt: skip
