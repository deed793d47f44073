"""What the configuration lets pass, as it is told wherever somebody decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.config import Config


def waivers(config: Config, reports: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """rule and path -> until when and why, and how many findings of `reports` it lets pass; None: nothing is measured.

    A waiver that lets nothing pass is said as well: it is misspelt, or not needed any more.
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
        found[name] = f"until {expires}: {waiver.reason}{used}"
    return found


def excused(config: Config, figures: Mapping[str, Any] | None) -> dict[str, str]:
    """`METHOD /path STATUS` -> why no test can cause it; one that the gate's `figures` did not need is said to match
    nothing. None: nothing is measured."""
    found: dict[str, str] = {}
    for row in config.operations.not_provokable:
        name = f"{row.operation} {row.status}"
        unused = figures is not None and f"not provokable, but not needed: {name}" in figures
        found[name] = row.reason + ("; matches nothing that is left to be provoked" if unused else "")
    return found
