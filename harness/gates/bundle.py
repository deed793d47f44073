"""Makes one document of an OpenAPI document and the files that it refers to, so that nothing is ever looked up outside.

A reference `schemas.yaml#/Item` becomes `#/x-files/schemas.yaml/Item`, and the file's content lies there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from harness.gates.document import MOST_DEPTH, Document, Unreadable, load

FILES = "x-files"
MOST_FILES = 100
_DATA = ("example", "default", "enum", "const")
"""Keys below which a `$ref` is data."""
_FIELDS = ("properties", "patternProperties")
_NAMES = (*_FIELDS, "responses", "schemas", "parameters", "headers", "$defs", "requestBodies")
"""Keys below which every key is a name of the document's own; `responses` has a `default`."""


@dataclass(slots=True)
class Api:
    """A bundled OpenAPI document."""

    path: str
    value: dict[str, Any]
    sources: dict[str, Document]
    """path -> the document, for line numbers."""
    problems: list[tuple[str, int, str]] = field(default_factory=list)
    """(path, line, text) of references that can't be used."""
    refs: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """reference, as rewritten -> (path, pointer) of the first place that it stands at."""

    @property
    def version(self) -> str:
        """`3.0` or `3.1`, or what else the document says."""
        return ".".join(str(self.value.get("openapi", "")).split(".")[:2])

    def at(self, pointer: Sequence[str]) -> tuple[str, int]:
        """(path, line) of the part at `pointer`."""
        if len(pointer) > 1 and pointer[0] == FILES and pointer[1] in self.sources:
            return pointer[1], self.sources[pointer[1]].line(pointer[2:])
        return self.path, self.sources[self.path].line(pointer)


def bundle(path: str, document: Document, folder: str, read: Callable[[str], bytes | None]) -> Api:
    """The document at `path` with everything it refers to inside `folder`; problems are kept, not raised."""
    api = Api(path, {}, {path: document})
    left = [path]
    while left:
        source = left.pop()
        value = _rewritten(api, source, folder, read, left)
        if source == path:
            api.value = {**value, **{FILES: api.value.get(FILES, {})}} if isinstance(value, dict) else {}
        else:
            api.value.setdefault(FILES, {})[source] = value
    if not api.value.get(FILES):
        api.value.pop(FILES, None)
    for ref, (source, at) in api.refs.items():
        if _loops(api.value, ref):
            text = f"$ref {ref!r} leads back to itself, so there is nothing that it stands for"
            api.problems.append((source, api.sources[source].line(at), text))
    return api


def _loops(value: Mapping[str, Any], ref: str) -> bool:
    """Whether a reference to a reference, and so on, comes back to the first one."""
    first, steps = ref, 0
    while steps < MOST_DEPTH:
        node: Any = value
        for token in tokens(ref):
            node = _step(node, token)
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            return False
        ref, steps = node["$ref"], steps + 1
        if ref == first:
            return True
    return steps == MOST_DEPTH


def _rewritten(api: Api, source: str, folder: str, read: Callable[[str], bytes | None], left: list[str]) -> Any:
    def walk(node: Any, at: tuple[str, ...]) -> Any:
        if isinstance(node, list):
            return [walk(item, (*at, str(i))) for i, item in enumerate(node)]
        if not isinstance(node, Mapping):
            return node
        inner = bool(at) and at[-2:-1] != ("properties",)
        named, keyed = inner and at[-1] in _FIELDS, inner and at[-1] in _NAMES
        out: dict[str, Any] = {}
        for key, item in node.items():
            here = (*at, key)
            if key == "$ref" and isinstance(item, str) and not named:
                out[key] = target(item, here)
                api.refs.setdefault(out[key], (source, here))
            elif (key in _DATA and not keyed) or (key == "value" and "examples" in at[-2:]):
                out[key] = item
            else:
                out[key] = walk(item, here)
            if key in ("$id", "$dynamicRef", "$recursiveRef") and not named and isinstance(item, str):
                problem(here, f"{key} can't be used here; use a plain $ref")
        return out

    def problem(at: tuple[str, ...], text: str) -> None:
        api.problems.append((source, api.sources[source].line(at), text))

    def target(ref: str, at: tuple[str, ...]) -> str:
        file, _, fragment = ref.partition("#")
        other = posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(file))) if file else source
        why = _refusal(ref, file, other, folder, fragment) or _taken(api, other, read, left)
        if why:
            problem(at, why)
            return "#/x-unresolved"
        return "#" + (fragment or "") if other == api.path else f"#/{FILES}/{_escaped(other)}{fragment}"

    return walk(api.sources[source].value, ())


def _escaped(token: str) -> str:
    """One token of a JSON pointer in a URI; `%` first, since the path is percent-decoded when it is followed."""
    return token.replace("~", "~0").replace("/", "~1").replace("%", "%25").replace(" ", "%20")


def _refusal(ref: str, file: str, other: str, folder: str, fragment: str) -> str:
    if "://" in file or file.startswith(("/", "\\")) or ":" in file.split("/")[0]:
        return f"$ref {ref!r} leads out of the change: refer to files beside the document only"
    if other.startswith("../") or (folder not in ("", ".") and not other.startswith(f"{folder}/")):
        return f"$ref {ref!r} leads out of {folder}"
    if fragment and not fragment.startswith("/"):
        return f"$ref {ref!r} must be a JSON pointer such as #/components/schemas/Item"
    return ""


def _taken(api: Api, path: str, read: Callable[[str], bytes | None], left: list[str]) -> str:
    if path in api.sources:
        return ""
    data = read(path)
    if data is None:
        return f"$ref leads to {path}, which does not exist"
    if len(api.sources) >= MOST_FILES:
        return f"more than {MOST_FILES} files are referred to"
    try:
        api.sources[path] = load(data, path)
    except Unreadable as error:
        return f"{path} can't be read: {error}"
    left.append(path)
    return ""


def tokens(ref: str) -> tuple[str, ...]:
    """The tokens of a reference `#/a/b`."""
    parts = unquote(ref.removeprefix("#")).split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def follow(value: Mapping[str, Any], node: Any, at: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """(what `node` finally refers to, where it stands); (None, at) for a reference that loops or leads nowhere."""
    for _ in range(MOST_DEPTH):
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            return node, at
        at = tokens(node["$ref"])
        node = value
        for token in at:
            node = _step(node, token)
    return None, at


def _step(node: Any, token: str) -> Any:
    if isinstance(node, Mapping):
        return node.get(token)
    if isinstance(node, list) and token.isdigit() and int(token) < len(node):
        return node[int(token)]
    return None
