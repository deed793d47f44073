"""Real servers beside the service: those that are used, and stand-ins in memory."""

from __future__ import annotations

from collections.abc import Mapping

from tests.gates.corpus.delivery import Delivery, Need

_SPEC = "openapi: 3.0.3\ninfo: {title: Items, version: '1'}\npaths: {}\n"
_DESCRIBED = '[spec]\npath = "docs/openapi.yaml"\n'
_CONFIG = """
[commands]
integration = "python tests/api.py {{out}}"
[server]
start = "python service.py {{port}}"
ready = "/health"
[services]
{services}
"""
_HTTP = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
{store}
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def do_GET(self):
        if self.path == "/health":
            return self.answer(200, {{"ok": alive()}})
        value = read(self.path.rsplit("/", 1)[1])
        self.answer(200 if value else 404, {{"name": value}})
    def do_POST(self):
        value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        write(value["id"], value["name"])
        self.answer(201, value)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
_TESTS = """
import json, os, sys, urllib.request
{before}
base = os.environ["BASE_URL"]
def call(path, value=None):
    data = None if value is None else json.dumps(value).encode()
    with urllib.request.urlopen(urllib.request.Request(base + path, data), timeout=20) as answer:
        return answer.status, json.loads(answer.read())
good = call("/items", {{"id": "a", "name": "pen"}})[0] == 201 and call("/items/a")[1] == {{"name": "pen"}}
open(sys.argv[1] + "/api.xml", "w").write(
    '<testsuite><testcase classname="api" name="items">' + ("" if good else "<failure/>") + "</testcase></testsuite>")
sys.exit(not good)
"""
_SQL = """
from urllib.parse import urlsplit
import pg8000.native
def connect():
    at = urlsplit(os.environ["DATABASE_URL"])
    return pg8000.native.Connection(
        at.username, host=at.hostname, port=at.port, password=at.password, database=at.path[1:])
"""
_POOLED = (
    _SQL
    + """
db = connect()
db.run("CREATE TABLE IF NOT EXISTS items (id text PRIMARY KEY, name text NOT NULL)")
def alive(): return db.run("SELECT 1") == [[1]]
def read(key):
    rows = db.run("SELECT name FROM items WHERE id = :id", id=key)
    return rows[0][0] if rows else None
def write(key, name):
    db.run("INSERT INTO items VALUES (:id, :name)", id=key, name=name)
"""
)
_EACH = (
    _SQL
    + """
def ask(text, **values):
    db = connect()
    try:
        return db.run(text, **values)
    finally:
        db.close()
ask("create schema shop")
ask("create table shop.goods (key text primary key, label text)")
def alive(): return True
def read(key):
    return next((row[0] for row in ask("select label from shop.goods where key = :k", k=key)), None)
def write(key, name):
    ask("insert into shop.goods(key, label) values (:k, :n) on conflict (key) do update set label = :n", k=key, n=name)
"""
)
_MEMORY = """
items = {}
def alive(): return True
def read(key): return items.get(key)
def write(key, name): items[key] = name
"""
_PINGING = (
    _SQL
    + """
db, items = connect(), {}
db.run("CREATE TABLE items (id text PRIMARY KEY, name text)")
def alive(): return db.run("SELECT version()")
def read(key):
    db.run("SELECT 1")
    return items.get(key)
def write(key, name):
    db.run("SELECT extract(epoch FROM now())")
    items[key] = name
"""
)
_KEYS = """
import socket
from urllib.parse import urlsplit
def ask(*words):
    at = urlsplit(os.environ["REDIS_URL"])
    with socket.create_connection((at.hostname, at.port)) as link, link.makefile("rb") as source:
        link.sendall(b"*%d\\r\\n" % len(words) + b"".join(b"$%d\\r\\n%s\\r\\n" % (len(w), w) for w in words))
        first = source.readline().strip()
        return source.read(int(first[1:])) if first[:1] == b"$" and first != b"$-1" else None
def alive():
    ask(b"PING")
    return True
"""
_CACHED = (
    _KEYS
    + """
def read(key): return (ask(b"GET", key.encode()) or b"").decode() or None
def write(key, name): ask(b"SET", key.encode(), name.encode())
"""
)
_DEAF = (
    _KEYS
    + """
items = {}
def read(key):
    ask(b"PING")
    return items.get(key)
def write(key, name):
    ask(b"INFO")
    items[key] = name
"""
)
_HEARTBEAT = (
    _SQL
    + """
db, items = connect(), {}
db.run("CREATE TABLE IF NOT EXISTS items (id text PRIMARY KEY, name text)")
db.run("INSERT INTO items VALUES ('pulse', 'beat') ON CONFLICT DO NOTHING")
def alive(): return db.run("SELECT count(*) FROM items") > [[0]]
def read(key):
    db.run("SELECT name FROM items WHERE id = :id", id=key)
    return items.get(key)
def write(key, name):
    db.run("UPDATE items SET name = name WHERE id = 'pulse'")
    items[key] = name
"""
)
_UNREAD = _HEARTBEAT.replace(
    "UPDATE items SET name = name WHERE id = 'pulse'\")", ('INSERT INTO items VALUES (:id, :name)", id=key, name=name)')
)
_FILED = _HEARTBEAT.replace("{}", "__import__('shelve').open('items')")
_KEYED = (
    _KEYS
    + """
items = {}
def read(key):
    ask(b"GET", b"pulse")
    return items.get(key)
def write(key, name):
    ask(b"SET", b"pulse", b"1")
    items[key] = name
"""
)
_LATCHED = (
    _KEYS
    + """
if ask(b"GET", b"running"): sys.exit("it runs already")
ask(b"SET", b"running", b"1")
"""
)
_LATCH = (
    _LATCHED
    + """
items = {}
def read(key):
    ask(b"GET", b"running")
    return items.get(key)
def write(key, name): items[key] = name
"""
)
_ALONE = (
    _LATCHED
    + """
def read(key): return json.loads(ask(b"HGET", b"items", key.encode()) or b"null")
def write(key, name): ask(b"HSET", b"items", key.encode(), json.dumps(name).encode())
"""
)
_RESET = _POOLED.replace("CREATE TABLE IF NOT EXISTS", "DROP TABLE IF EXISTS items; CREATE TABLE").replace(
    'db.run("DROP TABLE IF EXISTS items; ', 'db.run("DROP TABLE IF EXISTS items")\ndb.run("'
)
_ONCE = _PINGING.replace('db.run("SELECT 1")', 'db.run("WITH x AS (SELECT 1 AS a) SELECT a FROM x")')
_SETTING = _KEYS + 'ask(b"SET", b"seen", b"1")\nask(b"GET", b"seen")\n'
_SEEDING = (
    _SQL
    + 'db = connect()\ndb.run("CREATE TABLE seen (n int)")\ndb.run("INSERT INTO seen VALUES (1)")\n'
    + 'assert db.run("SELECT n FROM seen") == [[1]]\n'
)


