"""Latency: services that are fast enough when the harness asks, and services that only were when the tests did."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import BASE, CONFIG, NODE, NODE_CONFIG, PYTHON, SPEC, TESTS, files

_SLOW = PYTHON.replace(
    '        if url.path == "/notes":\n',
    '        if url.path == "/notes":\n            import time; time.sleep(0.22)\n',
)
_GROWS = PYTHON.replace(
    "        NOTES.append(", "        import time; time.sleep(0.06 * len(NOTES))\n        NOTES.append("
)
_NAP = ("        raw = self.rfile", "        import time; time.sleep(0.12)\n        raw = self.rfile")
_TOKEN = {
    "service": PYTHON.replace(*_NAP).replace('"/notes"', '"/oauth2/token"').replace('"/notes/"', '"/oauth2/token/"'),
    "spec": SPEC.replace("/notes", "/oauth2/token"),
    "tests": TESTS.replace('"/notes', '"/oauth2/token'),
}
_LISTED = 'check("listed", call("GET", "/notes?limit=5")[0] == 200)\n'


def _given(name: str, rule: str = "", *, config: str = CONFIG, long: bool = False, **parts: str) -> Delivery:
    return Delivery("latency", name, files(**parts), BASE, config, rule=rule, long=long)


DELIVERIES = (
    _given("fast"),
    _given("fast in Node", config=NODE_CONFIG, node=NODE),
    _given("slow for a token, not for others", service=PYTHON.replace(*_NAP)),
    _given("slow for a token", "latency-slow", **_TOKEN),
    _given("too slow", "latency-slow", service=_SLOW),
    _given("slower with each request", "latency-slow", service=_GROWS),
    _given("no answer to measure", "latency-unknown", tests=TESTS.replace(_LISTED, "")),
    _given("another answer when asked again", "latency-replay", long=True,
           service=PYTHON.replace("if not sound(value):", "if not sound(value) or len(NOTES) > 3:")),
)  # fmt: skip
