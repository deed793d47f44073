"""json-server: a service on Express whose routes are made from a file of data."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import CALLS
from tests.gates.public.package import FOLDER, Package, Published, Trial, papers, swapped, tried

_CODE, _TESTS, _SPEC = "lib/server/router/index.js", "tests/api.py", f"{FOLDER}/specs/openapi.json"
_CONFIG = """[project]
name = "json-server"
language = "javascript"
[spec]
path = "openapi.json"
[commands]
integration = "python3 tests/api.py {out}"
[server]
start = "node lib/cli/bin.js --quiet --host 127.0.0.1 --port {port} db.json"
ready = "/db"
"""
_ROUTES = {
    "/db": ("get",),
    "/profile": ("get", "post", "put", "patch"),
    "/{resource}/{id}/{nested}": ("get", "post"),
}
_ROUTE = """  // GET /names
  router.get('/names', (req, res) => {
    res.jsonp(Object.keys(db.getState()));
  });

  // Handle"""
_SECRET = """  router.post('/reset', (req, res) => {
    db.setState({});
    res.jsonp({});
  });

  // Handle"""
_HANDLE = "  // Handle"
_CALLED = """
check("data", call("GET", "/db")[0] == 200)
check("profile", call("GET", "/profile")[0] == 200)
"""
_NAMED = 'check("names", json.loads(call("GET", "/names")[1]) == ["profile"])\n'
PAPERS = papers(
    "names",
    "Clients that show any file of data have to read all of it for the names.",
    "A route `GET /names` lists the names of what is served.",
    "List names: The service SHALL list the names of what it serves.",
    "the data has a profile -> the list holds its name",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of the gate on routes, an honest branch and a violation."""
    code, readme = published.text(_CODE), published.text("README.md")
    code = swapped(code, _HANDLE, _ROUTE)
    approved = {**PAPERS, _SPEC: _document({**_ROUTES, "/names": ("get",)})}
    honest = {
        _CODE: code, _TESTS: f"{CALLS}{_CALLED}{_NAMED}done()\n", "README.md": f"{readme}\n`GET /names` lists names.\n",
    }  # fmt: skip
    trials = {
        "drift": Trial({_CODE: swapped(code, _HANDLE, _SECRET)}, "drift-undocumented"),
    }  # fmt: skip
    yield from tried(honest, trials, message="feat: list names", before=approved)


def _document(routes: dict[str, tuple[str, ...]]) -> str:
    """A document of these routes: path -> methods."""
    paths = {
        path: {
            method: {
                "parameters": [
                    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                    for name in ("resource", "id", "nested")
                    if f"{{{name}}}" in path
                ],
                "responses": {"201" if method == "post" else "200": {"description": "What there is."}},
            }
            for method in methods
        }
        for path, methods in routes.items()
    }
    return json.dumps({"openapi": "3.0.3", "info": {"title": "data", "version": "1"}, "paths": paths}, indent=1)


PACKAGE = Package(
    "json-server",
    "0.17.4",
    "npm",
    _CONFIG,
    ("json-server@0.17.4",),
    deliveries,
    {
        "openapi.json": _document(_ROUTES),
        "db.json": json.dumps({"profile": {"name": "typical"}}),
        _TESTS: f"{CALLS}{_CALLED}done()\n",
    },
)
