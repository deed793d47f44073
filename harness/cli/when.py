"""Points in time as people read them. Apart from flow.record, whose imports `harness status` would pay for."""

from __future__ import annotations

from datetime import UTC, datetime


def clock(at: float) -> str:
    """Day and minute in UTC of seconds since the epoch."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
