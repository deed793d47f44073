"""Runs inside the service under test, as its `sitecustomize`: writes down the routes of its Flask, Starlette and
FastAPI applications as JSON, again and again while they change.

It is a program of its own for any Python from 3.8 on: nothing of the harness and no framework is imported.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import sys
import threading
import time

MOST = 5000
ROUNDS = 120
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def _kinds(module: str, name: str) -> tuple[type, ...]:
    found = getattr(sys.modules.get(module), name, None)
    return (found,) if isinstance(found, type) else ()


def _applications() -> list[object]:
    kinds = _kinds("flask.app", "Flask") + _kinds("starlette.applications", "Starlette")
    # By type(): isinstance would ask a proxy, which may have nothing behind it.
    return [each for each in gc.get_objects() if issubclass(type(each), kinds)] if kinds else []


def _flask(app: object) -> list[dict[str, object]]:
    rules = app.url_map.iter_rules()  # type: ignore[attr-defined]
    return [
        {"methods": sorted(rule.methods or ()), "path": rule.rule, "framework": "flask"}
        for rule in rules
        if not (rule.endpoint == "static" or rule.endpoint.endswith(".static"))
    ]


def _entries(owner: object) -> list[object]:
    router = getattr(owner, "router", owner)
    return [*(getattr(owner, "routes", None) or ()), *(getattr(router, "_low_priority_routes", None) or ())]


def _starlette(owner: object, prefix: str, mounted: set[int], depth: int = 0) -> list[dict[str, object]]:
    names = ("openapi_url", "docs_url", "redoc_url", "swagger_ui_oauth2_redirect_url")
    own = {getattr(owner, name, None) for name in names}
    out: list[dict[str, object]] = []
    for route in _entries(owner) if depth < 20 else ():
        path, methods, inner = getattr(route, "path", ""), getattr(route, "methods", None), getattr(route, "app", None)
        included = getattr(route, "original_router", None)
        if included is not None:
            # Newer versions of FastAPI keep an included router as one entry.
            start = prefix + getattr(getattr(route, "include_context", None), "prefix", "")
            out += _starlette(included, start, mounted, depth + 1)
        elif hasattr(route, "endpoint"):
            if path not in own and "WebSocket" not in type(route).__name__:
                out.append({"methods": _methods(route, methods), "path": prefix + path, "framework": "starlette"})
        elif getattr(route, "routes", None):
            mounted.add(id(inner))
            whole = inner if getattr(inner, "routes", None) else route
            out += _starlette(whole, prefix + path, mounted, depth + 1)
        elif hasattr(getattr(inner, "app", None), "url_map"):
            wrapped = inner.app  # type: ignore[union-attr]
            mounted.add(id(wrapped))
            out += [{**row, "path": f"{prefix}{path}{row['path']}"} for row in _flask(wrapped)]
    return out


def _methods(route: object, said: set[str] | None) -> list[str]:
    """The methods of a route; of a class that answers requests those that it has a function for."""
    endpoint = getattr(route, "endpoint", None)
    kinds = _kinds("starlette.endpoints", "HTTPEndpoint")
    if not said and isinstance(endpoint, type) and issubclass(endpoint, kinds):
        own = [name for name in METHODS if hasattr(endpoint, name)]
        return sorted(name.upper() for name in own) or ["*"]
    return sorted(said or "*")


def routes() -> list[dict[str, object]]:
    """Every route of every application that is not mounted in another."""
    flask = _kinds("flask.app", "Flask")
    mounted: set[int] = set()
    rows: list[tuple[int, list[dict[str, object]]]] = []
    for app in _applications():
        rows.append((id(app), _flask(app) if issubclass(type(app), flask) else _starlette(app, "", mounted)))
    return [row for number, own in rows if number not in mounted for row in own][:MOST]


def _watch(folder: str) -> None:
    last = ""
    for _ in range(ROUNDS):
        time.sleep(0.25)
        try:
            text = json.dumps(routes())
        except Exception:  # an application that is being built: the next round sees it whole
            continue
        if text not in (last, "[]"):
            last, name = text, os.path.join(folder, f"routes-{os.getpid()}")
            with open(name + ".new", "w") as file:
                file.write(text)
            os.replace(name + ".new", name + ".json")


def _begin() -> None:
    folder = os.environ.get("HARNESS_ROUTES", "")
    here = os.path.dirname(os.path.abspath(__file__))
    # The project's own sitecustomize, which this one stands before, is run all the same.
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here]
    own = sys.modules.pop("sitecustomize", None)
    with contextlib.suppress(ImportError):
        importlib.import_module("sitecustomize")
    if own is not None:
        # Whoever imported this one looks for it by its name.
        sys.modules.setdefault("sitecustomize", own)
    if folder:
        _start(folder)
        # A thread does not outlive a fork, and servers load the application in the child.
        os.register_at_fork(after_in_child=lambda: _start(folder))


def _start(folder: str) -> None:
    threading.Thread(target=_watch, args=(folder,), daemon=True).start()


if __name__ == "sitecustomize":
    _begin()
