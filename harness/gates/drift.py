"""The service has the routes of the approved spec and no other: by its framework, or by a command that lists them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.bench import reports
from harness.gates.bundle import Api
from harness.gates.operation import Operation, operations, prefixes
from harness.gates.recorded import standard
from harness.gates.report import tail, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.route import Route, Unnamed, listed, reaches, read, sample, shape
from harness.gates.service import Failed, serving, unstartable
from harness.ports import Bench, Sandbox, Subject

NAME = "drift"
SECONDS = 10.0
"""The longest that a ready service may take to name its routes."""
QUIET = 0.8
"""Seconds without a change after which the routes are taken to be all there."""
UNKNOWN = (
    "no FastAPI, Starlette, Flask or Express application was found in the running service: set [commands] routes to a "
    'command that prints [{"method": "GET", "path": "/items/{id}"}], or leave drift out of [project] gates'
)
_TRACERS: Mapping[str, str] = {"tracer.cjs": "tracer.cjs", "sitecustomize.py": "tracer.py"}
_ENV: Mapping[str, str] = {
    "HARNESS_ROUTES": "{sockets}",
    "NODE_OPTIONS": "--require={sockets}/tracer.cjs",
    "PYTHONPATH": "{sockets}",
}


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    if config.commands.routes.strip():
        if not config.spec.path:
            return "harness.toml has no [spec] path: name the living OpenAPI document"
        return f"commands cannot run here: {sandbox.why}" if sandbox.level == 0 else ""
    return unstartable(config, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """List the routes, and hold them against the approved spec both ways."""
    command = subject.config.commands.routes or subject.config.server.start
    api = standard(NAME, subject, bench, ready(subject.config, bench.sandbox), command)
    if isinstance(api, GateResult):
        return api
    try:
        found = _told(subject, bench) if subject.config.commands.routes.strip() else _traced(subject, bench, api)
    except Failed as error:
        return blocked(NAME, subject, f"{error}; its log ends: {error.log or '(nothing)'}", command=command)
    except Unnamed as error:
        return blocked(NAME, subject, str(error), command=command)
    routes = sorted(set(found), key=lambda route: (route.path, route.method))
    evidence = bench.keep("\n".join(route.name for route in routes).encode("utf-8", "backslashreplace"))
    figures: dict[str, float | int | str] = {"routes": len(routes), "operations": sum(1 for _ in operations(api))}
    figures |= {f"takes every path: {route.name}": "not compared" for route in routes if route.catchall}
    findings = compare(api, routes, subject.config.server.ready)
    return judged(NAME, subject, findings, command=command, figures=figures, evidence=evidence)


def _health(route: Route, ready: str) -> bool:
    """Whether a route is the one by which the harness finds out that the service is ready."""
    return route.method in ("GET", "HEAD", "OPTIONS", "ANY") and shape(route.path) == shape(ready.partition("?")[0])


def compare(api: Api, routes: list[Route], ready: str) -> list[Finding]:
    """Routes that the spec does not have, and operations without a route. `ready` is the path of the health check.

    OPTIONS is how browsers ask before they call; what reads may be asked for its head alone.
    """
    named = [route for route in routes if not route.catchall]
    documented = [(operation, path) for operation in operations(api) for path in _paths(api, operation)]
    found = [
        finding("drift-undocumented", f"the service has the route {route.name}, which the approved spec does not have")
        for route in named
        if not _health(route, ready) and route.method != "OPTIONS" and not _documents(documented, route)
    ]
    answered = {
        operation.name
        for operation, path in documented
        if any(reaches(route, operation.method, path) for route in named)
    }
    found += [
        finding("drift-missing", f"the service has no route for {operation.name}", *api.at(operation.at))
        for operation in operations(api)
        if operation.name not in answered
    ]
    return found


def _documents(documented: list[tuple[Operation, str]], route: Route) -> bool:
    for operation, path in documented:
        same = sample(path) in route.takes if route.takes is not None else shape(path) == shape(route.path)
        reads = route.method == "HEAD" and operation.method == "GET"
        if same and (reads or route.method in ("*", operation.method)):
            return True
    return False


def _paths(api: Api, operation: Operation) -> list[str]:
    """The operation's path below each of its servers."""
    return [f"{prefix}{operation.path}" for prefix in prefixes(api, operation)]


def _told(subject: Subject, bench: Bench) -> list[Route]:
    """What `[commands] routes` prints."""
    shell = subject.config.commands.routes
    outcome, _ = bench.measure(subject.tree, shell)
    why = unrun(outcome, shell)
    if why or outcome.code:
        said = tail(outcome.output, 400)
        raise Unnamed(why or f"[commands] routes ended with {outcome.code}: {said}")
    try:
        return listed(outcome.output)
    except Unnamed as error:
        raise Unnamed(f"[commands] routes: {error}") from error


def loading(start: str) -> str:
    """The start command where it sets one of our variables itself: its value comes after ours."""
    text = re.sub(r"\bPYTHONPATH=([\"']?)", r"PYTHONPATH=\1{sockets}:", start)
    return re.sub(r"\bNODE_OPTIONS=([\"'])", rf"NODE_OPTIONS=\1{_ENV['NODE_OPTIONS']} ", text)


def _traced(subject: Subject, bench: Bench, api: Api) -> list[Route]:
    """What the framework of the running service has: a file that is loaded with it writes it down."""
    here = Path(__file__).parent
    samples = sorted({sample(path) for operation in operations(api) for path in _paths(api, operation)})
    files = {name: (here / own).read_text(encoding="utf-8") for name, own in _TRACERS.items()}
    files["samples.json"] = json.dumps(samples)
    start = loading(subject.config.server.start)
    server = subject.config.server.model_copy(update={"start": start})
    asked = replace(subject, config=subject.config.model_copy(update={"server": server}))
    with serving(asked, bench, env=_ENV, files=files) as service:
        folder = service.socket.parent
        last: dict[str, bytes] = {}
        end, since = time.monotonic() + SECONDS, time.monotonic()
        while time.monotonic() < end:
            found = {name: data for name, data in reports(folder).items() if name.startswith("routes-")}
            if found != last:
                last, since = found, time.monotonic()
            if last and time.monotonic() - since > QUIET:
                break
            time.sleep(0.1)
    out = []
    for name, data in last.items():
        try:
            value = json.loads(data) if name.endswith(".json") else []
        except (ValueError, RecursionError) as error:
            raise Unnamed("the routes that the service wrote down can't be read") from error
        out += list(read(value if isinstance(value, list) else []))
    if not out:
        raise Unnamed(UNKNOWN)
    return out
