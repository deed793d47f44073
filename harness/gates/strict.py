"""A spec whose responses may hold nothing that it does not name, so that what a service adds on top is seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.gates.bundle import Api, follow, tokens
from harness.gates.operation import operations

STRICT = "x-strict"
_BRANCHES = ("oneOf", "anyOf")
_SINGLE = ("items", "additionalProperties")


def strict(api: Api) -> dict[str, Any]:
    """A copy of the document in which the open objects of response bodies are closed; requests stay as they are.

    Objects without named properties are maps and stay open, and so do those that `allOf` puts together.
    """
    tightener = _Tightener(api)
    out: dict[str, Any] = _copy(api.value)
    for operation in operations(api):
        owner = _at(out, operation.at)
        for status, raw in operation.responses().items():
            response, _ = follow(api.value, raw, ())
            content = response.get("content") if isinstance(response, Mapping) else None
            if not isinstance(content, Mapping) or not isinstance(owner, dict):
                continue
            closed = _copy(response)
            for row in closed["content"].values():
                if isinstance(row, dict) and "schema" in row:
                    row["schema"] = tightener.closed(row["schema"])
            owner["responses"] = {key: value for key, value in owner["responses"].items() if str(key) != status}
            owner["responses"][status] = closed
    if tightener.schemas:
        out[STRICT] = tightener.schemas
    return out


class _Tightener:
    """Closes schemas; what they refer to is closed once, under `x-strict`."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.schemas: dict[str, Any] = {}
        self._names: dict[tuple[str, ...], str] = {}

    def closed(self, node: Any, *, part: bool = False) -> Any:
        """`node` with its open objects closed; a `part` of other keywords stays open itself."""
        if not isinstance(node, Mapping):
            return node
        ref = node.get("$ref")
        if isinstance(ref, str):
            return {**node, "$ref": f"#/{STRICT}/{self._closed(ref, part)}"}
        out = dict(node)
        named = isinstance(node.get("properties"), Mapping)
        composed = any(key in node for key in ("allOf", *_BRANCHES, "patternProperties", "$dynamicRef"))
        if named:
            out["properties"] = {key: self.closed(value) for key, value in node["properties"].items()}
        for key in _SINGLE:
            out |= {key: self.closed(node[key])} if isinstance(node.get(key), Mapping) else {}
        for key in ("allOf", *_BRANCHES):
            if isinstance(node.get(key), list):
                inner = part or key == "allOf" or named or "allOf" in node
                out[key] = [self.closed(item, part=inner) for item in node[key]]
        if named and not composed and not part and "unevaluatedProperties" not in node:
            out.setdefault("additionalProperties", False)
        return out

    def _closed(self, ref: str, part: bool) -> str:
        where = (*tokens(ref), "part" if part else "")
        if where not in self._names:
            name = self._names[where] = f"s{len(self._names)}"
            self.schemas[name] = {}
            self.schemas[name] = self.closed(_at(self.api.value, tokens(ref)), part=part)
        return self._names[where]


def _copy(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _copy(value) for key, value in node.items()}
    return [_copy(item) for item in node] if isinstance(node, list) else node


def _at(node: Any, where: tuple[str, ...]) -> Any:
    for token in where:
        if isinstance(node, Mapping):
            node = node.get(token)
        elif isinstance(node, list) and token.isdecimal() and int(token) < len(node):
            node = node[int(token)]
        else:
            return None
    return node
