"""Dependencies, as package manifests declare them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

MOST_BYTES = 2 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REQUIREMENTS = re.compile(r"(?:^|/)(?:requirements[^/]*|[^/]*requirements|requirements/[^/]+)\.(?:txt|in)$")
_NPM = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "overrides", "resolutions")


def declared(path: str, data: bytes | None) -> dict[str, str] | None:
    """key -> requirement as written; {} for a file that is not there, None where it can't be read as a manifest."""
    if data is None:
        return {}
    if len(data) > MOST_BYTES:
        return None
    name = path.rpartition("/")[2]
    try:
        text = data.decode("utf-8-sig")
        if name == "pyproject.toml":
            return dict(_pyproject(tomllib.loads(text)))
        if name == "package.json":
            return dict(_package(json.loads(text)))
        if _REQUIREMENTS.search(path):
            return dict(_requirements(text))
    except (ValueError, RecursionError, TypeError, AttributeError):
        return None
    return None


def _requirement(text: str, group: str = "") -> tuple[str, str]:
    match = _NAME.match(text)
    key = match[0].lower().replace("_", "-").replace(".", "-") if match else text
    return f"{group}{key}", " ".join(text.split())


def _requirements(text: str) -> Iterator[tuple[str, str]]:
    for raw in text.replace("\\\n", " ").splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw).strip()
        if line:
            yield _requirement(line)


def _pyproject(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    project = table.get("project", {})
    for text in project.get("dependencies", []):
        yield _requirement(str(text))
    for group, rows in project.get("optional-dependencies", {}).items():
        for text in rows:
            yield _requirement(str(text), f"{group}: ")
    for group, rows in table.get("dependency-groups", {}).items():
        for text in rows:
            yield _requirement(text if isinstance(text, str) else json.dumps(text, sort_keys=True), f"{group}: ")
    for text in table.get("build-system", {}).get("requires", []):
        yield _requirement(str(text), "build: ")
    poetry = table.get("tool", {}).get("poetry", {})
    groups = {"": poetry, **{f"{k}: ": v for k, v in poetry.get("group", {}).items()}}
    for group, rows in groups.items():
        for name, version in rows.get("dependencies", {}).items():
            text = version if isinstance(version, str) else json.dumps(version, sort_keys=True, default=str)
            yield f"{group}{name.lower()}", f"{name} {text}"


def _package(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for group in _NPM:
        for name, version in table.get(group, {}).items():
            prefix = "" if group == "dependencies" else f"{group}: "
            yield f"{prefix}{name}", f"{name}@{version if isinstance(version, str) else json.dumps(version)}"
