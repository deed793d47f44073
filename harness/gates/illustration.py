"""Examples of a schema that stand on its parts, as tools write them that make a document from code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.gates.bundle import Api, follow

_BINARY = re.compile(
    r"(?:image|audio|video|font)/(?!svg)[\w.+*-]+|text/(?:csv|tab-separated-values|event-stream)"
    r"|application/(?:octet-stream|pdf|zip|gzip|x-tar|x-gzip|x-ndjson|x-protobuf|wasm|msword|vnd\.ms-[\w.-]+"
    r"|vnd\.openxmlformats-[\w.-]+|vnd\.apache\.parquet)",
    re.I,
)
_FORMATS = ("binary", "byte", "base64")
At = tuple[str, ...]


def binary(kind: str, schema: Mapping[str, Any]) -> bool:
    """Whether a body of the media type `kind` is a file or a stream, of which an example would tell nobody anything."""
    plain = kind.partition(";")[0].strip().lower()
    return bool(_BINARY.fullmatch(plain)) or (_file(schema) and not plain.endswith("json"))


def _file(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") in _FORMATS or "contentMediaType" in schema or "contentEncoding" in schema


@dataclass(slots=True)
class Illustration:
    """Collects the examples below schemas, for requests or for responses, each once."""

    api: Api
    write: bool
    found: dict[At, tuple[At, Any]] = field(default_factory=dict)
    """where an example stands -> (its schema, its value)."""
    _known: dict[At, bool | None] = field(default_factory=dict)

    def of(self, node: Any, at: At) -> bool | None:
        """Whether every required part has an example (with no required ones: every part); False where none needs one,
        None where one lacks it."""
        if isinstance(node, Mapping) and "$ref" in node and self._own(node, at, at):
            return True
        schema, at = follow(self.api.value, node, at)
        if not isinstance(schema, Mapping):
            return None
        if at not in self._known:
            # A schema that leads back to itself adds nothing to what it needs.
            self._known[at] = False
            self._known[at] = self._schema(schema, at)
        return self._known[at]

    def _own(self, node: Mapping[str, Any], at: At, schema: At) -> bool:
        rows = node.get("examples")
        found = [(row, (*at, "examples", str(i))) for i, row in enumerate(rows if isinstance(rows, list) else ())]
        if "example" in node:
            found.append((node["example"], (*at, "example")))
        self.found |= {place: (schema, value) for value, place in found}
        return bool(found)

    def _schema(self, schema: Mapping[str, Any], at: At) -> bool | None:
        if self._own(schema, at, at) or _file(schema):
            return True
        if {"const", "enum"} & schema.keys() or schema.get("type") == "null":
            return False
        if "properties" in schema or "allOf" in schema:
            return self._object(schema, at)
        for key in ("oneOf", "anyOf"):
            if isinstance(schema.get(key), list):
                return _best([self.of(part, (*at, key, str(i))) for i, part in enumerate(schema[key])])
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), Mapping):
                return self.of(schema[key], (*at, key))
        return None

    def _object(self, schema: Mapping[str, Any], at: At) -> bool | None:
        required: set[str] = set()
        given: dict[str, bool | None] = {}
        for part, place in self._parts(schema, at, set()):
            rows = part.get("required")
            required |= {name for name in (rows if isinstance(rows, list) else ()) if isinstance(name, str)}
            whole = self._own(part, place, place)
            properties = part.get("properties")
            for name, node in properties.items() if isinstance(properties, Mapping) else ():
                if not self._hidden(node):
                    way = whole or self.of(node, (*place, "properties", name))
                    given[name] = _best([given.get(name), way])
        if not given:
            rows = schema.get("allOf")
            parts = rows if isinstance(rows, list) else []
            return _best([self.of(part, (*at, "allOf", str(i))) for i, part in enumerate(parts)])
        needed = [name for name in given if name in required] or list(given)
        return None if any(given[name] is None for name in needed) else True in given.values()

    def _parts(self, schema: Mapping[str, Any], at: At, seen: set[At]) -> Iterator[tuple[Mapping[str, Any], At]]:
        """The schema and all that its `allOf` puts together."""
        if at in seen:
            return
        seen.add(at)
        yield schema, at
        rows = schema.get("allOf")
        for i, node in enumerate(rows if isinstance(rows, list) else ()):
            part, place = follow(self.api.value, node, (*at, "allOf", str(i)))
            if isinstance(part, Mapping):
                yield from self._parts(part, place, seen)

    def _hidden(self, node: Any) -> bool:
        """Whether a property does not occur in this direction."""
        schema, _ = follow(self.api.value, node, ())
        return isinstance(schema, Mapping) and schema.get("readOnly" if self.write else "writeOnly") is True


def _best(ways: list[bool | None]) -> bool | None:
    return True if True in ways else False if False in ways else None
