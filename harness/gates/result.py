"""The three results of a gate, made from what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.domain.gate import MOST_FINDINGS, Finding, GateResult, capped
from harness.gates.waiver import parted, today
from harness.ports import Subject

MOST_TEXT = 1200
"""Characters of one finding."""


def judged(
    gate: str,
    subject: Subject,
    findings: Sequence[Finding],
    *,
    command: str = "",
    figures: Mapping[str, float | int | str] | None = None,
    evidence: str = "",
) -> GateResult:
    """Passed where nothing was found but what a waiver of the base's configuration lets pass, failed otherwise."""
    counting, waived = parted(findings, subject.config.waivers, today())
    first, more = capped(counting)
    count = len(counting)
    return GateResult(
        gate=gate,
        result="failed" if counting else "passed",
        reason=f"{count} finding{'s' if count > 1 else ''}, first: {first[0].text[:200]}" if first else "",
        commit=subject.head,
        tree=subject.tree,
        config=subject.config.digest,
        command=command,
        figures={**(figures or {}), **({"waived": len(waived)} if waived else {})},
        findings=first,
        more=more,
        evidence=evidence,
        waived=tuple(waived[:MOST_FINDINGS]),
    )


def blocked(
    gate: str,
    subject: Subject,
    reason: str,
    *,
    command: str = "",
    figures: Mapping[str, float | int | str] | None = None,
    evidence: str = "",
) -> GateResult:
    """The gate could not run; `reason` is one sentence."""
    return GateResult(
        gate=gate,
        result="could not run",
        reason=clean(reason),
        commit=subject.head,
        tree=subject.tree,
        config=subject.config.digest,
        command=command,
        figures=dict(figures or {}),
        evidence=evidence,
    )


def finding(rule: str, text: str, path: str = "", line: int = 0) -> Finding:
    """A finding whose text is safe to store and to show, however hostile its source is."""
    return Finding(rule=rule, text=clean(text), path=clean(path)[:400], line=min(max(0, line), 10**9))


def clean(text: str) -> str:
    """`text` as valid Unicode without control characters, shortened in the middle."""
    safe = text.encode("utf-8", "backslashreplace").decode()
    safe = "".join(c if c in "\n\t" or c.isprintable() else "�" for c in safe)
    return safe if len(safe) <= MOST_TEXT else f"{safe[: MOST_TEXT // 2]} … {safe[-MOST_TEXT // 2 :]}"
