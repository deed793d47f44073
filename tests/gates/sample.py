"""A small HTTP service and its integration tests, as files of a repository."""

from __future__ import annotations

SERVICE = """
import json, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
ITEMS, TOKENS = {}, set()
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *args):
        print("log", *args, flush=True)
    def answer(self, status, value=None):
        data = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if data:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def body(self):
        try:
            return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        except ValueError:
            return None
    def known(self):
        if self.headers.get("Authorization", "").removeprefix("Bearer ") in TOKENS:
            return True
        self.answer(401, {"error": "no token"})
        return False
    def do_POST(self):
        value = self.body()
        name = value.get("name") if isinstance(value, dict) else None
        if self.path == "/token":
            if not name:
                return self.answer(400, {"error": "no name"})
            token = f"{name}-{len(TOKENS)}-{time.time_ns()}"
            TOKENS.add(token)
            return self.answer(200, {"token": token})
        if self.path != "/items":
            return self.answer(404, {"error": "no such path"})
        if not self.known():
            return
        if not isinstance(name, str) or not name:
            return self.answer(400, {"error": "no name"})
        number = len(ITEMS) + 1
        ITEMS[number] = {"id": number, "name": name}
        self.answer(201, ITEMS[number])
    def item(self):
        last = self.path.rsplit("/", 1)[1]
        return ITEMS.get(int(last)) if self.path.startswith("/items/") and last.isdigit() else None
    def do_GET(self):
        if self.path in ("/health", "/metrics"):
            return self.answer(200, {})
        if not self.known():
            return
        found = self.item()
        self.answer(200, found) if found else self.answer(404, {"error": "no such item"})
    def do_DELETE(self):
        if not self.known():
            return
        found = self.item()
        if not found:
            return self.answer(404, {"error": "no such item"})
        ITEMS[found["id"]] = None
        self.answer(204)
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
TESTS = """
import json, os, sys, urllib.error, urllib.request
def call(method, path, value=None, token=None):
    request = urllib.request.Request(os.environ["BASE_URL"] + path, method=method)
    if value is not None:
        request.data = json.dumps(value).encode()
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
def tests():
    yield "login", call("POST", "/token", {})[0] == 400
    status, value = call("POST", "/token", {"name": "alice"})
    yield "token", status == 200
    token = value["token"]
    yield "closed", call("POST", "/items", {"name": "pen"})[0] == 401
    yield "empty", call("POST", "/items", {"name": ""}, token)[0] == 400
    status, item = call("POST", "/items", {"name": "pen"}, token)
    yield "add", status == 201
    path = f"/items/{item['id']}"
    yield "read", call("GET", path, None, token) == (200, item)
    yield "read closed", call("GET", path)[0] == 401
    yield "remove closed", call("DELETE", path)[0] == 401
    yield "remove", call("DELETE", path, None, token)[0] == 204
    yield "gone", call("GET", path, None, token)[0] == 404
    yield "gone again", call("DELETE", path, None, token)[0] == 404
    yield "nowhere", call("POST", "/nowhere", {})[0] == 404
rows = [(name, bool(good)) for name, good in tests()]
with open(sys.argv[1] + "/integration.xml", "w") as file:
    file.write("<testsuite>")
    for name, good in rows:
        inner = "" if good else '<failure message="wrong"/>'
        file.write(f'<testcase classname="api" name="{name}">{inner}</testcase>')
    file.write("</testsuite>")
sys.exit(0 if all(good for _, good in rows) else 1)
"""
CONFIG = """
[spec]
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
