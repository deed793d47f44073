"""The operations of a bundled OpenAPI document, and which of them a request belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.gates.bundle import Api, follow

MOST_PARTS = 3
MOST_PATH = 2000
"""Characters of a request's path; a longer one belongs to no operation."""
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document."""

    method: str
    """Upper case."""
    path: str
    """The path template."""
    value: Mapping[str, Any]
    item: Mapping[str, Any]
    """The path item that it belongs to."""
    at: tuple[str, ...]
    """Where it stands in the document."""

    @property
    def name(self) -> str:
        """`METHOD /path`."""
        return f"{self.method} {self.path}"

    def responses(self) -> dict[str, Any]:
        """status -> response, `$ref`s not followed."""
        found = self.value.get("responses")
        return {str(k): v for k, v in found.items()} if isinstance(found, Mapping) else {}

    def documented(self, status: int) -> str:
        """The key of the response that documents `status`: exact, its class, `default`, or ''."""
        for key in self.responses():
            if key == str(status):
                return key
        for key in self.responses():
            if key.upper() == f"{status // 100}XX":
                return key
        return "default" if "default" in self.responses() else ""


def operations(api: Api) -> Iterator[Operation]:
    """Every operation of the document, in its order."""
    paths = api.value.get("paths")
    for path, raw in paths.items() if isinstance(paths, Mapping) else ():
        item, at = follow(api.value, raw, ("paths", path))
        if not isinstance(item, Mapping):
            continue
        for method in METHODS:
            value = item.get(method)
            if isinstance(value, Mapping):
                yield Operation(method.upper(), path, value, item, (*at, method))


def base(api: Api) -> str:
    """The path prefix of the document's first server, without a closing slash."""
    servers = api.value.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    url = first.get("url", "") if isinstance(first, Mapping) else ""
    try:
        path = urlsplit(str(url)).path
    except ValueError:
        return ""
    return "" if "{" in path else path.rstrip("/")


class Routes:
    """Finds the operation of a request; fixed segments win over parameters."""

    def __init__(self, api: Api) -> None:
        self.prefix = base(api)
        self.rows = sorted(((_template(op.path), op) for op in operations(api)), key=lambda row: row[1].path.count("{"))

    def find(self, method: str, path: str) -> Operation | None:
        """The operation of `method path`, or None."""
        return next((op for op in self.at(path) if op.method == method), None)

    def at(self, path: str) -> list[Operation]:
        """The operations of the best path template that matches."""
        if not path.startswith(self.prefix) or len(path) > MOST_PATH:
            return []
        below = path[len(self.prefix) :] or "/"
        best = next((op.path for template, op in self.rows if template.fullmatch(below)), None)
        return [op for _, op in self.rows if op.path == best]


def _template(path: str) -> re.Pattern[str]:
    """A path template as a pattern. Many parameters in one segment are one wildcard, as they would match for ever."""
    out = []
    for segment in path.split("/"):
        parts = re.split(r"\{[^{}]*\}", segment)
        out.append("[^/]+" if len(parts) > MOST_PARTS else "[^/]+".join(re.escape(part) for part in parts))
    return re.compile("/".join(out))
