"""The routes that a service's framework or a command of its own names, in the shape of OpenAPI's path templates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_ROUTES = 5000
MOST_PATH = 500
ANY = "*"
"""A route that answers every method."""
_PARAMETER = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>|\{([^{}:]+)(?::[^{}]*)?\}|:(\w+)(?:\([^()]*\))?")
_WILD = re.compile(r"\{[^{}]*\*\}|\{[^{}:]+:path\}|<path:[^<>]+>|\*\w*|\(\.\*\)")


@dataclass(frozen=True, slots=True)
class Route:
    """One route."""

    method: str
    """Upper case, or ANY."""
    path: str
    """With its parameters as `{name}`, as a reader of the spec would write it."""
    takes: tuple[str, ...] | None = None
    """Of a regular expression, the sample paths that it takes; None for a plain path."""

    @property
    def name(self) -> str:
        """`METHOD /path`."""
        return f"{self.method} {self.path}"

    @property
    def catchall(self) -> bool:
        """Whether it takes every path, as what answers 404 or serves a page does."""
        return self.takes is None and bool(re.fullmatch(r"/?\{\*\}", self.path))


class Unnamed(ValueError):
    """What should name routes does not; the message says why."""


def listed(output: str) -> list[Route]:
    """The routes that `[commands] routes` printed as a JSON array, whatever stands before it. Raises Unnamed."""
    decoder = json.JSONDecoder()
    for match in list(re.finditer(r"^[ \t]*\[", output, re.M))[:100]:
        try:
            value, _ = decoder.raw_decode(output, match.end() - 1)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, list) and all(isinstance(row, Mapping) for row in value):
            found = list(read(value))
            if not found:
                raise Unnamed('it printed no route: it has to print [{"method": "GET", "path": "/items/{id}"}]')
            return found
    raise Unnamed('it printed no JSON array of routes such as [{"method": "GET", "path": "/items/{id}"}]')


def read(rows: list[Any]) -> Iterator[Route]:
    """Routes of JSON objects {method or methods, path, takes}; Unnamed for one that is none."""
    for row in rows[:MOST_ROUTES]:
        methods = row.get("methods", [row.get("method")]) if isinstance(row, Mapping) else None
        path = row.get("path") if isinstance(row, Mapping) else None
        if not isinstance(path, str) or not isinstance(methods, list) or not all(isinstance(m, str) for m in methods):
            raise Unnamed(f"{json.dumps(row)[:200]} is no route: it needs a method and a path")
        takes = row.get("takes")
        samples = tuple(str(one) for one in takes) if isinstance(takes, list) else None
        names = {method.upper() for method in methods}
        if names & {ANY, "ALL", "ANY"}:
            names = {ANY}
        elif "GET" in names:
            names -= {"HEAD"}  # frameworks answer it by themselves, and OPTIONS as well
        for name in sorted(names - ({"OPTIONS"} if len(names) > 1 else set())):
            yield Route(name, plain(path) if samples is None else path[:MOST_PATH], samples)


def plain(path: str) -> str:
    """A framework's path as a template: `<int:id>`, `{id:int}` and `:id` become `{id}`, wildcards `{*}`."""
    text = _WILD.sub("{*}", path[:MOST_PATH])
    text = _PARAMETER.sub(lambda m: "{" + (m[1] or m[2] or m[3]).strip() + "}", text)
    return "/" + text.strip("/")


def shape(path: str) -> str:
    """A template without the names of its parameters: `/items/{}`."""
    return re.sub(r"\{[^{}]*\}", "{}", "/" + path.strip("/"))


def sample(path: str) -> str:
    """A path that the template stands for."""
    return re.sub(r"\{[^{}]*\}", "1", "/" + path.strip("/"))


def reaches(route: Route, method: str, path: str) -> bool:
    """Whether the route answers an operation of the spec; its parameter takes a fixed segment of the spec as well."""
    if route.method not in (ANY, method) and not (method == "HEAD" and route.method == "GET"):
        return False
    if route.takes is not None:
        return sample(path) in route.takes
    ours, theirs = shape(route.path).strip("/").split("/"), shape(path).strip("/").split("/")
    for number, segment in enumerate(ours):
        if "{*}" in route.path.strip("/").split("/")[number]:
            return True
        if number >= len(theirs) or segment not in ("{}", theirs[number]):
            return False
    return len(ours) == len(theirs)
