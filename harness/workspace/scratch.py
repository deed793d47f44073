"""What tools leave behind in a working directory: neither compared nor kept."""

from __future__ import annotations

import re

_NAMES = re.compile(
    r"__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.coverage(?:\..*)?|htmlcov|node_modules|\.venv|dist|build"
    r"|.*\.egg-info|\.tox|.*\.pyc",
    re.S,
)


def scratch(path: str) -> bool:
    """Whether a part of `path` has a name that tools give to what they can make again."""
    return any(_NAMES.fullmatch(part) for part in path.split("/"))
