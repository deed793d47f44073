"""The packages that lock files and pinned requirements name, each at one version."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from harness.domain.registry import Registry

MOST_BYTES = 16 << 20
_TABLES = re.compile(r"(?:poetry|uv|pdm)\.lock|pylock(?:\.[\w-]+)?\.toml")
_REQUIREMENTS = re.compile(r"(?:requirements|constraints)[^/]*\.txt|[^/]*requirements\.txt")
_PIN = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*===?\s*(?P<version>[\w.!+-]+)\s*(?:;.*)?")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_LOCAL = re.compile(r"(?:-e\s*|--editable[\s=]+)?(?:file:|\.{1,2}(?:$|[/\[;\s])).*")
_YARN = re.compile(
    r"^\"?(?P<name>@?[^@\"\n]+)@(?:npm:(?P<real>@?[^@\"\n]+)@)?[^\n]*:\n\s+version \"(?P<version>[^\"]+)\"", re.M
)
_BERRY = re.compile(r"^\s+resolution: \"(?P<name>@?[^@\"\n]+)@npm:(?P<version>[^\"\n]+)\"", re.M)
_PNPM = re.compile(
    r"^  '?/?(?P<name>(?:@[^/@'\s]+/)?[^/@'\s(:]+)[@/](?P<version>\d[^'(:_\s]*)[^\n]*:\s*(?:\{.*)?$", re.M
)
_SECTION = re.compile(r"^packages:\s*\n(.*?)(?=^\S|\Z)", re.M | re.S)
_TAKEN = re.compile(r"(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)")
_NODE = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml")
UNREAD = ("bun.lock", "bun.lockb", "deno.lock")
"""Lock files that nothing here reads."""
Pin = tuple[str, str]
"""(name, version); Python's names as registries compare them"""


@dataclass(frozen=True, slots=True)
class Pins:
    """What one file says."""

    rows: frozenset[Pin] = frozenset()
    named: frozenset[str] = frozenset()
    """All packages that it names, those of the repository itself among them."""
    loose: tuple[str, ...] = ()
    """What it names without a version, so that nobody can look it up."""
    more: tuple[str, ...] = ()
    """Files of requirements that it takes in, as it names them."""


def kind(path: str) -> Registry | None:
    """Where the packages of a lock file come from; None for a file that pins nothing."""
    name = path.rpartition("/")[2]
    if name == "Pipfile.lock" or _TABLES.fullmatch(name) or _REQUIREMENTS.fullmatch(name):
        return "pypi"
    return "npm" if name in _NODE else None


def registry(path: str) -> Registry:
    """Where its packages come from; what has no usual name is a file of requirements that another one takes in."""
    return kind(path) or "pypi"


def plain(name: str) -> str:
    """A package's name as Python's registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(line: str) -> str:
    """The package that a requirement names, plain, or ''."""
    found = _NAME.match(line)
    return plain(found[0]) if found and not line.startswith(("http:", "https:", "git+")) else ""


def pins(path: str, data: bytes) -> Pins:
    """What the file pins; ValueError if it can't be read."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES} bytes")
    text, name = data.decode("utf-8-sig"), path.rpartition("/")[2]
    try:
        if name == "yarn.lock":
            return _of(_yarn(text))
        if name == "pnpm-lock.yaml":
            sections = _SECTION.findall(text)
            return _of((row["name"], row["version"]) for part in sections for row in _PNPM.finditer(part))
        if kind(path) == "npm":
            return _of(_npm(json.loads(text)))
        if name == "Pipfile.lock":
            return _of(_pipfile(json.loads(text)))
        if _TABLES.fullmatch(name):
            return _of(_tables(tomllib.loads(text)))
    except (AttributeError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"not what {name} holds: {error}") from error
    return _requirements(text)


def _of(rows: Iterable[Pin]) -> Pins:
    """A version is '' where the package lies in the repository itself, and so is in no registry."""
    found = frozenset(rows)
    return Pins(frozenset(row for row in found if row[1]), frozenset(name for name, _ in found))


def _tables(table: dict[str, Any]) -> Iterator[Pin]:
    """uv, Poetry and PDM, and the standard's own."""
    for row in table["packages"] if "packages" in table else table["package"]:
        source = row.get("source") or {}
        own = {"editable", "virtual", "directory", "path"} & ({*source} | {*row})
        local = bool(own) or source.get("type") in ("directory", "file")
        yield plain(str(row["name"])), "" if local else str(row.get("version", ""))


def _pipfile(table: dict[str, Any]) -> Iterator[Pin]:
    for group in ("default", "develop"):
        for name, row in table.get(group, {}).items():
            version = str(row.get("version", ""))
            yield plain(name), version[2:] if version.startswith("==") else ""


def _npm(table: dict[str, Any]) -> Iterator[Pin]:
    if "packages" not in table:
        yield from _first(table.get("dependencies", {}))
    for path, row in table.get("packages", {}).items():
        if path.startswith("node_modules/") or "/node_modules/" in path:
            # An alias is installed in a folder of another name.
            name = row.get("name") or path.rpartition("node_modules/")[2]
            yield name, "" if row.get("link") else str(row.get("version", ""))


def _first(table: dict[str, Any]) -> Iterator[Pin]:
    """The first version of the format: a tree."""
    for name, row in table.items():
        alias = re.fullmatch(r"npm:(@?[^@]+)@(.+)", str(row.get("version", "")))
        yield (alias[1], alias[2]) if alias else (name, str(row.get("version", "")))
        yield from _first(row.get("dependencies", {}))


def _yarn(text: str) -> Iterator[Pin]:
    for row in _YARN.finditer(text):
        yield row["real"] or row["name"], row["version"]
    for row in _BERRY.finditer(text):
        yield row["name"], row["version"].partition("::")[0]


def _requirements(text: str) -> Pins:
    found: list[Pin] = []
    loose: list[str] = []
    more: list[str] = []
    for raw in text.replace("\\\n", " ").splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw)
        line = re.sub(r"\s--hash=\S+", "", line).strip()
        editable = line.startswith(("-e", "--editable"))
        taken = _TAKEN.fullmatch(line)
        more += [taken[1].strip("\"'")] if taken else []
        if not line or _LOCAL.fullmatch(line) or (line.startswith("-") and not editable):
            continue
        match = _PIN.fullmatch(line)
        if match:
            found.append((plain(match["name"]), match["version"]))
        else:
            loose.append(line[:80])
    return Pins(frozenset(found), frozenset(name for name, _ in found), tuple(loose), tuple(more))
