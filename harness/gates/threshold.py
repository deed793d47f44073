"""Limits of coverage that configuration files set, and whether one was lowered."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FILES = re.compile(
    r"(?:^|/)(?:package\.json|pyproject\.toml|setup\.cfg|tox\.(?:ini|toml)|\.?pytest\.(?:ini|toml)|\.coveragerc(?:\.toml)?|\.(?:nyc|c8)rc(?:\.(?:json|ya?ml))?|(?:jest|vitest|vite|nyc)\.config\.(?:[cm]?[jt]s|json))$"
)
_LIMIT = re.compile(r"\b(lines|branches|functions|statements)['\"]?\s*:\s*(\d{1,3}(?:\.\d+)?)\b")
_UNDER = re.compile(r"\bfail[_-]under['\"]?\s*=\s*['\"]?(\d{1,3}(?:\.\d+)?)\b")
"""Of coverage.py and pytest-cov."""
_WHOLE = re.compile(r"(?<![\w.])['\"]?100['\"]?\s*:\s*true\b")
_CHECKED = re.compile(r"\bcheck-?[cC]overage['\"]?\s*:\s*(true|false)\b")
_METRICS = ("lines", "branches", "functions", "statements")
_MOST = 1 << 20


def sets(path: str) -> bool:
    """Whether a file may set such limits."""
    return "node_modules" not in path.split("/") and bool(_FILES.search(path))


def lowered(before: bytes, after: bytes) -> Iterator[tuple[str, float, float | None]]:
    """(metric, what its lowest limit was, what it is or None where it has none) of each that asks for less."""
    was, now = _lowest(before), _lowest(after)
    for metric in sorted(was):
        if metric not in now or now[metric] < was[metric]:
            yield metric, was[metric], now.get(metric)


def _lowest(data: bytes) -> dict[str, float]:
    found: dict[str, float] = {}
    text = data[:_MOST].decode("utf-8", "replace")
    rows = [*_LIMIT.findall(text), *(("the whole", limit) for limit in _UNDER.findall(text))]
    rows += [(metric, "100") for metric in _METRICS if _WHOLE.search(text)]
    rows += [("anything", "100" if on == "true" else "0") for on in _CHECKED.findall(text)]
    for metric, limit in rows:
        found[metric] = min(float(limit), found.get(metric, 1000.0))
    return found
