"""What the configuration lets pass for a time, as it is told wherever somebody decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from harness.config import Config


def waivers(config: Config, reports: Iterable[Mapping[str, Any]] | None, day: date | None = None) -> dict[str, str]:
    """rule and path -> until when and why, and how many findings of `reports` it lets pass; None: nothing is measured.

    A waiver that lets nothing pass is said as well: it is misspelt, or not needed any more. What expired before `day`
    is said to have; None: nobody asks.
    """
    passing = [] if reports is None else [row for report in reports for row in report.get("waived", ())]
    found: dict[str, str] = {}
    for waiver in config.waivers:
        expires = waiver.expires.isoformat()
        mine = [
            row
            for row in passing
            if (row["rule"], row["expires"], row["reason"]) == (waiver.rule, expires, waiver.reason)
        ]
        name = f"{waiver.rule} {waiver.path}".rstrip()
        used = "" if reports is None else f"; lets {len(mine)} pass" if mine else "; matches nothing"
        told = f"until {expires}: {waiver.reason}{used}"
        if day is not None and waiver.expires < day:
            told = f"expired on {expires}: {waiver.reason}"
        # two for the same place are both shown
        found[name] = f"{found[name]}; {told}" if name in found else told
    return found


def lapsed(reports: Iterable[Mapping[str, Any]], at: float) -> list[str]:
    """The rules that `reports` rest on a waiver for which has expired at `at`, in seconds since the epoch."""
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    rows = [row for report in reports for row in report.get("waived", ())]
    return list(dict.fromkeys(str(row["rule"]) for row in rows if row["expires"] < day))
