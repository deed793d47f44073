"""What the configuration lets pass, as it is told wherever somebody decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from harness.config import Config, Waiver
from harness.domain.misfit import nearest
from harness.flow.pipeline import ALL_GATES

_APART = "not applicable: "


def waivers(config: Config, reports: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """rule and path -> what is `told` of each waiver."""
    known = None if reports is None else list(reports)
    return joined((named(waiver), told(waiver, known)) for waiver in config.waivers)


def told(waiver: Waiver, reports: Iterable[Mapping[str, Any]] | None, day: date | None = None) -> str:
    """Until when and why, and how many findings of `reports` it lets pass; None: nothing is measured.

    A waiver that lets nothing pass is said as well: it is misspelt, or not needed any more. What expired before `day`
    is said to have; None: nobody asks.
    """
    expires = waiver.expires.isoformat()
    if day is not None and waiver.expires < day:
        return f"expired on {expires}: {waiver.reason}"
    text = f"until {expires}: {waiver.reason}"
    if reports is None:
        return text
    key = (waiver.rule, expires, waiver.reason)
    passing = (row for report in reports for row in report.get("waived", ()))
    count = sum((row["rule"], row["expires"], row["reason"]) == key for row in passing)
    return f"{text}; lets {count} pass" if count else f"{text}; matches nothing"


def joined(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """name -> texts; two for the same place are both shown."""
    found: dict[str, str] = {}
    for name, text in rows:
        found[name] = f"{found[name]}; {text}" if name in found else text
    return found


def named(waiver: Waiver) -> str:
    """How a waiver is told of."""
    return f"{waiver.rule} {waiver.path}".rstrip()


def idle(waiver: Waiver, left_out: Mapping[str, str]) -> str:
    """Why a waiver can let nothing pass, whatever is found, or ''; `left_out` is gate -> why it is not asked."""
    gate = owner(waiver.rule)
    if gate:
        return f"{gate} is not asked: {left_out[gate].removeprefix(_APART)}" if gate in left_out else ""
    first, dash, rest = waiver.rule.partition("-")
    near = nearest(first, ALL_GATES)
    meant = f"; did you mean {near}{dash}{rest}?" if near else ""
    return f"no gate has a rule of that name, since each begins with the gate's own{meant}"


def owner(rule: str) -> str:
    """The gate whose findings carry `rule`, or ''."""
    return next((gate for gate in ALL_GATES if rule == gate or rule.startswith(f"{gate}-")), "")


def lapsed(reports: Iterable[Mapping[str, Any]], at: float) -> list[str]:
    """The rules that `reports` rest on a waiver for which has expired at `at`, in seconds since the epoch."""
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    rows = [row for report in reports for row in report.get("waived", ())]
    return list(dict.fromkeys(str(row["rule"]) for row in rows if row["expires"] < day))


def excused(config: Config, figures: Mapping[str, Any] | None) -> dict[str, str]:
    """`METHOD /path STATUS` -> why no test can cause it; one that the gate's `figures` did not need is said to match
    nothing. None: nothing is measured."""
    found: dict[str, str] = {}
    for row in config.operations.not_provokable:
        name = f"{row.operation} {row.status}"
        unused = figures is not None and f"not provokable, but not needed: {name}" in figures
        found[name] = row.reason + ("; matches nothing that is left to be provoked" if unused else "")
    return found
