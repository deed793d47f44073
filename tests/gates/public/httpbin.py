"""httpbin: a service on Flask with some seventy routes, of which a document describes a few."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import CALLS
from tests.gates.public.package import FOLDER, Package, Published, Trial, papers, swapped, tried

_CODE, _TESTS, _SPEC = "httpbin/core.py", "tests/api.py", f"{FOLDER}/specs/openapi.yaml"
_CONFIG = """[project]
name = "httpbin"
language = "python"
[spec]
path = "docs/openapi.yaml"
[commands]
integration = "python tests/api.py {out}"
[server]
start = "python -m httpbin.core --port {port}"
ready = "/uuid"
[latency]
rounds = 2
requests = 20
"""
_DOCUMENT = """openapi: 3.0.3
info: {title: httpbin, version: 0.10.2}
paths:
  /uuid:
    get:
      summary: A new identifier.
      description: Makes a random identifier.
      security: []
      responses:
        '200':
          description: The identifier.
          content:
            application/json:
              schema:
                type: object
                required: [uuid]
                additionalProperties: false
                properties: {uuid: {type: string, format: uuid}}
              example: {uuid: 0d9c3cf2-9a3c-4f4e-8a57-1c0f6b1f3f55}
  /cache/{seconds}:
    get:
      summary: An answer that may be kept.
      description: Answers what was asked, with a header that says how long it may be kept.
      security: []
      parameters:
        - {name: seconds, in: path, required: true, schema: {type: integer, minimum: 0}, example: 60}
      responses:
        '200':
          description: What was asked.
          content:
            application/json:
              schema:
                type: object
                required: [args, headers, origin, url]
                additionalProperties: false
                properties: {args: {type: object}, headers: {type: object}, origin: {type: string}, url: {type: string}}
              example: {args: {}, headers: {}, origin: 127.0.0.1, url: http://127.0.0.1/cache/60}
        '404':
          description: The path ends with no number.
          content: {text/html: {schema: {type: string}, example: Not Found}}
"""
_SUM = """  /sum:
    post:
      summary: What numbers are together.
      description: Adds from one to nine whole numbers.
      security: []
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [numbers]
              additionalProperties: false
              properties:
                numbers:
                  type: array
                  minItems: 1
                  maxItems: 9
                  items: {type: integer, minimum: -1000, maximum: 1000}
            example: {numbers: [1, 2]}
      responses:
        '200':
          description: The sum.
          content:
            application/json:
              schema:
                type: object
                required: [total]
                additionalProperties: false
                properties: {total: {type: integer}}
              example: {total: 3}
        '400':
          description: The body is no list of numbers.
          content:
            application/json:
              schema:
                type: object
                required: [error]
                additionalProperties: false
                properties: {error: {type: string}}
              example: {error: numbers have to be whole}
"""
_ROUTE = '''@app.route("/sum", methods=("POST",))
def view_sum():
    """What numbers are together."""
    body = request.get_json(silent=True)
    numbers = body.get("numbers") if isinstance(body, dict) and len(body) == 1 else None
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 9:
        return jsonify(error="from 1 to 9 numbers are needed"), 400
    if not all(type(each) is int and -1000 <= each <= 1000 for each in numbers):
        return jsonify(error="numbers have to be whole"), 400
    return jsonify(total=sum(numbers))


'''
_REFUSED = "\n          description: The body is no list"
_CALLED = """
check("uuid", call("GET", "/uuid")[0] == 200)
check("kept", call("GET", "/cache/60")[0] == 200)
check("no number", call("GET", "/cache/x")[0] == 404)
"""
_SUMMED = """check("sum", json.loads(call("POST", "/sum", {"numbers": [1, 2]})[1]) == {"total": 3})
check("null", call("POST", "/sum", {"numbers": None})[0] == 400)
check("empty", call("POST", "/sum", {"numbers": []})[0] == 400)
check("invalid", call("POST", "/sum", {"numbers": [1001]})[0] == 400)
"""
_PAGES = ("/", "/spec.json", "/apidocs/index.html", "/oauth2-redirect.html")
"""Routes that flasgger adds."""
PAPERS = papers(
    "sum",
    "Clients that are tested against this service lack a route that refuses a body.",
    "A route `POST /sum` adds numbers.",
    "Add numbers: The service SHALL answer the sum of one to nine whole numbers.",
    "1 and 2 are sent -> the answer is 3",
)
_DESCRIBED = _DOCUMENT + _SUM


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of each gate on APIs, an honest branch and a violation."""
    main = 'if __name__ == "__main__":'
    code = published.edited(_CODE, main, _ROUTE + main)
    tests = CALLS + _CALLED + _SUMMED + "done()\n"
    readme = published.text("README.md")
    honest = {_CODE: code, _TESTS: tests, "README.md": swapped(readme, "* 0.7.0: ???", "* Add /sum\n* 0.7.0: ???")}
    approved = {**PAPERS, _SPEC: _DESCRIBED}
    trials = {
        "spec": Trial({_SPEC: swapped(_DESCRIBED, f"        '400':{_REFUSED}", f"        '409':{_REFUSED}")},
                      "spec-errors", _SPEC),
        "operations": Trial({_TESTS: CALLS + _CALLED + "done()\n"}, "operations-unreached"),
        "inputs": Trial({_TESTS: swapped(tests, '{"numbers": None}', '{"numbers": [1, 0.5]}')}, "inputs-null"),
        "conformance": Trial({_CODE: swapped(code, "1 <= len(numbers) <= 9:", "1 <= len(numbers):")},
                             "conformance-answer"),
        "latency": Trial({_CODE: swapped(code, "    body = request.get_json(silent=True)",
                                         "    time.sleep(0.22)\n    body = request.get_json(silent=True)")},
                         "latency-slow"),
    }  # fmt: skip
    common = {"message": "feat: add a route that sums numbers", "before": approved}
    yield from tried(honest, trials, **common)
    every = {**common, "before": {**PAPERS, _SPEC: _whole(code)}}
    hidden = '@app.route("/secret")\ndef view_secret():\n    return jsonify(token="abc")\n\n\n'
    yield from tried(
        honest, {"drift": Trial({_CODE: swapped(code, main, hidden + main)}, "drift-undocumented")}, **every
    )


def _whole(code: str) -> str:
    """A document with every route of the code, by its decorators, and those of the pages that flasgger adds."""
    paths: dict[str, dict[str, object]] = {}
    found = re.findall(r'@app\.route\(\s*"([^"]+)"(?:,\s*methods=[\[(]([^\])]*))?', code)
    for path, methods in [*found, *((page, "") for page in _PAGES)]:
        place = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", place)
        ]
        for method in re.findall(r"[A-Z]+", methods) or ["GET"]:
            answers = {"responses": {"200": {"description": "An answer."}}, "parameters": parameters}
            paths.setdefault(place, {})[method.lower()] = answers
    return json.dumps({"openapi": "3.0.3", "info": {"title": "httpbin", "version": "0.10.2"}, "paths": paths}, indent=1)


PACKAGE = Package(
    "httpbin",
    "0.10.2",
    "pypi",
    _CONFIG,
    ("brotlicffi==1.1.0.0", "decorator==5.2.1", "flasgger==0.9.7.1", "flask==3.0.3", "six==1.17.0", "werkzeug==3.0.6"),
    deliveries,
    {"docs/openapi.yaml": _DOCUMENT, _TESTS: CALLS + _CALLED + "done()\n"},
)
