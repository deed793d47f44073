"""The operations of a bundled OpenAPI document, and which of them a request belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from harness.gates.bundle import Api, follow

MOST_PARTS = 3
MOST_PATH = 2000
"""Characters of a request's path; a longer one belongs to no operation."""
MOST_SERVERS = 20
SLASH = "\x00"
"""Stands for an encoded slash in a decoded segment."""
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


def secured(api: Api, operation: Operation) -> bool:
    """Whether the operation can't be used without credentials."""
    rows = operation.value.get("security", api.value.get("security"))
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, Mapping) and row for row in rows)


def base(api: Api) -> str:
    """The path prefix of the document's first server, without a closing slash."""
    return _prefixes(api.value.get("servers"))[0]


def prefixes(api: Api, operation: Operation) -> tuple[str, ...]:
    """The path prefixes of the operation's servers."""
    return _prefixes(operation.value.get("servers") or operation.item.get("servers") or api.value.get("servers"))


def _prefixes(servers: Any) -> tuple[str, ...]:
    """The path prefix of each server, variables at their defaults; ('',) where there is none."""
    found = [_prefix(server) for server in servers[:MOST_SERVERS]] if isinstance(servers, list) else []
    return tuple(dict.fromkeys(prefix for prefix in found if prefix is not None)) or ("",)


def _prefix(server: Any) -> str | None:
    if not isinstance(server, Mapping):
        return None
    url, variables = str(server.get("url", ""))[:MOST_PATH], server.get("variables")
    for name, row in variables.items() if isinstance(variables, Mapping) else ():
        default = row.get("default", "") if isinstance(row, Mapping) else ""
        url = url.replace(f"{{{name}}}", str(default)[:MOST_PATH])
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    return None if "{" in path else path.rstrip("/")


class Routes:
    """Finds the operation of a request; fixed segments win over parameters."""

    def __init__(self, api: Api) -> None:
        rows = []
        for op in operations(api):
            rows += [(_plain(prefix), _template(op.path), op) for prefix in prefixes(api, op)]
        self.rows = sorted(rows, key=lambda row: (row[2].path.count("{"), -len(row[0])))

    def find(self, method: str, path: str) -> Operation | None:
        """The operation of `method path`, or None."""
        return next((op for op in self.at(path) if op.method == method), None)

    def at(self, path: str) -> list[Operation]:
        """The operations of every path template that matches, the best first."""
        return [op for op, _ in self._matches(path)]

    def values(self, operation: Operation, path: str) -> dict[str, str]:
        """name -> value, decoded, of the path parameters that are a segment of their own."""
        below = next((rest for op, rest in self._matches(path) if op is operation), "")
        pairs = zip(operation.path.split("/"), below.split("/"), strict=False)
        return {
            segment[1:-1]: value.replace(SLASH, "/")
            for segment, value in pairs
            if segment.startswith("{") and segment.endswith("}")
        }

    def _matches(self, path: str) -> list[tuple[Operation, str]]:
        """(operation, the path below the server's prefix)"""
        if len(path) > MOST_PATH:
            return []
        plain = _plain(path)
        found: dict[int, tuple[Operation, str]] = {}
        for prefix, template, op in self.rows:
            below = plain[len(prefix) :] or "/"
            if (plain == prefix or plain.startswith(f"{prefix}/")) and template.fullmatch(below):
                found.setdefault(id(op), (op, below))
        return list(found.values())


def _plain(path: str) -> str:
    """`path` decoded segment by segment: an encoded slash is part of its segment."""
    return "/".join(unquote(segment).replace("/", SLASH) for segment in path.split("/"))


def _template(path: str) -> re.Pattern[str]:
    """A path template as a pattern. Many parameters in one segment are one wildcard, as they would match for ever."""
    out = []
    for segment in path.split("/"):
        parts = re.split(r"\{[^{}]*\}", segment)
        wild = len(parts) > MOST_PARTS
        out.append("[^/]+" if wild else "[^/]+".join(re.escape(_plain(part)) for part in parts))
    return re.compile("/".join(out), re.S)
