"""What `pip-audit` and `npm audit` answered, as JSON: known vulnerabilities, and what they did not look up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.gates.pins import Pin, plain


@dataclass(frozen=True, slots=True)
class Advisory:
    """One known vulnerability of one package."""

    package: str
    version: str
    """'' where the tool names none."""
    id: str
    fixed: str
    """The versions without it, or ''."""
    title: str = ""
    names: frozenset[str] = frozenset()
    """Every number by which it is known."""

    def __str__(self) -> str:
        which = f"{self.package} {self.version}".strip()
        mend = f"; use {self.fixed}" if self.fixed else "; no version without it is known"
        return f"{which} has the known vulnerability {self.id}{f' ({self.title})' if self.title else ''}{mend}"


@dataclass(frozen=True, slots=True)
class Audit:
    """One answer."""

    advisories: tuple[Advisory, ...] = ()
    looked: int = 0
    """Packages that were looked up."""
    skipped: tuple[str, ...] = ()
    """Packages that were not, each with the reason."""
    silent: str = ""
    """Why there is no answer; '' where there is one."""


def python(report: bytes) -> Audit:
    """The JSON of pip-audit."""
    try:
        rows = json.loads(report)["dependencies"]
        skipped = tuple(f"{row['name']}: {row['skip_reason']}" for row in rows if "skip_reason" in row)
        looked = [row for row in rows if "skip_reason" not in row]
        found = tuple(_python(row, each) for row in looked for each in row["vulns"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Audit(silent="pip-audit left no report that can be read")
    return Audit(found, len(looked), skipped)


def _python(row: dict[str, Any], each: dict[str, Any]) -> Advisory:
    names = [str(name) for name in (*(each.get("aliases") or ()), each["id"])]
    # The number by which most people know it.
    known = next((name for name in names if name.startswith("CVE-")), names[-1])
    fixed = ", ".join(each.get("fix_versions") or ())
    return Advisory(plain(row["name"]), str(row["version"]), known, fixed, names=frozenset(names))


def npm(report: bytes, places: Mapping[str, Pin]) -> Audit:
    """The JSON of `npm audit`, version 2 of its report; `places` says which package lies in which folder."""
    try:
        table = json.loads(report)
        if "error" in table or "message" in table:
            failed = table.get("error") or {}
            why = failed.get("summary") or table.get("message") or failed.get("code") or "no reason"
            return Audit(silent=f"npm audit got no answer: {' '.join(str(why).split())[:300]}")
        total = table["metadata"]["dependencies"]
        looked = int(total["total"] if isinstance(total, dict) else total)
        found = tuple(_npm(table["vulnerabilities"], places))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Audit(silent="npm audit left no report that can be read")
    return Audit(tuple(dict.fromkeys(found)), looked)


def _npm(table: dict[str, Any], places: Mapping[str, Pin]) -> Iterator[Advisory]:
    """Each advisory of each version; packages that only depend on such a one name no advisory."""
    for row in table.values():
        fix = row.get("fixAvailable")
        mended = f"{fix['name']}@{fix['version']}" if isinstance(fix, dict) else "a newer version" if fix else ""
        for via in row["via"]:
            if isinstance(via, dict):
                identity = str(via.get("url", "")).rpartition("/")[2] or str(via.get("source", "unnamed"))
                fixed = mended or f"a version that is not {via['range']}" if via.get("range") else mended
                for name, version in sorted({places[node] for node in row["nodes"]}):
                    yield Advisory(name, version, identity, fixed, str(via.get("title", "")), frozenset({identity}))
