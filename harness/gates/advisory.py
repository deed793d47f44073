"""What `pip-audit` and `npm audit` answered, as JSON: known vulnerabilities, and what they did not look up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


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
        found = tuple(
            Advisory(row["name"], row["version"], _named(each), ", ".join(each.get("fix_versions") or ()))
            for row in looked
            for each in row["vulns"]
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Audit(silent="pip-audit left no report that can be read")
    return Audit(found, len(looked), skipped)


def npm(report: bytes) -> Audit:
    """The JSON of `npm audit`, version 2 of its report."""
    try:
        table = json.loads(report)
        if "error" in table or "message" in table:
            failed = table.get("error") or {}
            why = failed.get("summary") or table.get("message") or failed.get("code") or "no reason"
            return Audit(silent=f"npm audit got no answer: {' '.join(str(why).split())[:300]}")
        total = table["metadata"]["dependencies"]
        looked = int(total["total"] if isinstance(total, dict) else total)
        found = tuple(_npm(table["vulnerabilities"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Audit(silent="npm audit left no report that can be read")
    return Audit(tuple(dict.fromkeys(found)), looked)


def _npm(table: dict[str, Any]) -> Iterator[Advisory]:
    """Each advisory once, with the package that has it; packages that only depend on such a one name no advisory."""
    for name, row in table.items():
        fix = row.get("fixAvailable")
        mended = f"{fix['name']}@{fix['version']}" if isinstance(fix, dict) else "a newer version" if fix else ""
        for via in row["via"]:
            if isinstance(via, dict):
                identity = str(via.get("url", "")).rpartition("/")[2] or str(via.get("source", "unnamed"))
                yield Advisory(name, str(via.get("range", "")), identity, mended, str(via.get("title", "")))


def _named(row: dict[str, Any]) -> str:
    """The number by which most people know it."""
    known = [each for each in row.get("aliases") or () if str(each).startswith("CVE-")]
    return str(known[0] if known else row["id"])
