"""Loads a YAML or JSON document from hostile text: bounded, without duplicate keys, alias bombs or objects.

Plain scalars are read by the core schema of YAML 1.2, as OpenAPI asks: `no` and `2024-01-01` are strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 5 << 20
MOST_NODES = 300_000
MOST_DEPTH = 90
_INT = re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_TAG = "tag:yaml.org,2002:"
_MERGE = "<<"


class Unreadable(ValueError):
    """The text is no document that may be used; the message says why, `line` says where (0: nowhere)."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """A loaded document: JSON values, and where its parts stand in the text."""

    value: Any
    root: Any = None
    """The YAML node graph; None for JSON text."""

    def line(self, pointer: Sequence[str]) -> int:
        """The 1-based line of the entry at `pointer`, or of the last part of it that exists; 0 if unknown."""
        node, line = self.root, 0
        for token in pointer:
            found = _child(node, token)
            if found is None:
                break
            line, node = found
        return line


def _child(node: Any, token: str) -> tuple[int, Any] | None:
    if node is None:
        return None
    if node.id == "mapping":
        for key, value in node.value:
            if key.value == token:
                return key.start_mark.line + 1, value
    elif node.id == "sequence" and token.isdigit() and int(token) < len(node.value):
        item = node.value[int(token)]
        return item.start_mark.line + 1, item
    return None


def load(data: bytes, path: str) -> Document:
    """The document in `data`; raises Unreadable. `path` decides by its suffix whether it is JSON."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"the file has {len(data)} bytes; at most {MOST_BYTES} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"the file is not UTF-8 (byte {error.start})") from error
    return _json(text) if path.endswith(".json") else _yaml(text)


def _json(text: str) -> Document:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(items)
        if len(out) < len(items):
            twice = next(key for key, _ in items if sum(1 for other, _ in items if other == key) > 1)
            raise Unreadable(f"the key {twice!r} stands twice in one object")
        return out

    def constant(word: str) -> Any:
        raise Unreadable(f"{word} is not JSON")

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except RecursionError as error:
        raise Unreadable("the document is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", error.lineno) from error
    except ValueError as error:
        raise error if isinstance(error, Unreadable) else Unreadable("a number is too large") from error
    _bound(value)
    return Document(value)


def _bound(value: Any) -> None:
    left, count = [(value, 0)], 0
    while left:
        node, depth = left.pop()
        count += 1
        if depth > MOST_DEPTH or count > MOST_NODES:
            raise Unreadable("the document is nested too deeply or has too many parts")
        if isinstance(node, dict):
            left += [(item, depth + 1) for item in node.values()]
        elif isinstance(node, list):
            left += [(item, depth + 1) for item in node]


def _yaml(text: str) -> Document:
    import yaml

    try:
        _scan(text)
        node = yaml.compose(text, Loader=_loader(yaml))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise Unreadable(f"not YAML: {problem}", mark.line + 1 if mark else 0) from error
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, Unreadable) else Unreadable(f"not YAML: {error}") from error
    return Document(_Values().value(node, 0) if node is not None else None, node)


def _loader(library: Any) -> Any:
    """The loader in C where the library has it."""
    return getattr(library, "CSafeLoader", library.SafeLoader)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1 if event.start_mark else 0


def _scan(text: str) -> None:
    """Bounds depth and size on the stream of events, before anything is built from it."""
    import yaml

    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_loader(yaml))):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH or count > 2 * MOST_NODES:
            raise Unreadable("the document is nested too deeply or has too many parts", _line(event))


class _Values:
    """Turns nodes into values; aliases are expanded and counted, so a bomb or a loop ends at the bound."""

    def __init__(self) -> None:
        self.count = 0

    def value(self, node: Any, depth: int) -> Any:
        self.count += 1
        line = node.start_mark.line + 1
        if depth > MOST_DEPTH or self.count > MOST_NODES:
            raise Unreadable("the document is nested too deeply or its aliases expand to too many parts", line)
        if node.id == "scalar":
            return scalar(node.tag.removeprefix(_TAG), node.value, line, plain=node.style is None)
        if node.id == "sequence" and node.tag == f"{_TAG}seq":
            return [self.value(item, depth + 1) for item in node.value]
        if node.id == "mapping" and node.tag == f"{_TAG}map":
            return self.mapping(node, depth)
        raise Unreadable(f"the tag {node.tag!r} is not allowed", line)

    def mapping(self, node: Any, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if key.id != "scalar":
                raise Unreadable("a key must be a plain string", line)
            if key.value in out:
                raise Unreadable(f"the key {key.value!r} stands twice in one mapping", line)
            out[key.value] = self.value(item, depth + 1)
        merged = any(key.tag == f"{_TAG}merge" for key, _ in node.value)
        return _merged(out, node.start_mark.line + 1) if merged else out


def _merged(own: dict[str, Any], line: int) -> dict[str, Any]:
    """A mapping with what stands under its `<<` put below its own keys; of several, the first wins."""
    found = own.pop(_MERGE)
    out: dict[str, Any] = {}
    for other in reversed(found if isinstance(found, list) else [found]):
        if not isinstance(other, dict):
            raise Unreadable("<< must name a mapping", line)
        out |= other
    return {**out, **own}


def scalar(tag: str, text: str, line: int, *, plain: bool) -> Any:
    """The value of a scalar by YAML 1.2's core schema."""
    if tag == "str" or (not plain and tag not in ("int", "float", "bool", "null")):
        if tag not in ("str", "timestamp", "value", "merge"):
            raise Unreadable(f"the tag {tag!r} is not allowed", line)
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text.lower().lstrip("+-") in (".nan", ".inf"):
        raise Unreadable(f"{text} is not JSON", line)
    if _INT.fullmatch(text):
        return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise Unreadable(f"{text[:40]} is too large", line)
        return number
    if tag not in ("timestamp", "bool", "int", "float", "null", "value", "merge"):
        raise Unreadable(f"the tag {tag!r} is not allowed", line)
    return text
