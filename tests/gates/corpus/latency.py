"""Latency: services that are fast enough when the harness asks, and services that only were when the tests did."""

from __future__ import annotations

from tests.gates.corpus import links, users
from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import BASE, NODE, PYTHON, SPEC, TESTS, files
from tests.gates.corpus.shop import CONFIG as _CONFIG
from tests.gates.corpus.shop import NODE_CONFIG as _NODE_CONFIG

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
# A round of three after as many to warm up: what is slow is slow in each.
CONFIG, NODE_CONFIG, _USERS, _LINKS = (
    text.replace("rounds = 2\nrequests = 8", "rounds = 1\nrequests = 3")
    for text in (_CONFIG, _NODE_CONFIG, users.CONFIG, links.CONFIG)
)
_WAIT = "    import time; time.sleep(0.22)\n"
_MADE = '    USERS[v["name"]] = {**v'
_FULL = '    if v["name"] in USERS: return problem(409, "taken")\n'
_DROP = '    return ("", 204) if'
_LISTED = 'check("listed", call("GET", "/notes?limit=5")[0] == 200)\n'


def _given(name: str, rule: str = "", *, config: str = CONFIG, long: bool = False, **parts: str) -> Delivery:
    return Delivery("latency", name, files(**parts), BASE, config, rule=rule, long=long)


def _users(name: str, rule: str = "", *, service: str = users.SERVICE, long: bool = False) -> Delivery:
    own = files(service=service, tests=users.TESTS, spec=users.SPEC)
    return Delivery("latency", name, own, BASE, _USERS, rule=rule, long=long)


def _swapped(old: str, new: str, text: str = users.SERVICE) -> str:
    assert old in text
    return text.replace(old, new)


_ONCE = _swapped(
    _FULL, '    if len(SEEN) > 2: return problem(409, "taken")\n    SEEN.append(1)\n' + _FULL,
    _swapped("USERS = {}", "USERS, SEEN = {}, []"),
)  # fmt: skip
_DROPPED = _swapped(_DROP, f"    if name in USERS:\n    {_WAIT}{_DROP}")


DELIVERIES = (
    _given("fast"),
    _users("made once under a name, and removed"),
    _users("made a few times at most", service=_ONCE),
    _given("a redirect, text and what is not modified", config=_LINKS,
           service=links.SERVICE, spec=links.SPEC, tests=links.TESTS),
    _users("slow only where it makes something", "latency-slow", service=_swapped(_MADE, _WAIT + _MADE)),
    _users("slow only where it removes something", "latency-slow", service=_DROPPED, long=True),
    _users("slow, and refuses whatever comes after the tests", "latency-slow",
           service=_swapped(_MADE, _WAIT + _MADE, _ONCE)),
    _given("fast in Node", config=NODE_CONFIG, node=NODE),
    _given("slow for a token, not for others", service=PYTHON.replace(*_NAP)),
    _given("slow for a token", "latency-slow", **_TOKEN),
    _given("too slow", "latency-slow", service=_SLOW),
    _given("slower with each request", "latency-slow", service=_GROWS),
    Delivery("latency", "fast for what the tests ask alone",
             files(service=_swapped(
                 '        if url.path == "/notes":\n', '        if url.path == "/notes":\n'
                 '            if url.query != "limit=5":\n                import time; time.sleep(0.22)\n', PYTHON)),
             BASE, CONFIG, beyond="code that knows the tests' requests may be fast for these; its review sees it"),
    _given("no answer to measure", "latency-unknown", tests=TESTS.replace(_LISTED, "")),
    _given("another answer when asked again", "latency-replay", long=True,
           service=PYTHON.replace("if not sound(value):", "if not sound(value) or len(NOTES) > 3:")),
)  # fmt: skip
