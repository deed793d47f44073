"""What a decision is about, as lines: what a person needs first, digests last. The question itself stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from harness.cli.plain import short
from harness.domain.digest import digest
from harness.domain.vocabulary import claims, marked
from harness.flow.courses import row
from harness.flow.shown import NO_SPEC

MOST = 3
"""Figures of one gate."""
TELLING: dict[str, tuple[str, ...]] = {
    "tests": ("tests", "failed", "skipped"),
    "coverage": ("lines", "branches", "functions"),
    "operations": ("reached", "operations", "statuses seen"),
}
"""gate -> the figures that tell most; of others the first ones that are no digest and no exit code"""
PLAIN = frozenset({"exit code", "lock", "approved"})
"""Figures that a result says already."""
_SUMMED = re.compile(r"(?P<result>[^(]+?) \((?P<figures>.*)\)", re.DOTALL)
_HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def about(detail: Mapping[str, Any], reports: Mapping[str, Any] | None = None) -> list[str]:
    """The lines below the action. `reports` are the gates' own, used where they are those that are decided on."""
    given = dict(detail.get("about") or {})
    verdict, gates, apart = (given.pop(name, None) for name in ("verdict", "gates", "not applicable"))
    lines = _verdict(verdict) if isinstance(verdict, Mapping) else []
    if isinstance(gates, Mapping):
        whole = reports if reports and digest(reports) == given.get("reports") else {}
        lines += ["gates:", *(f"  {name}: {_gate(name, told, whole.get(name))}" for name, told in gates.items())]
    if isinstance(apart, Mapping) and apart:
        lines.append(f"not applicable: {len(apart)} {'gate' if len(apart) == 1 else 'gates'}, {', '.join(apart)}")
    if isinstance(given.get("candidate"), Mapping) and given["candidate"].get("specs") == []:
        lines.append(NO_SPEC)
    if isinstance(given.get("contents"), Mapping):
        given["contents"] = dict(given["contents"])
        lines += ["what it brings:", *(f"  {_brought(each)}" for each in given["contents"].pop("commits", ()))]
    if isinstance(given.get("said"), str):
        given["said"] = marked(given["said"])
    last: list[str] = []
    for name, value in given.items():
        shown, digests = _parted(name, value)
        lines += shown
        last += digests
    if isinstance(verdict, Mapping) and verdict.get("lock") not in (None, given.get("lock")):
        last.append(f"lock of the verdict: {_short(verdict['lock'])}")
    if detail.get("returns"):
        lines.append(f"can go back to: {', '.join(detail['returns'])}")
    return [*lines, f"subject {detail.get('subject', '')}", *last]


def claimed(artifacts: Mapping[str, Any]) -> list[str]:
    """What authors say was done, each with who says it: shown beside a decision, since no entry of the record shows it.

    What a verdict's summary says stands below the verdict itself.
    """
    said = {name.partition(":")[2]: str(text) for name, text in artifacts.items() if name.startswith("summary:")}
    return [
        f"claimed in the summary of {row(stage).title}, on no record: {sentence}"
        for stage, text in said.items()
        for sentence in claims(text)
    ]


def _brought(each: Mapping[str, Any]) -> str:
    """One commit of a release: a change with its approval and its confirmation, or what else it is."""
    said = f"{each['header']} ({_short(each['id'])})"
    if each["kind"] != "change":
        return f"{said}: {each['kind']}"
    told = f"confirmed in msg #{each['confirmation']}" if each.get("confirmation") else "with no confirmation on record"
    return f"{said}: change {each['change']}, approved by {each['by']} as {_short(each['approval'])}, {told}"


def _verdict(verdict: Mapping[str, Any]) -> list[str]:
    summary = str(verdict.get("summary") or "")
    claimed = [f"  claimed, on no record: {sentence}" for sentence in claims(summary)]
    return [f"verdict: {verdict.get('decision', '')}", f"  {summary or 'without a summary'}", *claimed]


def _gate(name: str, told: Any, report: Any) -> str:
    """The result, why it is none, and its figures; from the report where there is one."""
    if isinstance(report, Mapping):
        figures = dict(report.get("figures") or {})
        said = str(report.get("result", "")) + (f": {report['reason']}" if report.get("reason") else "")
    else:
        found = _SUMMED.fullmatch(str(told))
        said = found["result"] if found else str(told)
        pairs = (part.rpartition(" ") for part in (found["figures"].split(", ") if found else ()))
        figures = {} if name == "latency" else {key: value for key, _, value in pairs}
    few = ", ".join(telling(name, figures))
    return said + (f" ({few})" if few else "")


def telling(name: str, figures: Mapping[str, Any]) -> list[str]:
    """The figures of a gate that tell most, best first."""
    if name == "latency":
        return [slowest(figures)]
    names = [key for key in TELLING.get(name, ()) if key in figures] or [key for key in figures if key not in PLAIN]
    return [f"{key} {_short(figures[key])}" for key in names[:MOST]]


def slowest(figures: Mapping[str, Any]) -> str:
    """The operation with the highest 95th percentile; '' where none was measured."""
    times = {key.removesuffix(" p95 ms"): ms for key, ms in figures.items() if key.endswith(" p95 ms")}
    if not times:
        return ""
    worst = max(times, key=lambda name: float(times[name]))
    return f"slowest of {len(times)}: {worst}, 95th percentile {times[worst]} ms"


def _parted(name: str, value: Any) -> tuple[list[str], list[str]]:
    """(lines for people, digests) of one part; what is empty or false says nothing."""
    if _is_digest(value):
        return [], [f"{name}: {_short(value)}"]
    if value in ("", None, False, [], {}):
        return [], []
    if not isinstance(value, Mapping):
        return [f"{name}: {_short(value)}"], []
    inner = {key: told for key, told in value.items() if told not in ("", None, False, [], {})}
    digests = [f"{key} {_short(told)}" for key, told in inner.items() if _is_digest(told)]
    shown = [
        f"  {key}: {_short(told).removeprefix(f'{name}: ').removeprefix(f'{key}: ')}"
        for key, told in inner.items()
        if not _is_digest(told)
    ]
    return [f"{name}:", *shown] if shown else [], [f"{name}: {', '.join(digests)}"] if digests else []


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


def _short(value: Any) -> str:
    return short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
