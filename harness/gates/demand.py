"""What configuration asks of a type checker or a linter: its switches and its selection of rules."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as Ini
from typing import Any

_MYPY = re.compile(
    r"strict\w*|disallow_\w+|check_untyped_defs|warn_\w+|follow_imports|no_implicit_\w+|extra_checks|local_partial_types"
)
_LOOSE = re.compile(r"allow_(?:untyped|redefinition)\w*|implicit_\w+|ignore_errors")
_SELECT = frozenset({"select", "extend-select", "enable", "enable_error_code"})
_ON, _OFF = ("true", "1", "yes", "on", "error", "strict"), ("false", "0", "no", "off", "none", "basic")
_NOTHING = ("skip", "")
"""Imports that are not followed, and an empty selection."""
_MOST = 1 << 20
_INI = re.compile(r"(?:^|/)(?:setup\.cfg|tox\.ini|\.flake8|\.?mypy\.ini|\.?pylintrc)$")
_ORDER = {
    "ruff": (".ruff.toml", "ruff.toml", "pyproject.toml"),
    "flake8": ("setup.cfg", "tox.ini", ".flake8"),
    "mypy": ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg"),
    "pyright": ("pyrightconfig.json", "pyproject.toml"),
}
Row = tuple[str, str, str]
"""(tool, key, value); the key of a section for some modules begins with these: `acme.core: strict`."""


def rows(path: str, data: bytes) -> list[Row]:
    """Every switch and each selected rule of a file of configuration; nothing where it can't be read."""
    text, name = data[:_MOST].decode("utf-8", "replace"), path.rpartition("/")[2]
    try:
        if name == "pyproject.toml":
            tools = tomllib.loads(text).get("tool", {})
            return [row for tool in tools for row in _table(tool, tools[tool])]
        if name in ("ruff.toml", ".ruff.toml"):
            return list(_table("ruff", tomllib.loads(text)))
        if name == "pyrightconfig.json":
            return list(_table("pyright", json.loads(text)))
        return list(_ini(text)) if _INI.search(path) else []
    except (ValueError, RecursionError, AttributeError, TypeError, Ini):
        return []


def heard(found: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """Of each file's rows those that count: a tool reads the first of its files in a folder, and no other there."""
    out: dict[str, list[Row]] = {}
    for path, rows in found.items():
        folder, slash, name = path.rpartition("/")
        out[path] = [row for row in rows if not _hidden(row[0], name, folder + slash, found)]
    return out


def _hidden(tool: str, name: str, folder: str, found: Mapping[str, list[Row]]) -> bool:
    order = _ORDER.get(tool, ())
    first = order[: order.index(name)] if name in order else ()
    return any(row[0] == tool for each in first for row in found.get(folder + each, ()))


def loose(found: list[Row]) -> list[Row]:
    """What is switched off, or to less."""
    return [row for row in found if (row[2] in _OFF and not _LOOSE.fullmatch(_plain(row[1]))) or _lets(row)]


def lost(before: list[Row], now: list[Row]) -> list[Row]:
    """What the base asks for and the branch does not, of tools that the branch still configures."""
    tools, kept = {row[0] for row in now}, set(now)
    whole = {row[0] for row in now if row[1] == "strict" and row[2] in _ON}
    out = []
    for row in before:
        tool, key, value = row
        if tool not in tools or row in kept or value in _OFF or _lets(row):
            continue
        if key in _SELECT:
            named = [each for of, other, each in now if of == tool and other in _SELECT]
            # without a selection a linter has its own; with one, a shorter code takes in a longer one
            gone = bool(named) and not any(each in ("ALL", "all") or value.startswith(each) for each in named)
        else:
            # what is switched off stands among what is loose
            gone = not (tool in whole and key != "strict") and not any(each[:2] == row[:2] for each in now)
        out += [row] if gone else []
    return out


def _lets(row: Row) -> bool:
    return (bool(_LOOSE.fullmatch(_plain(row[1]))) and row[2] in _ON) or row[2] in _NOTHING


def _plain(key: str) -> str:
    return key.rpartition(": ")[2]


def _table(tool: str, table: Any, modules: str = "") -> Iterator[Row]:
    """Of one tool's table in TOML or JSON, those below it included."""
    for key, value in table.items() if isinstance(table, Mapping) else ():
        if tool == "mypy" and key == "overrides":
            for each in value if isinstance(value, list) else ():
                named = each.get("module", "")
                for one in [named] if isinstance(named, str) else named:
                    yield from _table(tool, each, f"{one}: ")
        elif key in _SELECT:
            yield from ((tool, key, str(each)) for each in (value or [""] if isinstance(value, list) else [value]))
        elif isinstance(value, Mapping) and tool in ("ruff", "pylint"):
            yield from _table(tool, value)
        elif _switch(tool, key):
            yield tool, f"{modules}{key}", str(value).lower()


def _switch(tool: str, key: str) -> bool:
    if tool == "mypy":
        return bool(_MYPY.fullmatch(key) or _LOOSE.fullmatch(key))
    return tool in ("pyright", "basedpyright") and (key.startswith(("report", "strict")) or key == "typeCheckingMode")


def _ini(text: str) -> Iterator[Row]:
    parser = ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    parser.read_string(text)
    for section in parser.sections():
        tool, _, module = section.removeprefix("tool:").partition("-")
        for key, value in parser.items(section):
            named = key.replace("_", "-") if tool == "flake8" else key
            if tool in ("mypy", "flake8") and named in _SELECT:
                yield from ((tool, named, each) for each in re.split(r"[\s,]+", value or "") if each)
            elif tool == "mypy" and _switch(tool, key):
                yield tool, f"{module}: {key}" if module else key, (value or "").lower()
