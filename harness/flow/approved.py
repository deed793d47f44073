"""What the last approval of a spec was against, from the record alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.domain.event import Answered, Entry

_STAND = "/stand"


def stood(entries: Sequence[Entry]) -> dict[str, Any]:
    """How the spec stood when the CEO last approved it: develop, base (requirement -> SHA-256), and more; {} before."""
    asked: dict[str, dict[str, Any]] = {}
    found: dict[str, Any] = {}
    for entry in entries:
        event = entry.event
        if not isinstance(event, Answered) or not event.key.startswith("spec-approval/"):
            continue
        attempt = "/".join(event.key.split("/")[:2])
        if event.key == f"{attempt}{_STAND}":
            asked[attempt] = event.answer
        elif event.kind == "human" and event.answer.get("verb") == "approve":
            found = asked.get(attempt, found)
    return found
