"""What a repository is written in and how it is built and tested, as far as its files tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.cli import node, python
from harness.cli.toolchain import Toolchain, text

API = tuple(
    f"{folder}{name}.{end}"
    for folder in ("docs/", "", "api/", "spec/", "openapi/", "doc/", "docs/api/")
    for name in ("openapi", "api")
    for end in ("yaml", "yml", "json")
)
"""Where an OpenAPI document usually lies, best first."""
_OPENAPI = re.compile(r'^\s*\{?\s*["\']?openapi["\']?\s*:\s*["\']?3\.', re.M)
NOTHING = "no Python or Node project was found: fill in [commands] in harness.toml, or the gates can't run"


@dataclass(frozen=True, slots=True)
class Detected:
    """What `harness.toml` is filled with."""

    name: str
    api: str = ""
    """Path of the OpenAPI document; '' where there is none."""
    toolchain: Toolchain = field(default_factory=Toolchain)

    @property
    def values(self) -> dict[str, dict[str, Any]]:
        """table -> key -> value of harness.toml, empty values included."""
        tools = self.toolchain
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
        }


def detect(top: Path) -> Detected:
    """Look at the files in `top`; nothing is run."""
    tools = python.detect(top) or node.detect(top) or Toolchain(notes=(NOTHING,))
    found = api(top)
    if found and not tools.start:
        note = f"{found} is an API: fill in [server] start in harness.toml, so that the gates can talk to the service"
        tools = tools.noting(note)
    return Detected(name=_valid(tools.name or top.name), api=found, toolchain=tools)


def _valid(name: str) -> str:
    """`name` as text that can be written as UTF-8."""
    return name.encode("utf-8", "replace").decode()


def api(top: Path) -> str:
    """The first OpenAPI 3 document at a usual place, or ''."""
    return next((path for path in API if _OPENAPI.search(text(top / path)[:65536])), "")
