"""Users who are named by whoever makes them, in Flask: their service, its document and its tests."""

from __future__ import annotations

from tests.gates.corpus.shop import CONFIG as _CONFIG

SPEC = """openapi: 3.1.0
info: {title: Users, version: '1'}
servers: [{url: /api}]
paths:
  /users:
    get:
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        - {name: active, in: query, schema: {type: boolean}}
      responses:
        '200':
          description: Page.
          content:
            application/json:
              schema:
                type: object
                required: [items]
                properties:
                  items: {type: array, items: {$ref: '#/components/schemas/User'}}
                  next: {type: [integer, 'null']}
        '400': {$ref: '#/components/responses/Problem'}
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewUser'}}}
      responses:
        '201': {description: Made., content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}}
        '400': {$ref: '#/components/responses/Problem'}
        '409': {$ref: '#/components/responses/Problem'}
  /users/{name}:
    parameters: [{$ref: '#/components/parameters/Name'}]
    put:
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [email]
              additionalProperties: false
              properties: {email: {type: string, minLength: 3, maxLength: 60, pattern: '@'}}
      responses:
        '200': {description: Changed., content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}}
        '400': {$ref: '#/components/responses/Problem'}
        '404': {$ref: '#/components/responses/Problem'}
    delete:
      responses:
        '204': {description: Gone.}
        '404': {$ref: '#/components/responses/Problem'}
  /users/{name}/activate:
    post:
      parameters: [{$ref: '#/components/parameters/Name'}]
      responses:
        '204': {description: Done.}
        '404': {$ref: '#/components/responses/Problem'}
components:
  parameters: {Name: {name: name, in: path, required: true, schema: {type: string, pattern: '^[a-z]{1,12}$'}}}
  responses:
    Problem:
      description: Wrong.
      content: {application/problem+json: {schema: {$ref: '#/components/schemas/Problem'}}}
  schemas:
    NewUser:
      type: object
      required: [name, email]
      additionalProperties: false
      properties:
        name: {type: string, pattern: '^[a-z]{1,12}$'}
        email: {type: string, minLength: 3, maxLength: 60, pattern: '@'}
    User:
      type: object
      required: [name, email, active]
      properties: {name: {type: string}, email: {type: string}, active: {type: boolean}}
    Problem: {type: object, required: [title, status], properties: {title: {type: string}, status: {type: integer}}}
"""
SERVICE = """import gzip, re, sys
from flask import Blueprint, Flask, jsonify, request
USERS = {}
api = Blueprint("api", __name__, url_prefix="/api")
def problem(status, title="wrong"):
    r = jsonify(title=title, status=status)
    r.status_code, r.content_type = status, "application/problem+json"
    return r
def email_ok(v): return isinstance(v, str) and 3 <= len(v) <= 60 and "@" in v
def name_ok(v): return isinstance(v, str) and re.fullmatch("[a-z]{1,12}", v)
@api.get("/users")
def many():
    page, active = request.args.get("page", "1"), request.args.get("active")
    if not re.fullmatch("[0-9]{1,9}", page) or int(page) < 1 or active not in (None, "true", "false"):
        return problem(400)
    rows = [u for u in USERS.values() if active is None or u["active"] == (active == "true")]
    n = int(page)
    return jsonify(items=rows[(n - 1) * 10 : n * 10], next=n + 1 if n * 10 < len(rows) else None)
@api.post("/users")
def add():
    v = request.get_json(silent=True)
    if not isinstance(v, dict) or set(v) != {"name", "email"} or not name_ok(v["name"]) or not email_ok(v["email"]):
        return problem(400)
    if v["name"] in USERS: return problem(409, "taken")
    USERS[v["name"]] = {**v, "active": False}
    return jsonify(USERS[v["name"]]), 201
@api.put("/users/<name>")
def change(name):
    v = request.get_json(silent=True)
    if name not in USERS: return problem(404)
    if not isinstance(v, dict) or set(v) != {"email"} or not email_ok(v["email"]): return problem(400)
    USERS[name]["email"] = v["email"]
    return jsonify(USERS[name])
@api.delete("/users/<name>")
def drop(name):
    return ("", 204) if USERS.pop(name, None) else problem(404)
@api.post("/users/<name>/activate")
def activate(name):
    if name not in USERS: return problem(404)
    USERS[name]["active"] = True
    return "", 204
app = Flask(__name__)
app.register_blueprint(api)
@app.errorhandler(404)
def none(e): return problem(404)
@app.get("/healthz")
def up(): return {"ok": True}
@app.after_request
def zipped(r):
    if "gzip" in request.headers.get("Accept-Encoding", "") and r.status_code == 200 and not r.direct_passthrough:
        r.set_data(gzip.compress(r.get_data())); r.headers["Content-Encoding"] = "gzip"
    return r
if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
"""
TESTS = """import os, sys
import pytest, requests
URL = os.environ["BASE_URL"] + "/api"
def test_life():
    r = requests.post(URL + "/users", json={"name": "ann", "email": "a@b"})
    assert r.status_code == 201
    assert requests.post(URL + "/users", json={"name": "ann", "email": "a@b"}).status_code == 409
    assert requests.get(URL + "/users", params={"page": 1, "active": "false"}).json()["items"][0]["name"] == "ann"
    assert requests.post(URL + "/users/ann/activate").status_code == 204
    assert requests.put(URL + "/users/ann", json={"email": "c@d"}).json()["email"] == "c@d"
    assert requests.delete(URL + "/users/ann").status_code == 204
    for m, p in (("delete", ""), ("post", "/activate")):
        assert requests.request(m, URL + "/users/ann" + p).status_code == 404
    assert requests.put(URL + "/users/ann", json={"email": "c@d"}).status_code == 404
@pytest.mark.parametrize("body", [None, {}, {"name": None}, {"name": ""}, {"name": "B!"}])
def test_bad_new(body):
    body = body and {"email": "a@b", **body}
    assert requests.post(URL + "/users", json=body).status_code == 400
def test_bad_change():
    requests.post(URL + "/users", json={"name": "bob", "email": "a@b"})
    for body in ({"email": None}, {"email": ""}, {"email": "nope"}):
        assert requests.put(URL + "/users/bob", json=body).status_code == 400
def test_page():
    assert requests.get(URL + "/users?page=0").status_code == 400
def test_slash():
    assert requests.get(URL + "/nowhere").status_code == 404
"""
CONFIG = _CONFIG.replace("/health", "/healthz").replace(
    "python tests/api.py {out}",
    "env PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest -q -p no:cacheprovider tests/api.py --junitxml={out}/it.xml",
)
