"""Null, empty and invalid input: suites that try what the schema forbids, and suites that only seem to."""

from __future__ import annotations

from tests.gates.corpus import links, users
from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import BASE, CALLS, CONFIG, NODE, NODE_CONFIG, PYTHON, SPEC, TESTS, files

_NULL = 'check("null", call("POST", "/notes", {"text": None})[0] == 400)\n'
_EMPTY = 'check("empty", call("POST", "/notes", {"text": ""})[0] == 400)\n'
_INVALID = 'check("invalid", call("POST", "/notes", {"text": "x", "stars": 6})[0] == 400)\n'
_LIMIT = 'check("no limit", call("GET", "/notes")[0] == 400)\n'
_WHOLE = """check("null", call("POST", "/notes", raw=b"null")[0] == 400)
check("empty", call("POST", "/notes", raw=b"")[0] == 400)
check("list", call("POST", "/notes", raw=b"[1]")[0] == 400)
"""
_FORM_SPEC = """openapi: 3.1.0
info: {title: Login, version: 1.0.0}
security: [{key: []}]
paths:
  /login:
    post:
      security: []
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [user, pin]
              properties: {user: {type: string, minLength: 1}, pin: {type: integer, minimum: 1000, maximum: 9999}}
      responses:
        '204': {description: Come in.}
        '401': {description: Stay out.}
  /echo:
    post:
      requestBody: {content: {application/json: {schema: {}}}}
      responses:
        '204': {description: Heard.}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
"""
_FORM = """import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404)
        self.end_headers()
    def do_POST(self):
        sent = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        pin = sent.get("pin", [""])[0]
        good = self.path == "/echo" or (sent.get("user") and pin.isdigit() and 1000 <= int(pin) <= 9999)
        self.send_response(204 if good else 401)
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
_FORM_TESTS = (
    CALLS
    + """
FORM = "application/x-www-form-urlencoded"
check("in", call("POST", "/login", raw=b"user=ann&pin=1234", kind=FORM)[0] == 204)
check("empty", call("POST", "/login", raw=b"user=&pin=1234", kind=FORM)[0] == 401)
check("invalid", call("POST", "/login", raw=b"user=ann&pin=99999", kind=FORM)[0] == 401)
check("echo", call("POST", "/echo", {"a": 1})[0] == 204)
done()
"""
)
_PATCH_SPEC = SPEC.replace("      required: [text]\n", "").replace("minLength: 1, ", "").replace("[id, text]", "[id]")
_PATCH = PYTHON.replace('value.get("text"), value', 'value.get("text", ""), value').replace(
    "1 <= len(text)", "0 <= len(text)"
)


def _given(
    name: str, rule: str = "", *, tests: str = TESTS, config: str = CONFIG, long: bool = False, **parts: str
) -> Delivery:
    return Delivery("inputs", name, files(tests=tests, **parts), BASE, config, rule=rule, long=long)


DELIVERIES = (
    _given("one property at a time"),
    _given(
        "whole bodies, in Node", tests=TESTS.replace(_NULL + _EMPTY + _INVALID, _WHOLE), config=NODE_CONFIG, node=NODE
    ),
    _given(
        "a form, and a body without a schema",
        tests=_FORM_TESTS,
        service=_FORM,
        spec=_FORM_SPEC,
        config=CONFIG.replace("/health", "/"),
    ),
    _given(
        "nothing is required",
        spec=_PATCH_SPEC,
        service=_PATCH,
        tests=TESTS.replace(_EMPTY, 'check("empty", call("POST", "/notes", {})[0] == 201)\n'),
    ),
    _given("in Flask, by pytest", tests=users.TESTS, config=users.CONFIG, service=users.SERVICE, spec=users.SPEC),
    _given("a body of text", tests=links.TESTS, config=links.CONFIG, service=links.SERVICE, spec=links.SPEC, long=True),
    _given(
        "one of two operations without a null",
        "inputs-null",
        tests=users.TESTS.replace('{"email": None}, ', ""),
        config=users.CONFIG,
        service=users.SERVICE,
        spec=users.SPEC,
    ),
    _given("no null", "inputs-null", tests=TESTS.replace(_NULL, "")),
    _given("no empty", "inputs-empty", tests=TESTS.replace(_EMPTY, "")),
    _given("no invalid", "inputs-invalid", tests=TESTS.replace(_INVALID, "")),
    _given("required parameter", "inputs-parameter", tests=TESTS.replace(_LIMIT, "")),
    _given(
        "null is accepted",
        "inputs-null",
        tests=TESTS.replace(_NULL, _NULL.replace("400", "201")),
        service=PYTHON.replace("return isinstance(text, str) and 1 <=", "return text is None or 1 <="),
    ),
    _given(
        "asked elsewhere",
        "inputs-invalid",
        long=True,
        tests=TESTS.replace(_INVALID, _INVALID.replace('"/notes"', '"/note"').replace("400", "404")),
    ),
    _given(
        "not JSON is no invalid value",
        "inputs-invalid",
        tests=TESTS.replace(_INVALID, 'check("invalid", call("POST", "/notes", raw=b"{")[0] == 400)\n'),
    ),
    _given(
        "answered as nobody documents",
        "inputs-empty",
        long=True,
        service=PYTHON.replace(
            "if not sound(value):\n            return self.answer(400",
            "if not sound(value):\n            return self.answer(422 if value == {'text': ''} else 400",
        ),
        tests=TESTS.replace(_EMPTY, _EMPTY.replace("400", "422")),
    ),
    _given(
        "a form's empty field is not tried",
        "inputs-empty",
        service=_FORM,
        spec=_FORM_SPEC,
        config=CONFIG.replace("/health", "/"),
        tests=_FORM_TESTS.replace(
            'check("empty", call("POST", "/login", raw=b"user=&pin=1234", kind=FORM)[0] == 401)\n', ""
        ),
    ),
)
