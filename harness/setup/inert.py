"""Whether lock files that a branch changed only name packages, so that a set-up with them runs no code of its choice.

Package managers take more than names: options, places and hooks make them build or start something, whatever their
own switches say. What is not known to be a plain name is refused. What the base has in the same file is its own word.
What an installed package does once something starts its interpreter, such as a wheel's .pth, is not told from here.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

_HASHES = r"(?:--hash[= ][a-z0-9]+:[0-9A-Fa-f]+\s*)"
_NAMED = (
    r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\s*\[[A-Za-z0-9,._\s-]*\])?"
    r"\s*\(?(?:\s*,?\s*[<>=!~]{1,3}\s*[A-Za-z0-9.*+!_-]+)*\s*\)?"
    r"(?:\s*;(?:(?!\s-)[\w.'\"<>=!~()\s,*+-])+)?"
)
_REQUIREMENT = re.compile(rf"{_NAMED}(?:\s+{_HASHES}*)?", re.ASCII)
_ONLY_HASHES = re.compile(rf"{_HASHES}*")
_ARCHIVE = re.compile(r"\.(?:zip|whl|egg|tar|tgz|tbz|txz|tlz|gz|bz2|xz|lzma)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"(?:git|file|link|portal|exec|patch|ssh|https?|github|gitlab|bitbucket|gist)[+:@]|^[./~]|^[\w.-]+/"
)
_LINE = re.compile(r"git\+|git://|git@|ssh:|file:|link:|portal:|exec:|patch:|type: (?:directory|git)|\\[xuU]")
_SAFE_TOOLS = ("ruff", "mypy", "pytest", "coverage", "black", "isort", "pyright", "pylint")
_POETRY_NAMES = ("dependencies", "dev-dependencies", "group")
_DEPENDENCIES = (
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
    "overrides",
    "resolutions",
)
_STARTS = ("scripts", "packageManager", "devEngines", "workspaces", "pnpm", "gypfile", "dependenciesMeta")


def problem(path: str, old: bytes | None, new: bytes | None) -> str:
    """Where the file at `path` may choose code to run, as `path:line: why` or `path: why`; '' where it can't."""
    if new is None or new == old:
        return ""
    name = path.rpartition("/")[2]
    try:
        was, now = (old or b"").decode("utf-8"), new.decode("utf-8")
        if name.endswith((".txt", ".in")):
            return _at(path, _requirements(was, now))
        if name == "pyproject.toml":
            why = _pyproject(tomllib.loads(was), tomllib.loads(now))
        elif name in ("poetry.lock", "uv.lock"):
            why = _sources(tomllib.loads(was), tomllib.loads(now))
        elif name == "package.json":
            why = _package(json.loads(was or "{}"), json.loads(now))
        elif name in ("package-lock.json", "npm-shrinkwrap.json"):
            why = _resolved(json.loads(was or "{}"), json.loads(now))
        elif name in ("pnpm-lock.yaml", "yarn.lock"):
            return _at(path, _lines(was, now))
        else:
            why = "nothing tells whether it chooses code to run"
    except (ValueError, RecursionError, AttributeError, TypeError):
        why = "it can't be read"
    return f"{path}: {why}" if why else ""


def _at(path: str, found: tuple[int, str] | None) -> str:
    return f"{path}:{found[0]}: {found[1]}" if found else ""


def _requirements(was: str, now: str) -> tuple[int, str] | None:
    """The first line that is more than a package's name, version, marker and hashes."""
    known, goes_on = set(was.splitlines()), False
    for number, line in enumerate(now.splitlines(), 1):
        if (number <= 2 and line.startswith("#") and re.search(r"coding[:=]", line)) or "\ufeff" in line:
            return number, "it names an encoding"
        text = re.sub(r"(?:^|\s+)#.*$", "", line).strip()
        bare = text.removesuffix("\\").strip()
        plain = _ONLY_HASHES if goes_on else _REQUIREMENT
        if bare and (goes_on or line not in known) and (not plain.fullmatch(bare) or _ARCHIVE.search(bare)):
            return number, "it is more than a package's name, version, marker and hashes"
        goes_on = text.endswith("\\")
    return None


def _pyproject(was: dict[str, Any], now: dict[str, Any]) -> str:
    if was.get("build-system") != now.get("build-system"):
        return "[build-system] differs from the base's"
    before, after = (_tools(each.get("tool", {})) for each in (was, now))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            return f"[tool.{name}] differs from the base's"
    poetry = now.get("tool", {}).get("poetry", {})
    if any(set(each) & {"git", "path", "url", "file"} for key in _POETRY_NAMES for each in _tables(poetry.get(key))):
        return "[tool.poetry] takes a package from elsewhere than the registry"
    project, old = now.get("project", {}), set(_texts([was.get("project", {}), was.get("dependency-groups", {})]))
    lists = [project.get("dependencies"), project.get("optional-dependencies"), now.get("dependency-groups")]
    for text in _texts(lists):
        if text not in old and (not re.fullmatch(_NAMED, text.strip(), re.ASCII) or _ARCHIVE.search(text)):
            return f"`{text[:100]!a}` is more than a package's name, version and marker"
    return ""


def _tools(tool: dict[str, Any]) -> dict[str, Any]:
    """The tables that build backends and installers obey; of Poetry's all but the names of packages."""
    found = {name: table for name, table in tool.items() if name not in _SAFE_TOOLS}
    if "poetry" in found:
        found["poetry"] = {name: value for name, value in found["poetry"].items() if name not in _POETRY_NAMES}
    return {name: table for name, table in found.items() if table}


def _sources(was: dict[str, Any], now: dict[str, Any]) -> str:
    known = [each.get("source") for each in was.get("package", [])]
    for each in now.get("package", []):
        source = each.get("source", {})
        if source not in known and not set(source) <= {"registry", "virtual"} and source.get("type") != "legacy":
            return f"a package comes from elsewhere than the registry: {str(each.get('name'))[:100]!a}"
    return ""


def _package(was: dict[str, Any], now: dict[str, Any]) -> str:
    for key in _STARTS:
        if was.get(key) != now.get(key):
            return f'"{key}" differs from the base\'s'
    known = set(_texts([was.get(key) for key in _DEPENDENCIES]))
    for text in _texts([now.get(key) for key in _DEPENDENCIES]):
        if text not in known and _ELSEWHERE.search(text.strip()):
            return f"a package comes from elsewhere than the registry: {text[:100]!a}"
    return ""


def _resolved(was: dict[str, Any], now: dict[str, Any]) -> str:
    known = {each[key] for each in _tables(was) for key in ("resolved", "version") if isinstance(each.get(key), str)}
    for each in _tables(now):
        for key in ("resolved", "version"):
            text = each.get(key)
            # links to workspaces are the manifest's, which is compared
            if isinstance(text, str) and text not in known and not each.get("link") and re.match("git|file|ssh", text):
                return f"a package comes from elsewhere than the registry: {text[:100]!a}"
    return ""


def _lines(was: str, now: str) -> tuple[int, str] | None:
    known = set(was.splitlines())
    for number, line in enumerate(now.splitlines(), 1):
        if line not in known and _LINE.search(line):
            return number, "it takes a package from elsewhere than the registry"
    return None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tables(each)
