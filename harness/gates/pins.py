"""The packages that lock files and pinned requirements name, each at one version."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

MOST_BYTES = 16 << 20
PYTHON = ("poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock")
_REQUIREMENTS = re.compile(r"(?:requirements|constraints)[^/]*\.txt")
_PIN = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*==\s*(?P<version>[\w.!+-]+)\s*(?:;.*)?")
Pins = dict[str, str]
"""name -> version"""


def kind(path: str) -> str:
    """`pypi`, `npm`, or '' for a file that pins nothing."""
    name = path.rpartition("/")[2]
    if name in PYTHON or _REQUIREMENTS.fullmatch(name):
        return "pypi"
    return "npm" if name in ("package-lock.json", "npm-shrinkwrap.json") else ""


def plain(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: str, data: bytes) -> tuple[Pins, list[str]]:
    """(what the file pins, what it names without a version, so that nobody can look it up); ValueError if unread."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES} bytes")
    text, name = data.decode("utf-8-sig"), path.rpartition("/")[2]
    try:
        if kind(path) == "npm":
            return dict(_npm(json.loads(text))), []
        if name == "Pipfile.lock":
            return dict(_pipfile(json.loads(text))), []
        if name in PYTHON:
            return dict(_tables(tomllib.loads(text))), []
    except (AttributeError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"not what {name} holds: {error}") from error
    return _requirements(text)


def _tables(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """uv, Poetry and PDM: `[[package]]`; what lies in the repository itself is in no registry."""
    for row in table["package"]:
        source = row.get("source") or {}
        local = isinstance(source, dict) and ({"editable", "virtual", "directory", "path"} & source.keys())
        if not local and source.get("type") not in ("directory", "file") and "version" in row:
            yield str(row["name"]), str(row["version"])


def _pipfile(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for group in ("default", "develop"):
        for name, row in table.get(group, {}).items():
            if str(row.get("version", "")).startswith("=="):
                yield name, row["version"][2:]


def _npm(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, row in table.get("packages", {}).items():
        if path.startswith("node_modules/") or "/node_modules/" in path:
            name = path.rpartition("node_modules/")[2]
            if not row.get("link") and "version" in row:
                yield f"{name}@{row['version']}", str(row["version"])


def _requirements(text: str) -> tuple[Pins, list[str]]:
    found: Pins = {}
    loose: list[str] = []
    for raw in text.replace("\\\n", " ").splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw)
        line = re.sub(r"\s--hash=\S+", "", line).strip()
        if not line or line.startswith(("-r", "-c", "--", "-i", "-f")):
            continue
        match = _PIN.fullmatch(line)
        if match:
            found[match["name"]] = match["version"]
        else:
            loose.append(line[:80])
    return found, loose
