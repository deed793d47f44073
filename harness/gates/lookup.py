"""Looks packages up among the known vulnerabilities, by the package managers' own tools and sources."""

from __future__ import annotations

import json
from dataclasses import replace

from harness.domain.registry import Outside, Registry
from harness.errors import Mistake
from harness.gates.advisory import Audit, npm, python
from harness.gates.bench import reports
from harness.gates.pins import Pin
from harness.ports import Bench, Limits

TOOL = "pip-audit"
PYTHON = f"{{tools}}/{TOOL} --progress-spinner off --no-deps --disable-pip -f json -r pins.txt"
NPM = "npm audit --json --package-lock-only --ignore-scripts"
LIMITS = Limits(wall=240, cpu=120)
KNOWN: dict[Registry, tuple[Pin, frozenset[str]]] = {
    "pypi": (("jinja2", "2.10"), frozenset({"CVE-2019-10906", "GHSA-462w-v97r-4m45", "PYSEC-2019-217"})),
    "npm": (("lodash", "4.17.20"), frozenset({"GHSA-35jh-r3h4-6jhm"})),
}
"""A package with a vulnerability that every source knows, by its numbers: who is silent of it is silent of all."""
_ASKED: dict[Registry, Outside] = {"pypi": "advisories", "npm": "npm"}


def lookup(registry: Registry, pins: frozenset[Pin], bench: Bench) -> tuple[Audit, str]:
    """(what the source says of all `pins`, the raw reports).

    Many a mirror answers every question with nothing, so a package is asked for, too, of which it has to tell.
    """
    known, names = KNOWN[registry]
    audits, raw = [], []
    for part in _parts(registry, sorted(pins | {known})):
        audit, report = _asked(registry, part, bench)
        audits.append(audit)
        raw.append(report.decode(errors="replace"))
        if audit.silent:
            return audit, "\n".join(raw)
    found = tuple(row for audit in audits for row in audit.advisories)
    added = known not in pins
    if not any((row.package, row.version) == known and row.names & names for row in found):
        why = f"the source of advisories does not know {min(names)} of {known[0]} {known[1]}: its silence says nothing"
        return Audit(silent=why), "\n".join(raw)
    return Audit(
        tuple(row for row in found if not added or (row.package, row.version) != known),
        sum(audit.looked for audit in audits) - added,
        tuple(row for audit in audits for row in audit.skipped),
    ), "\n".join(raw)


def _parts(registry: Registry, rows: list[Pin]) -> list[list[Pin]]:
    """`rows` in lists that the tool takes at once: pip-audit takes a package at one version."""
    if registry == "npm":
        return [rows]
    parts: list[dict[str, str]] = []
    for name, version in rows:
        free = next((part for part in parts if name not in part), None)
        if free is None:
            parts.append(free := {})
        free[name] = version
    return [list(part.items()) for part in parts]


def _asked(registry: Registry, rows: list[Pin], bench: Bench) -> tuple[Audit, bytes]:
    """Ask from a directory that holds what is to be looked up, and no configuration of the branch."""
    places = _places(rows)
    with bench.scratch() as work, bench.scratch() as out:
        if registry == "pypi":
            (work / "pins.txt").write_text("".join(f"{name}=={version}\n" for name, version in rows), encoding="utf-8")
        else:
            manifest, lock = _package(places)
            (work / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
            (work / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
        asked = bench.tool(PYTHON if registry == "pypi" else NPM, work, out=out, limits=LIMITS)
        inside = bench.sandbox.inside(asked)
        shell = f"{asked.shell} > {inside.out}/report.json"
        try:
            with bench.online((_ASKED[registry],)) as way:
                outcome = bench.sandbox.run(way.through(replace(asked, shell=shell)))
        except Mistake as error:
            return Audit(silent=str(error)), b""
        report = reports(out).get("report.json", b"")
    if outcome.limit or outcome.code not in (0, 1):
        said = " ".join(outcome.output.split())[-300:]
        why = outcome.limit or f"exit code {outcome.code}"
        return Audit(silent=f"the audit ended with {why}: {said or 'it said nothing'}"), report
    audit = python(report) if registry == "pypi" else npm(report, places)
    if not audit.silent and audit.looked + len(audit.skipped) < len(rows):
        audit = Audit(silent=f"the audit looked up {audit.looked} of {len(rows)} packages")
    return audit, report


def _places(rows: list[Pin]) -> dict[str, Pin]:
    """Folders as npm would make them: a second version of a package lies below the first."""
    found: dict[str, Pin] = {}
    for name, version in rows:
        place = f"node_modules/{name}"
        while place in found:
            place += f"/node_modules/{name}"
        found[place] = name, version
    return found


def _package(places: dict[str, Pin]) -> tuple[dict[str, object], dict[str, object]]:
    """(package.json, package-lock.json) of a project that needs what lies in `places`."""
    needs = {name: version for place, (name, version) in places.items() if place == f"node_modules/{name}"}
    packages: dict[str, object] = {"": {"name": "audited", "version": "1.0.0", "dependencies": needs}}
    for place, (name, version) in places.items():
        below = places.get(f"{place}/node_modules/{name}")
        packages[place] = {"version": version, **({"dependencies": {name: below[1]}} if below else {})}
    manifest: dict[str, object] = {"name": "audited", "version": "1.0.0", "dependencies": needs}
    return manifest, {**manifest, "lockfileVersion": 3, "requires": True, "packages": packages}