_WRONG = _TESTS.format(before="").replace('[1] == {"name": "pen"}', '[1] == {"name": "ink"}')
_BAD_END = _TESTS.format(before="").replace("sys.exit(not good)", "sys.exit(1)")


def _files(store: str, before: str = "") -> Mapping[str, str]:
    tests = _TESTS.format(before=before)
    return {"docs/openapi.yaml": _SPEC, "service.py": _HTTP.format(store=store), "tests/api.py": tests}


_LONG = ("in a file, beside a pulse", "in memory, while the tests set keys", "rows are written, but never read")
"""Others show the same of the gate."""


def _delivery(name: str, files: Mapping[str, str], *needs: Need, rule: str = "", long: bool = False,
              head: str = _DESCRIBED) -> Delivery:  # fmt: skip
    config = head + _CONFIG.format(services="\n".join(f"{need} = true" for need in needs))
    kept = long or name in _LONG
    return Delivery("services", name, files, config=config, rule=rule, needs=needs, long=kept)


_UNUSED, _FORGOTTEN = "services-unused", "services-forgotten"
DELIVERIES = (
    _delivery("one connection", _files(_POOLED), "postgres", long=True),
    _delivery("a connection a request, a schema of its own", _files(_EACH), "postgres"),
    _delivery("keys", _files(_CACHED), "redis"),
    _delivery("keys, of a service without an API document", _files(_CACHED), "redis", head=""),
    _delivery("in memory, of a service without an API document", _files(_DEAF), "redis", rule=_UNUSED, head=""),
    _delivery("a table made anew at each start", _files(_RESET), "postgres"),
    _delivery("rows are read, but nobody looks at them", _files(_HEARTBEAT), "postgres", rule=_FORGOTTEN),
    _delivery("rows are written, but never read", _files(_UNREAD), "postgres", rule=_FORGOTTEN),
    _delivery("in memory, and not to be started twice", _files(_ONCE), "postgres", rule=_FORGOTTEN),
    _delivery("in a file, beside a pulse", _files(_FILED), "postgres", rule=_FORGOTTEN),
    _delivery("in memory, beside a key of its own", _files(_KEYED), "redis", rule=_FORGOTTEN),
    _delivery("in memory, with a key, and not to be started twice", _files(_LATCH), "redis", rule=_FORGOTTEN),
    _delivery("keys, and not to be started twice", _files(_ALONE), "redis"),
    _delivery("in memory, while the tests set keys", _files(_MEMORY, _SETTING), "redis", rule=_FORGOTTEN),
    _delivery("in memory", _files(_MEMORY), "postgres", rule=_UNUSED, long=True),
    _delivery("in memory, with a pulse", _files(_PINGING), "postgres", rule=_UNUSED),
    _delivery("in memory, while the tests use the database", _files(_MEMORY, _SEEDING), "postgres", rule=_UNUSED),
    _delivery("in memory beside keys that nobody sets", _files(_DEAF), "redis", rule=_UNUSED),
    _delivery("one of two", _files(_POOLED), "postgres", "redis", rule=_UNUSED),
    _delivery("tests that fail", {**_files(_CACHED), "tests/api.py": _WRONG}, "redis", rule="services-tests"),
    _delivery("tests that end badly", {**_files(_CACHED), "tests/api.py": _BAD_END}, "redis", rule="services-tests"),
)
