"""Conformance: services that keep to their spec under every input, and services that break where nobody looks."""

from __future__ import annotations

from tests.gates.corpus import links
from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import BASE, CONFIG, NODE, NODE_CONFIG, PYTHON, SHORT, SPEC, SPEC_PATH, files

_RULE = "conformance-answer"
_KEYS_SPEC = (
    SPEC.replace("openapi: 3.0.3", "openapi: 3.1.0\nsecurity: [{key: []}]")
    .replace(
        "components:\n",
        "components:\n  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}\n",
    )
    .replace("        '400': {$ref", "        '401': {$ref: '#/components/responses/Bad'}\n        '400': {$ref")
    .replace("        '404': {$ref", "        '401': {$ref: '#/components/responses/Bad'}\n        '404': {$ref")
)
_KEYS = PYTHON.replace(
    "        url = urlsplit(self.path)\n",
    "        url = urlsplit(self.path)\n"
    '        if url.path != "/health" and self.headers.get("X-Key") != "opensesame":\n'
    '            return self.answer(401, {"error": "no key"})\n',
).replace(
    '        if self.path != "/notes":',
    '        if self.headers.get("X-Key") != "opensesame":\n            return self.answer(401, {"error": "no key"})\n'
    '        if self.path != "/notes":',
)
_COOKIE_SPEC = _KEYS_SPEC.replace("in: header, name: X-Key", "in: cookie, name: sid").replace(
    "paths:\n",
    "paths:\n  /notes/session:\n    delete:\n      responses:\n        '204': {description: Out.}\n"
    "        '401': {$ref: '#/components/responses/Bad'}\n",
    1,
)
_COOKIE = (
    _KEYS.replace('self.headers.get("X-Key") != "opensesame"', 'self.headers.get("Cookie") not in OPEN')
    .replace("NOTES = []", 'NOTES, OPEN = [], {"sid=opensesame"}')
    .replace(
        "    def do_POST(self):",
        '    def do_DELETE(self):\n        if self.headers.get("Cookie") not in OPEN:\n'
        '            return self.answer(401, {"error": "no session"})\n'
        "        OPEN.clear()\n        self.send_response(204)\n        self.end_headers()\n    def do_POST(self):",
    )
)
_SEED = """import json, os, sys, urllib.request
request = urllib.request.Request(os.environ["BASE_URL"] + "/notes", json.dumps({"text": "a"}).encode(), method="POST")
request.add_header("X-Key", "opensesame")
urllib.request.urlopen(request)
"""
_KEYS_CONFIG = CONFIG.replace(
    'ready = "/health"', 'ready = "/health"\nseed = "python seed.py"\nauth = "echo X-Key: opensesame"'
)


def _given(
    name: str,
    rule: str = "",
    *,
    config: str = CONFIG,
    at: str = "",
    seed: str = _SEED,
    long: bool = False,
    **parts: str,
) -> Delivery:
    own = files(**parts) | {"seed.py": seed}
    return Delivery("conformance", name, own, BASE, config, rule=rule, at=at, long=long)


DELIVERIES = (
    _given("as the spec says"),
    _given("in Node", config=NODE_CONFIG, node=NODE),
    _given(
        "behind a cookie that a log-out takes back",
        config=_KEYS_CONFIG.replace("X-Key: opensesame", "Cookie: sid=opensesame"),
        service=_COOKIE,
        spec=_COOKIE_SPEC,
        seed=_SEED.replace('"X-Key", "opensesame"', '"Cookie", "sid=opensesame"'),
        long=True,
    ),
    _given(
        "text, redirects and a challenge",
        config=links.CONFIG,
        service=links.SERVICE,
        spec=links.SPEC,
        seed=links.SEED,
        long=True,
    ),
    _given(
        "below the second of its servers",
        _RULE,
        config=CONFIG,
        long=True,
        service=PYTHON.replace("<= 40", "<= 41"),
        spec=SPEC.replace(
            "paths:\n", "servers: [{url: 'https://api.example.com/v1'}, {url: 'http://localhost'}]\npaths:\n", 1
        ),
    ),
    _given("behind a key, with a seed", config=_KEYS_CONFIG, service=_KEYS, spec=_KEYS_SPEC),
    _given(
        "an extra property",
        _RULE,
        service=PYTHON.replace("len(NOTES) + 1, **value}", 'len(NOTES) + 1, "at": 1, **value}'),
        at=SPEC_PATH,
    ),
    _given("answers that end before their length", _RULE, service=SHORT),
    _given("one too long", _RULE, service=PYTHON.replace("<= 40", "<= 41"), at=SPEC_PATH),
    _given(
        "a crash",
        _RULE,
        config=NODE_CONFIG,
        node=NODE.replace(
            "if (!sound(value))",
            'if (value && value.stars === -1) return answer(res, 500, { error: "oh" });\n    if (!sound(value))',
        ),
    ),
    _given("nobody's key is asked for", _RULE, config=_KEYS_CONFIG, service=PYTHON, spec=_KEYS_SPEC),
    _given(
        "a status of its own",
        _RULE,
        long=True,
        service=PYTHON.replace(
            'self.answer(404, {"error": "no such note"})', 'self.answer(410, {"error": "no such note"})'
        ),
    ),
)
