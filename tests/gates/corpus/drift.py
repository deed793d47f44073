"""Drift: services whose framework has the routes of the spec, and services with routes of their own or without some."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import BASE, CONFIG, NODE, NODE_CONFIG, SPEC, SPEC_PATH

_FASTAPI = """from fastapi import APIRouter, FastAPI
app = FastAPI()
notes = APIRouter(prefix="/notes")
@notes.get("")
def some(limit: int): return []
@notes.post("", status_code=201)
def add(note: dict): return note
@notes.get("/{number:int}")
def one(number: int): return {}
app.include_router(notes)
@app.get("/health")
def health(): return {}
"""
_FLASK = """from flask import Blueprint, Flask
notes = Blueprint("notes", __name__, url_prefix="/v2/notes")
@notes.route("", methods=["GET", "POST"])
def every(): return []
@notes.get("/<int:note>")
def one(note): return {}
def create():
    app = Flask(__name__)
    app.register_blueprint(notes)
    app.add_url_rule("/health", view_func=lambda: {})
    return app
if __name__ == "__main__":
    import sys
    create().run("127.0.0.1", int(sys.argv[1]))
"""
_STARLETTE = """from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, Router
class Every(HTTPEndpoint):
    async def get(self, request): ...
    async def post(self, request): ...
async def one(request): return JSONResponse({})
inner = Router([Route("/", Every), Route("/{note:int}", one)])
app = Starlette(routes=[Mount("/notes", app=inner), Route("/health", one)])
"""
_UVICORN = CONFIG.replace("python service.py {port}", "uvicorn app.main:app --port {port} --log-level warning")
_ROUTES = """console.log("routes:");
console.log(JSON.stringify([
  { method: "GET", path: "/notes" }, { method: "POST", path: "/notes" }, { method: "get", path: "/notes/:id" },
], null, 2));
"""
_LISTED = NODE_CONFIG.replace("[commands]\n", '[commands]\nroutes = "node routes.mjs"\n')
_HIDDEN = '@app.post("/debug/reset", include_in_schema=False)\ndef reset(): return {}\n'
_MOUNTED = """inner = FastAPI(openapi_url=None)
@inner.get("/users")
def users(): return []
app.mount("/admin", inner)
"""


def _fastapi(name: str, more: str = "", rule: str = "", *, source: str = _FASTAPI, at: str = "") -> Delivery:
    files = {"app/__init__.py": "", "app/main.py": source + more, SPEC_PATH: SPEC}
    return Delivery("drift", name, files, BASE, _UVICORN, rule=rule, at=at)


def _flask(name: str, rule: str = "", *, source: str = _FLASK) -> Delivery:
    spec = SPEC.replace("paths:\n", "servers: [{url: 'https://api.example.com/v2'}]\npaths:\n", 1)
    return Delivery("drift", name, {"service.py": source, SPEC_PATH: spec}, BASE, CONFIG, rule=rule)


def _listed(name: str, rule: str = "", *, routes: str = _ROUTES) -> Delivery:
    files = {"service.mjs": NODE, "routes.mjs": routes, SPEC_PATH: SPEC}
    return Delivery("drift", name, files, BASE, _LISTED, rule=rule, needs=("node",))


_BEFORE = """    @app.before_request
    def before():
        return {"all": "users"} if request.path == "/debug" else None
    return app
"""

DELIVERIES = (
    _fastapi("FastAPI with an included router"),
    _fastapi("Starlette with classes in a router of its own", source=_STARLETTE),
    _fastapi("one more method of a class", rule="drift-undocumented",
             source=_STARLETTE.replace("    async def post", "    async def put(self, r): ...\n    async def post")),
    _flask("Flask with a blueprint below a server's path"),
    _listed("Node by a command of its own"),
    _fastapi("an endpoint outside the schema", _HIDDEN, "drift-undocumented"),
    _fastapi("a mounted application", _MOUNTED, "drift-undocumented"),
    _fastapi(
        "an operation without a route", "", "drift-missing", at=SPEC_PATH,
        source=_FASTAPI.replace('@notes.post("", status_code=201)\n', ""),
    ),
    _flask(
        "another method", "drift-undocumented",
        source=_FLASK.replace('@notes.get("/<int:note>")', '@notes.route("/<int:note>", methods=["GET", "DELETE"])'),
    ),
    Delivery(
        "drift", "what answers before any route does",
        {"service.py": _FLASK.replace("    return app\n", _BEFORE).replace("Flask\n", "Flask, request\n", 1),
         SPEC_PATH: SPEC.replace("paths:\n", "servers: [{url: /v2}]\npaths:\n", 1)}, BASE, CONFIG,
        beyond="a middleware may answer any path, and no table of routes names it; reviewers may see it",
    ),
    _listed(
        "one more in Node", "drift-undocumented",
        routes=_ROUTES.replace("], null", '{ method: "PUT", path: "/notes/:id" }], null'),
    ),
)  # fmt: skip
