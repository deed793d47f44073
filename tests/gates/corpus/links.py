"""A service of links, without a framework: text, redirects, 304, and a challenge without a body; and its tests."""

from __future__ import annotations

from tests.gates.corpus.shop import CONFIG as _CONFIG
from tests.gates.corpus.shop import REPORTED

SPEC = """openapi: 3.0.3
info: {title: Links, version: '1'}
servers: [{url: 'https://go.example.com/api/v2'}]
paths:
  /links:
    post:
      requestBody:
        required: true
        content: {text/plain: {schema: {type: string, minLength: 8, maxLength: 200, pattern: '^https?://'}}}
      responses:
        '201':
          description: Made.
          headers: {Location: {required: true, schema: {type: string}}}
          content: {text/plain: {schema: {type: string}}}
        '400': {description: No link., content: {text/plain: {schema: {type: string}}}}
  /links/{code}:
    get:
      parameters: [{name: code, in: path, required: true, schema: {type: string, pattern: '^[a-z]{1,8}$'}}]
      responses:
        '302': {description: Go there., headers: {Location: {required: true, schema: {type: string}}}}
        '404': {description: None., content: {text/plain: {schema: {type: string}}}}
  /stats:
    get:
      security: [{basic: []}]
      parameters: [{name: If-None-Match, in: header, schema: {type: string}}]
      responses:
        '200':
          description: Counts.
          headers: {ETag: {schema: {type: string}}}
          content:
            application/json:
              schema: {type: object, required: [links], properties: {links: {type: integer, nullable: true}}}
        '304': {description: Same.}
        '401': {description: Who?}
components: {securitySchemes: {basic: {type: http, scheme: basic}}}
"""
SERVICE = """import json, re, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
LINKS = {}
class H(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def answer(self, status, text="", kind="text/plain; charset=utf-8", **headers):
        data = text.encode()
        self.send_response(status)
        for k, v in headers.items(): self.send_header(k.replace("_", "-"), v)
        if data: self.send_header("Content-Type", kind)
        if status not in (204, 304): self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status not in (204, 304): self.wfile.write(data)
    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/health": return self.answer(200, "ok")
        if path == "/api/v2/stats":
            if self.headers.get("Authorization") != "Basic YTpi": return self.answer(401, WWW_Authenticate="Basic")
            tag = f'"{len(LINKS)}"'
            if self.headers.get("If-None-Match") == tag: return self.answer(304, ETag=tag)
            return self.answer(200, json.dumps({"links": len(LINKS) or None}), "application/json", ETag=tag)
        m = re.fullmatch("/api/v2/links/([a-z]{1,8})", path)
        if m and m[1] in LINKS: return self.answer(302, "<a href=x>moved</a>", "text/html", Location=LINKS[m[1]])
        self.answer(404, "nothing there")
    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/api/v2/links": return self.answer(404, "nothing there")
        try: text = raw.decode()
        except ValueError: return self.answer(400, "not text")
        if not re.match("https?://", text) or not 8 <= len(text) <= 200: return self.answer(400, "not a link")
        code = "abcdefgh"[: len(LINKS) % 8 + 1]
        LINKS[code] = text.encode("ascii", "ignore").decode().replace("\\r", "").replace("\\n", "")
        self.answer(201, code, Location=f"/api/v2/links/{code}")
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
"""
TESTS = (
    """import json, os, sys, urllib.error, urllib.request
ROWS = []
class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *a): return None
OPEN = urllib.request.build_opener(NoRedirect)
def call(method, path, value=None, raw=None, kind="application/json", **headers):
    data = raw if raw is not None else None if value is None else json.dumps(value).encode()
    h = {k.replace("_","-"): v for k, v in headers.items()}
    if data is not None: h["Content-Type"] = kind
    request = urllib.request.Request(os.environ["BASE_URL"] + path, data, h, method=method)
    try:
        with OPEN.open(request, timeout=20) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers
"""
    + REPORTED
    + """
check("up", call("GET", "/health")[0] == 200)
s, b, h = call("POST", "/api/v2/links", raw=b"https://example.com", kind="text/plain")
check("made", s == 201)
check("bad", call("POST", "/api/v2/links", raw=b"nonsense!", kind="text/plain")[0] == 400)
check("empty", call("POST", "/api/v2/links", raw=b"", kind="text/plain")[0] == 400)
check("go", call("GET", h["Location"])[0] == 302)
check("none", call("GET", "/api/v2/links/zzz")[0] == 404)
check("who", call("GET", "/api/v2/stats")[0] == 401)
s, b, h = call("GET", "/api/v2/stats", Authorization="Basic YTpi")
check("stats", s == 200)
check("same", call("GET", "/api/v2/stats", Authorization="Basic YTpi", If_None_Match=h["ETag"])[0] == 304)
done()
"""
)
CONFIG = _CONFIG.replace(
    "timeout = 15", 'timeout = 15\nseed = "python seed.py"\nauth = "echo Authorization: Basic YTpi"'
)
SEED = """import os, urllib.request
request = urllib.request.Request(os.environ["BASE_URL"] + "/api/v2/links", b"https://example.com")
urllib.request.urlopen(request)
"""
