"""How the functions begin that pytest takes for tests, by the settings of a tree."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterator
from typing import Any

from harness.gates.pytests import USUAL
from harness.ports import Bench

_FILES = frozenset(
    {"pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "pytest.toml", ".pytest.toml"}
)
_SECTIONS = ("pytest", "tool:pytest")
_KEY = "python_functions"
_MOST_BYTES = 1 << 20
_MOST = 20


def begins(bench: Bench, tree: str) -> tuple[str, ...]:
    """The usual name and those that any of the tree's settings adds, each a beginning or a form such as `*_spec`."""
    named = [path for path in sorted(bench.paths(tree)) if path.rpartition("/")[2] in _FILES]
    found = (each for path in named for each in _words(path, bench.read(tree, path) or b""))
    return tuple(dict.fromkeys((*USUAL, *found)))[:_MOST]


def _words(path: str, data: bytes) -> Iterator[str]:
    text = data[:_MOST_BYTES].decode("utf-8", "replace")
    try:
        said = _toml(tomllib.loads(text)) if path.endswith(".toml") else _ini(text)
    except (ValueError, configparser.Error, RecursionError, AttributeError):
        return
    words = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
    yield from (word for word in words if isinstance(word, str) and 0 < len(word) <= 60)


def _toml(table: dict[str, Any]) -> Any:
    tool = table.get("tool", {}).get("pytest", {})
    for each in (tool.get("ini_options", {}), tool, table.get("pytest", {})):
        if _KEY in each:
            return each[_KEY]
    return ""


def _ini(text: str) -> str:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    return next((parser[name].get(_KEY, "") for name in _SECTIONS if parser.has_section(name)), "")
