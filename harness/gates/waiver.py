"""Findings that the base's configuration lets pass for a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from harness.config import Waiver
from harness.domain.gate import Finding, Waived
from harness.domain.permission import matches


def today() -> date:
    """The day by which waivers expire."""
    return datetime.now(UTC).date()


def in_force(waivers: Iterable[Waiver], day: date) -> list[Waiver]:
    """Those that have not expired."""
    return [waiver for waiver in waivers if day <= waiver.expires]


def parted(findings: Iterable[Finding], waivers: Iterable[Waiver], day: date) -> tuple[list[Finding], list[Waived]]:
    """(findings that count, findings that a waiver lets pass on `day`)."""
    valid = in_force(waivers, day)
    counting: list[Finding] = []
    passing: list[Waived] = []
    for finding in findings:
        waiver = _waiver(finding, valid)
        if waiver is None:
            counting.append(finding)
        else:
            passing.append(
                Waived(
                    rule=finding.rule,
                    text=finding.text,
                    path=finding.path,
                    line=finding.line,
                    reason=waiver.reason,
                    expires=waiver.expires.isoformat(),
                )
            )
    return counting, passing


def _waiver(finding: Finding, waivers: Sequence[Waiver]) -> Waiver | None:
    """The first that covers the finding. Without a path it covers findings that name no file, and no others."""
    for waiver in waivers:
        if waiver.rule == finding.rule and (
            matches(finding.path, (waiver.path,)) if waiver.path and finding.path else waiver.path == finding.path
        ):
            return waiver
    return None
