"""A small service in Python and in Node, its spec and its integration tests, for the gates that measure traffic."""

from __future__ import annotations

SPEC_PATH = "openspec/changes/add-items/specs/openapi.yaml"
SPEC = """openapi: 3.0.3
info: {title: Notes, version: 1.0.0}
paths:
  /notes:
    get:
      parameters:
        - {name: limit, in: query, required: true, schema: {type: integer, minimum: 1, maximum: 50}}
      responses:
        '200':
          description: Some notes.
          headers:
            X-Total: {required: true, schema: {type: integer}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}
        '400': {$ref: '#/components/responses/Bad'}
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/NewNote'}
            example: {text: buy milk, stars: 3}
      responses:
        '201':
          description: The note.
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
        '400': {$ref: '#/components/responses/Bad'}
  /notes/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
    get:
      responses:
        '200':
          description: The note.
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
        '404': {$ref: '#/components/responses/Bad'}
components:
  responses:
    Bad:
      description: What is wrong.
      content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}
  schemas:
    NewNote:
      type: object
      required: [text]
      additionalProperties: false
      properties:
        text: {type: string, minLength: 1, maxLength: 40}
        stars: {type: integer, minimum: 0, maximum: 5}
    Note:
      type: object
      required: [id, text]
      properties:
        id: {type: integer, minimum: 1}
        text: {type: string}
        stars: {type: integer}
    Error:
      type: object
      required: [error]
      properties:
        error: {type: string}
"""
PYTHON = """import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
NOTES = []
def sound(value):
    if not isinstance(value, dict) or set(value) - {"text", "stars"}:
        return False
    text, stars = value.get("text"), value.get("stars", 0)
    return isinstance(text, str) and 1 <= len(text) <= 40 and type(stars) is int and 0 <= stars <= 5
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *args):
        pass
    def answer(self, status, value, **headers):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(data)
    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/health":
            return self.answer(200, {})
        if url.path == "/notes":
            limit = parse_qs(url.query, keep_blank_values=True).get("limit", [""])[0]
            if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit) <= 50):
                return self.answer(400, {"error": "limit"})
            return self.answer(200, NOTES[: int(limit)], X_Total=str(len(NOTES)))
        last = url.path.removeprefix("/notes/")
        if last.isascii() and last.isdecimal() and len(last) < 10 and 1 <= int(last) <= len(NOTES):
            return self.answer(200, NOTES[int(last) - 1])
        self.answer(404, {"error": "no such note"})
    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/notes":
            return self.answer(404, {"error": "no such path"})
        try:
            value = json.loads(raw)
        except ValueError:
            return self.answer(400, {"error": "not JSON"})
        if not sound(value):
            return self.answer(400, {"error": "not a note"})
        NOTES.append({"id": len(NOTES) + 1, **value})
        self.answer(201, NOTES[-1])
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
SHORT = PYTHON.replace("str(len(data))", 'str(len(data) + 3 * self.path.startswith("/notes/"))')
"""Ends each note's answer before the length that it said."""
NODE = """import http from "node:http";
const notes = [];
const sound = (v) =>
  v !== null && typeof v === "object" && !Array.isArray(v) &&
  Object.keys(v).every((k) => k === "text" || k === "stars") &&
  typeof v.text === "string" && v.text.length > 0 && [...v.text].length <= 40 &&
  (v.stars === undefined || (Number.isInteger(v.stars) && v.stars >= 0 && v.stars <= 5));
const answer = (res, status, value, headers = {}) => {
  res.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...headers });
  res.end(JSON.stringify(value));
};
http.createServer((req, res) => {
  const url = new URL(req.url, "http://x");
  if (req.method === "GET" && url.pathname === "/health") return answer(res, 200, {});
  if (req.method === "GET" && url.pathname === "/notes") {
    const limit = url.searchParams.get("limit") ?? "";
    if (!/^[0-9]{1,9}$/.test(limit) || +limit < 1 || +limit > 50) return answer(res, 400, { error: "limit" });
    return answer(res, 200, notes.slice(0, +limit), { "X-Total": String(notes.length) });
  }
  const match = /^\\/notes\\/([0-9]{1,9})$/.exec(url.pathname);
  if (req.method === "GET" && match && notes[+match[1] - 1]) return answer(res, 200, notes[+match[1] - 1]);
  if (req.method !== "POST" || url.pathname !== "/notes") return answer(res, 404, { error: "nothing there" });
  let raw = "";
  req.setEncoding("utf8").on("data", (part) => (raw += part)).on("end", () => {
    let value;
    try {
      value = JSON.parse(raw);
    } catch {
      return answer(res, 400, { error: "not JSON" });
    }
    if (!sound(value)) return answer(res, 400, { error: "not a note" });
    notes.push({ id: notes.length + 1, ...value });
    answer(res, 201, notes[notes.length - 1]);
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
"""
REPORTED = """def check(name, good):
    ROWS.append((name, bool(good)))
def done():
    with open(sys.argv[1] + "/integration.xml", "w") as file:
        file.write("<testsuite>")
        for name, good in ROWS:
            inner = "" if good else '<failure message="wrong"/>'
            file.write(f'<testcase classname="api" name="{name}">{inner}</testcase>')
        file.write("</testsuite>")
    sys.exit(0 if all(good for _, good in ROWS) else 1)
"""
"""check(name, good), and done(), which writes the report and ends: of tests that have a list ROWS."""
CALLS = (
    """import json, os, sys, urllib.error, urllib.request
ROWS = []
def call(method, path, value=None, raw=None, kind="application/json"):
    data = raw if raw is not None else None if value is None else json.dumps(value).encode()
    request = urllib.request.Request(os.environ["BASE_URL"] + path, data, {"Content-Type": kind}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
"""
    + REPORTED
)
TESTS = (
    CALLS
    + """
check("created", call("POST", "/notes", {"text": "milk", "stars": 2})[0] == 201)
check("null", call("POST", "/notes", {"text": None})[0] == 400)
check("empty", call("POST", "/notes", {"text": ""})[0] == 400)
check("invalid", call("POST", "/notes", {"text": "x", "stars": 6})[0] == 400)
check("listed", call("GET", "/notes?limit=5")[0] == 200)
check("no limit", call("GET", "/notes")[0] == 400)
check("read", call("GET", "/notes/1")[0] == 200)
check("not there", call("GET", "/notes/99")[0] == 404)
done()
"""
)
CONFIG = """[spec]
path = "docs/openapi.yaml"
[commands]
integration = "python tests/api.py {out}"
[server]
start = "python service.py {port}"
ready = "/health"
timeout = 15
[latency]
rounds = 2
requests = 8
"""
NODE_CONFIG = CONFIG.replace("python service.py {port}", "PORT={port} node service.mjs")
BASE = {"docs/openapi.yaml": SPEC}


def files(*, service: str = PYTHON, tests: str = TESTS, spec: str = SPEC, node: str = "") -> dict[str, str]:
    """The files of a delivery; with `node`, its service is that."""
    own = {"service.mjs": node} if node else {"service.py": service}
    return {**own, "tests/api.py": tests, SPEC_PATH: spec}
