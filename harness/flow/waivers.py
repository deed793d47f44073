"""What the configuration lets pass for a time, as it is told wherever somebody decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.config import Config, Waiver
from harness.domain.misfit import nearest
from harness.flow.pipeline import ALL_GATES

_APART = "not applicable: "


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
        used = "" if reports is None else f"; lets {len(mine)} pass" if mine else "; matches nothing"
        found[named(waiver)] = f"until {expires}: {waiver.reason}{used}"
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
