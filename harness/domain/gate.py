"""What a gate answers: passed, failed or could not run, with the figures and findings behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from harness.domain.frozen import Frozen, later

Result = Literal["passed", "failed", "could not run"]
MOST_FINDINGS = 50


class Finding(Frozen):
    """One thing that a developer can act on."""

    rule: str
    text: str
    path: str = ""
    line: int = 0
    """1-based; 0 where there is none."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}: " if self.line else f"{self.path}: " if self.path else ""
        return f"{place}[{self.rule}] {self.text}"


class Waived(Finding):
    """A finding that the configuration lets pass for a time."""

    reason: str
    expires: str
    """The last day, as YYYY-MM-DD."""

    def __str__(self) -> str:
        return f"{super().__str__()} (let pass until {self.expires}: {self.reason})"


class GateResult(Frozen):
    """One measurement of one gate on one tree. Only `passed` lets a change go on."""

    gate: str
    result: Result
    reason: str = ""
    """One sentence: why it failed or could not run."""
    commit: str = ""
    tree: str = ""
    config: str = ""
    """Digest of the base configuration that it was measured under."""
    command: str = ""
    figures: dict[str, float | int | str] = {}
    findings: tuple[Finding, ...] = ()
    more: int = 0
    """Findings beyond the first 50."""
    evidence: str = ""
    """SHA-256 of the raw report among the blobs; empty where there is none."""
    waived: tuple[Waived, ...] = later(())
    """The first 50 findings that do not count, by a waiver of the configuration."""
    reused: str = later("")
    """When it was measured, where it is taken from an earlier measurement of the same; '' where it is not."""

    @property
    def passed(self) -> bool:
        return self.result == "passed"


def counted(results: Sequence[GateResult]) -> Result:
    """What several results come to: one that failed outweighs one that could not run, and either one that passed."""
    found = {result.result for result in results}
    return "failed" if "failed" in found else "could not run" if "could not run" in found or not found else "passed"


def capped(findings: list[Finding]) -> tuple[tuple[Finding, ...], int]:
    """The first findings, and how many more there are."""
    return tuple(findings[:MOST_FINDINGS]), max(0, len(findings) - MOST_FINDINGS)
