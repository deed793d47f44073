"""A changelog in the form of Keep a Changelog: its unreleased section, and that section under a version."""

from __future__ import annotations

import re

_UNRELEASED = re.compile(r"^##[ \t]+\[?unreleased\]?[^\n]*\n", re.I | re.M)
_NEXT = re.compile(r"^(##[ \t]|\[[^\]\n]+\]:[ \t])", re.M)


def unreleased(text: str) -> str:
    """What stands under the unreleased heading; '' where there is no such heading, or nothing."""
    head = _UNRELEASED.search(text)
    return text[head.end() : _end(text, head.end())].strip() if head else ""


def moved(text: str, version: str, day: str) -> str:
    """`text` with the unreleased section under `version`, and an empty unreleased one above; unchanged if none."""
    head = _UNRELEASED.search(text)
    if head is None:
        return text
    line = "\r\n" if "\r\n" in text else "\n"
    own = f"{line}## [{version}] - {day}{line}"
    return text[: head.end()] + own + text[head.end() :]


def _end(text: str, at: int) -> int:
    found = _NEXT.search(text, at)
    return found.start() if found else len(text)
