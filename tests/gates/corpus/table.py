"""The confusion table: what was caught, missed, and flagged without a reason, by gate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = f"{'gate':<14}{'honest':>8}{'false alarms':>14}{'defective':>11}{'caught':>8}{'missed':>8}{'seconds':>9}"


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery as judged."""

    gate: str
    name: str
    kind: str
    """`honest`, `defective` or `beyond`."""
    fault: str
    seconds: float = 0.0


def table(rows: Iterable[Row]) -> list[str]:
    """Lines for a terminal; what no gate can catch in principle is listed below the figures."""
    rows = list(rows)
    lines = [HEAD]
    for gate in [*dict.fromkeys(row.gate for row in rows), "all"]:
        own = [row for row in rows if gate in (row.gate, "all") and row.kind != "beyond"]
        honest = [row for row in own if row.kind == "honest"]
        bad = [row for row in own if row.kind == "defective"]
        alarms, missed = sum(bool(row.fault) for row in honest), sum(bool(row.fault) for row in bad)
        lines.append(
            f"{gate:<14}{len(honest):>8}{alarms:>14}{len(bad):>11}{len(bad) - missed:>8}{missed:>8}"
            f"{sum(row.seconds for row in own):>9.1f}"
        )
    lines += [f"  {row.gate}: {row.name}: {row.fault}" for row in rows if row.fault and row.kind != "beyond"]
    beyond = [row for row in rows if row.kind == "beyond"]
    lines += ["not to be caught in principle:"] if beyond else []
    lines += [f"  {row.gate}: {row.name}: {row.fault or 'caught here'}" for row in beyond]
    return lines
