"""YAML 1.2 with its core schema: `yes` is a string, a key comes once."""

from __future__ import annotations

import math
import re
from typing import Any

from harness.changes.unparsed import told

_FLAT = re.compile(r"([A-Za-z_][\w-]*):(?:[ \t]+([A-Za-z0-9_./+-]+|\"[^\"\\]*\"))?[ \t]*(?:[ \t]#.*)?")
_TAB = re.compile(r"^([\w-]+:)\t+", re.M)
_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
"""What ends a line for the parser, and none in YAML 1.2 as OpenSpec's tool reads it."""
_ENDED = re.compile(":\r(?!\n)")
"""A colon that ends a key all the same."""
_HIDDEN = {"\r": "\ue00d", "\x85": "\ue085", "\u2028": "\ue028", "\u2029": "\ue029"}
_SEEN = {other: char for char, other in _HIDDEN.items()}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **{f"{sign}{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Unparsable(Exception):
    """The text is not YAML; the message says where, with the lines around it."""


def load(text: str) -> Any:
    """The one document in `text`; Unparsable if it is none."""
    text = _TAB.sub(r"\1 ", text)
    text = _ENDED.sub(": \r", text.removeprefix("\ufeff"))
    text = _BREAK.sub(lambda found: _HIDDEN[found[0]], text)
    try:
        flat = _flat(text)
        return _shown(_whole(text) if flat is None else flat)
    except Unparsable as error:
        raise Unparsable(_shown(str(error))) from error


def _shown(value: Any) -> Any:
    """A value with the characters that were hidden from the parser."""
    if isinstance(value, str):
        return "".join(_SEEN.get(char, char) for char in value) if any(each in value for each in _SEEN) else value
    if isinstance(value, dict):
        return {_shown(key): _shown(each) for key, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list) else value


def scalar(text: str) -> Any:
    """The value of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
    return float(text) if _FLOAT.fullmatch(text) else text


def _flat(text: str) -> dict[str, Any] | None:
    """A file of plain `key: value` lines, read without the YAML package: most are; None if it is more than that."""
    out: dict[str, Any] = {}
    for each in text.split("\n"):
        line = each.removesuffix("\r")
        if not line.strip(" \t") or line.lstrip(" \t").startswith("#"):
            continue
        found = _FLAT.fullmatch(line)
        if found is None or found[1] in out:
            return None
        value = found[2] or ""
        if value.startswith("-") and not _FLOAT.fullmatch(value):
            return None
        out[found[1]] = value[1:-1] if value.startswith('"') else scalar(value)
    return out or None


def _whole(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """PyYAML with the scalars of YAML 1.2."""

        def compose_scalar_node(self, anchor: Any) -> Any:
            tagged = self.peek_event().tag is not None  # type: ignore[no-untyped-call]
            node = super().compose_scalar_node(anchor)
            node.style = node.style or ("tagged" if tagged else None)
            return node

    def plain(loader: Any, node: Any) -> Any:
        return scalar(node.value) if node.style is None else node.value

    def mapping(loader: Any, node: Any) -> dict[Any, Any]:
        out: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            key = key if isinstance(key, str) else str(key)
            if key in out:
                raise yaml.constructor.ConstructorError(None, None, _TWICE, key_node.start_mark)
            out[key] = loader.construct_object(value_node, deep=True)
        return out

    Loader.yaml_implicit_resolvers = {}
    Loader.add_constructor("tag:yaml.org,2002:str", plain)
    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    try:
        loader = Loader(text)
    except yaml.YAMLError as error:
        raise Unparsable(told(text, error)) from error
    try:
        return loader.get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unparsable(told(text, error)) from error
    finally:
        loader.dispose()


_TWICE = "Map keys must be unique"
