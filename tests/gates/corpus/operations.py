"""Operations over HTTP: suites that reach all that the spec documents, and suites or services that fall short of it."""

from __future__ import annotations

from tests.gates.corpus import links, users
from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import BASE, CALLS, CONFIG, NODE, NODE_CONFIG, PYTHON, SHORT, SPEC, SPEC_PATH, TESTS, files

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


def _without_body(spec: str) -> str:
    """The document without what creates a user."""
    start = spec.index("      requestBody:")
    return spec[:start] + spec[spec.index("      responses:", start) :]


def _by_default(spec: str) -> str:
    """The document with the refusals of a removal left open."""
    start = spec.index("    delete:")
    return spec[:start] + spec[start:].replace("'404'", "default", 1)


DELIVERIES = (
    _given("all that the spec documents"),
    _given("in Node, below a server's path", config=NODE_CONFIG,
           node=NODE.replace('new URL(req.url, "http://x")', 'new URL(req.url.replace(/^\\/v1/, ""), "http://x")'),
           spec=SPEC.replace("paths:\n", "servers: [{url: 'https://api.example.com/v1'}]\npaths:\n", 1),
           tests=TESTS.replace('"/notes', '"/v1/notes')),
    _given("text, a redirect with a page, 304, an empty challenge, and the health check", config=links.CONFIG,
           service=links.SERVICE, spec=links.SPEC, tests=links.TESTS),
    _given("compressed pages, problems, and actions without a body", config=users.CONFIG,
           service=users.SERVICE, spec=users.SPEC, tests=users.TESTS),
    _given("answers that end before their length", "operations-answer", service=SHORT,
           tests=TESTS.replace('check("read", call("GET", "/notes/1")[0] == 200)', 'call("GET", "/notes/1")')),
    _given("a compressed page of another shape", "operations-body", config=users.CONFIG, spec=users.SPEC,
           service=users.SERVICE.replace("next=n + 1 if", "next='2' if 1 else n if"), tests=users.TESTS),
    _given("a body that the spec leaves out", "operations-accepted", config=users.CONFIG, service=users.SERVICE,
           spec=_without_body(users.SPEC), tests=users.TESTS),
    _given("refusals by default that nobody saw", "operations-status", config=users.CONFIG, service=users.SERVICE,
           spec=_by_default(users.SPEC), tests=users.TESTS.replace('(("delete", ""), ("post", "/activate"))',
                                                                   '(("post", "/activate"),)')),
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
