"""@stoplight/prism-cli: a service in Node that answers as a document says, published as compiled JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import CALLS
from tests.gates.public.package import FOLDER, Package, Published, Trial, papers, swapped, tried

_CODE, _TESTS, _SPEC, _LIVING = (
    "dist/util/createServer.js",
    "tests/api.py",
    f"{FOLDER}/specs/openapi.yaml",
    "openapi.yaml",
)
_CONFIG = """[project]
name = "prism"
language = "javascript"
[spec]
path = "openapi.yaml"
[commands]
integration = "python3 tests/api.py {out}"
[server]
start = "node dist/index.js mock --errors --host 127.0.0.1 --port {port} openapi.yaml"
ready = "/parcels/7"
[latency]
rounds = 2
requests = 20
"""
_DOCUMENT = """openapi: 3.0.3
info: {title: Parcels, version: 1.0.0}
paths:
  /parcels/{number}:
    get:
      summary: One parcel.
      description: Answers the parcel of a number.
      security: []
      parameters:
        - {name: number, in: path, required: true, schema: {type: integer, minimum: 1, maximum: 999}, example: 7}
      responses:
        '200':
          description: The parcel.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Parcel'}
              example: {number: 7, weight: 12}
        '404':
          description: There is none. A mock has all of them.
          content: {application/problem+json: {schema: {$ref: '#/components/schemas/Problem'}, example: {title: None}}}
        '422': {$ref: '#/components/responses/Unfit'}
components:
  responses:
    Unfit:
      description: The request does not fit the document.
      content: {application/problem+json: {schema: {$ref: '#/components/schemas/Problem'}, example: {title: Unfit}}}
  schemas:
    Parcel:
      type: object
      required: [number, weight]
      additionalProperties: false
      properties:
        number: {type: integer, minimum: 1, maximum: 999}
        weight: {type: integer, minimum: 1, maximum: 30}
    Problem:
      type: object
      required: [title]
      properties: {title: {type: string}}
"""
_POSTED = """  /parcels:
    post:
      summary: A new parcel.
      description: Takes a parcel in.
      security: []
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Parcel'}
            example: {number: 7, weight: 12}
      responses:
        '201':
          description: The parcel.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Parcel'}
              example: {number: 7, weight: 12}
        '422': {$ref: '#/components/responses/Unfit'}
"""
_PROVOKED = """[[operations.not_provokable]]
operation = "GET /parcels/{number}"
status = "404"
reason = "a mock has every parcel"
"""
_CALLED = """
check("one", call("GET", "/parcels/7")[0] == 200)
check("too far", call("GET", "/parcels/1000")[0] == 422)
"""
_TAKEN = """check("taken", call("POST", "/parcels", {"number": 7, "weight": 12})[0] == 201)
check("null", call("POST", "/parcels", {"number": None, "weight": 12})[0] == 422)
check("empty", call("POST", "/parcels", {})[0] == 422)
check("invalid", call("POST", "/parcels", {"number": 7, "weight": 31})[0] == 422)
"""
PAPERS = papers(
    "parcels",
    "Parcels can be looked up, and nobody can hand one in.",
    "An operation `POST /parcels` takes a parcel in.",
    "Take a parcel in: The service SHALL take in parcels of up to thirty kilograms.",
    "a parcel of twelve kilograms is sent -> the answer is that parcel",
)
_DESCRIBED = swapped(_DOCUMENT, "components:\n", _POSTED + "components:\n")


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of each gate on APIs, an honest branch and a violation."""
    code, readme = published.text(_CODE), published.text("README.md")
    tests = CALLS + _CALLED + _TAKEN + "done()\n"
    stream = "…' });\n    const logStream"
    honest = {
        _CODE: swapped(code, f"Starting Prism{stream}", f"Starting the mock{stream}"),
        _TESTS: tests, _LIVING: _DESCRIBED, "README.md": f"{readme}\nThe sample takes parcels in, too.\n",
    }  # fmt: skip
    open_to_all = swapped(code, ": true;\n    const shared", ": false;\n    const shared")
    slow = swapped(code, "const server = (0, prism_http_server_1", "setInterval(() => { const end = Date.now() + 230; "
                   "while (Date.now() < end); }, 1);\n    const server = (0, prism_http_server_1")  # fmt: skip
    trials = {
        "spec": Trial({_SPEC: swapped(_DESCRIBED, "              schema: {$ref: '#/components/schemas/Parcel'}\n"
                                      "              example: {number: 7, weight: 12}\n        '422'",
                                      "              schema: {}\n        '422'")}, "spec-schema", _SPEC),
        "operations": Trial({_CODE: open_to_all}, "operations-accepted"),
        "inputs": Trial({_TESTS: swapped(tests, "{})[0]", '{"number": 7})[0]')}, "inputs-empty"),
        "conformance": Trial({_CODE: open_to_all}, "conformance-answer"),
        "latency": Trial({_CODE: slow}, "latency-slow"),
    }  # fmt: skip
    yield from tried(honest, trials, message="feat: take parcels in", before={**PAPERS, _SPEC: _DESCRIBED})


PACKAGE = Package(
    "@stoplight/prism-cli",
    "5.14.2",
    "npm",
    _CONFIG + _PROVOKED,
    ("@stoplight/prism-cli@5.14.2",),
    deliveries,
    {_LIVING: _DOCUMENT, _TESTS: CALLS + _CALLED + "done()\n"},
)
