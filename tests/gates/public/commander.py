"""redis-commander: a service in Node that keeps everything in Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import CALLS
from tests.gates.public.package import Package, Published, Trial, papers, swapped, tried

_CODE, _TESTS, _LOCK = "lib/routes/apiv1.js", "tests/api.py", "package-lock.json"
_CONFIG = """[project]
name = "redis-commander"
language = "javascript"
[commands]
integration = "python3 tests/api.py {out}"
[server]
start = "node bin/redis-commander.js --noload --nosave --address 127.0.0.1 --port {port} \
--redis-host $REDIS_HOST --redis-port $REDIS_PORT"
ready = "/"
[services]
redis = true
[setup]
registries = ["npm"]
[dependencies]
audit = true
"""
_CALLED = """
import urllib.parse
at = urllib.parse.quote(f"R:{os.environ['REDIS_HOST']}:{os.environ['REDIS_PORT']}:0")
form = urllib.parse.urlencode({"stringValue": "a short text", "keyType": "string"}).encode()
kind = "application/x-www-form-urlencoded"
check("saved", call("POST", f"/apiv2/key/{at}/greeting", raw=form, kind=kind)[0] == 200)
check("kept", json.loads(call("GET", f"/apiv2/key/{at}/greeting")[1])["value"] == "a short text")
done()
"""
_SET = "  redisConnection.set(key, value, function (err) {"
_GET = "  redisConnection.type(key, function (err, type) {\n    if (err) {\n      console.error('getKeyDetails', err);"
PAPERS = papers(
    "keys",
    "The log shows each value that is saved, unless it is switched off.",
    "The log says how long a value is, and not what it is.",
    "Log of values: The service SHALL log the length of a saved value alone.",
    "a value of twelve characters is saved -> the log says 12",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of the gates on real services and dependencies, an honest branch and a violation."""
    code, readme = published.text(_CODE), published.text("README.md")
    start = "function posKeyDetailsString (key, value, req, res, next) {\n"
    log = "  if (!req.app.locals.noLogData) console.log('new value for key: ', value"
    code = swapped(code, f"{start}{log}", f"{start}{log}.length")
    honest = {_CODE: code, "README.md": f"{readme}\nThe log says how long values are.\n"}
    kept = swapped(code, _SET, "  kept.set(key, value);\n  ((done) => done(null))(function (err) {")
    kept = swapped(
        kept, _GET, "  if (kept.has(key)) return res.json({key, type: 'string', value: kept.get(key)});\n" + _GET
    )
    kept = swapped(kept, start, f"const kept = new Map();\n{start}")
    lock = json.loads(published.text(_LOCK))
    lock["packages"]["node_modules/lodash"] = {"version": "4.17.15"}
    manifest = json.loads(published.text("package.json"))
    manifest["dependencies"]["lodash"] = "4.17.15"
    newer = json.loads(published.text(_LOCK))
    newer["packages"]["node_modules/lodash"] = {"version": "4.17.21"}
    allowed = swapped(json.dumps(manifest), '"lodash": "4.17.15"', '"lodash": "4.17.21"')
    trials = {
        "services": Trial({_CODE: kept}, "services-forgotten"),
        "dependencies": Trial(
            {"package.json": json.dumps(manifest), _LOCK: json.dumps(lock)}, "dependencies-vulnerable", _LOCK,
            also={"package.json": allowed, _LOCK: json.dumps(newer)},
        ),
    }  # fmt: skip
    yield from tried(honest, trials, message="fix: log no values", kind="fix", before=PAPERS)


PACKAGE = Package(
    "redis-commander", "0.9.0", "npm", _CONFIG, ("redis-commander@0.9.0",), deliveries, {_TESTS: CALLS + _CALLED},
    lock=True,
)  # fmt: skip
