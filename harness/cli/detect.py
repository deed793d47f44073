"""What a repository is written in and how it is built and tested, as far as its files tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from harness.cli import node, python
from harness.cli.toolchain import Toolchain, text
from harness.config import Changelog

API = tuple(
    f"{folder}{name}.{end}"
    for folder in ("docs/", "", "api/", "spec/", "openapi/", "doc/", "docs/api/")
    for name in ("openapi", "api")
    for end in ("yaml", "yml", "json")
)
"""Where an OpenAPI document usually lies, best first."""
USUAL = Changelog().path
_LOGS = ("changelog", "changes", "history", "news", "release-notes", "releasenotes", "release_notes")
_ENDS = ("md", "rst", "txt", "")
_OPENAPI = re.compile(r'^\s*\{?\s*["\']?openapi["\']?\s*:\s*["\']?3\.', re.M)
NOTHING = "no Python or Node project was found: fill in [commands] in harness.toml, or the gates can't run"


@dataclass(frozen=True, slots=True)
class Detected:
    """What `harness.toml` is filled with."""

    name: str
    api: str = ""
    """Path of the OpenAPI document; '' where there is none."""
    changelog: str = ""
    """Path of the changelog; '' where there is none, or where it is at its usual place."""
    toolchain: Toolchain = field(default_factory=Toolchain)

    @property
    def values(self) -> dict[str, dict[str, Any]]:
        """table -> key -> value of harness.toml, empty values included."""
        tools = self.toolchain
        named = {"changelog": {"path": self.changelog}} if self.changelog else {}
        return {
            "project": {"name": self.name, "language": tools.language, "environment": tools.environment},
            "spec": {"path": self.api},
            "commands": {
                "setup": "",
                "build": tools.build,
                "lint": tools.lint,
                "unit": tools.unit,
                "integration": tools.integration,
            },
            "server": {"start": tools.start, "ready": "/"},
            **named,
        }


def detect(top: Path) -> Detected:
    """Look at the files in `top`; nothing is run."""
    tools = python.detect(top) or node.detect(top) or Toolchain(notes=(NOTHING,))
    found = api(top)
    if found and not tools.start:
        note = f"{found} is an API: fill in [server] start in harness.toml, so that the gates can talk to the service"
        tools = tools.noting(note)
    logs = changelogs(top)
    if len(logs) > 1:
        tools = tools.noting(f"there are {len(logs)} changelogs: name the one that counts in [changelog] path")
    own = logs[0] if len(logs) == 1 and logs[0] != USUAL else ""
    return Detected(name=_valid(tools.name or top.name), api=found, changelog=own, toolchain=tools)


def _valid(name: str) -> str:
    """`name` as text that can be written as UTF-8."""
    return name.encode("utf-8", "replace").decode()


def changelogs(top: Path) -> list[str]:
    """The changelog at the top or in its documents, by the best name; where there is none, those of its packages."""
    for folder in ("", "docs", "doc"):
        if found := _changelog(top, folder):
            return [found]
    inner = sorted(path.relative_to(top).as_posix() for path in top.glob("packages/*") if path.is_dir())
    return [found for folder in inner if (found := _changelog(top, folder))]


def _changelog(top: Path, folder: str) -> str:
    """The file in `folder` with the most usual name of a changelog, in whatever case; '' where there is none."""
    place = top / folder
    names = [path.name for path in place.iterdir() if path.is_file()] if place.is_dir() else []
    ranks = {f"{stem}.{end}".rstrip("."): at for at, (stem, end) in enumerate(product(_LOGS, _ENDS))}
    known = sorted((ranks[name.lower()], name) for name in names if name.lower() in ranks)
    return f"{folder}/{known[0][1]}".lstrip("/") if known else ""


def api(top: Path) -> str:
    """The first OpenAPI 3 document at a usual place, or ''."""
    return next((path for path in API if _OPENAPI.search(text(top / path)[:65536])), "")
