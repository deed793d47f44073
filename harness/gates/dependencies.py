"""No package that the change brings has a known vulnerability, as far as the registries' advisories tell."""

from __future__ import annotations

import json
from dataclasses import replace

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.domain.registry import Registry
from harness.errors import Mistake
from harness.gates.advisory import Audit, npm, python
from harness.gates.bench import reports
from harness.gates.extra import missing
from harness.gates.pins import Pins, kind, pins, plain
from harness.gates.result import blocked, finding, judged
from harness.ports import Bench, Limits, Sandbox, Subject

NAME = "dependencies"
TOOL = "pip-audit"
PYTHON = f"{{tools}}/{TOOL} --progress-spinner off --no-deps --disable-pip -f json -r pins.txt"
NPM = "npm audit --json --package-lock-only --ignore-scripts"
LIMITS = Limits(wall=240, cpu=120)
_SHOWN = 3


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    if not config.setup.registries:
        return "[setup] registries names no registry, so no advisory can be looked up; name pypi or npm there"
    return missing(TOOL) if "pypi" in config.setup.registries else ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Look up what each lock file pins; only packages that the base does not pin at that version count."""
    lacking = ready(subject.config, bench.sandbox)
    if lacking:
        return blocked(NAME, subject, lacking)
    files = [path for path in sorted(bench.paths(subject.tree)) if kind(path)]
    if not files:
        return blocked(NAME, subject, "there is no lock file, so nothing says which versions are used; commit one")
    whole = bench.changed(subject.base, subject.tree) == {}
    found: list[Finding] = []
    raw: dict[str, str] = {}
    looked = old = 0
    for path in files:
        audit, report, fresh = _audited(subject, bench, path, whole)
        raw[path] = report.decode(errors="replace")
        if audit.silent or audit.skipped:
            skipped = "; ".join(audit.skipped[:_SHOWN])
            more = f" (and {len(audit.skipped) - _SHOWN} more)" if len(audit.skipped) > _SHOWN else ""
            why = audit.silent or f"{len(audit.skipped)} packages were not looked up: {skipped}{more}"
            return blocked(NAME, subject, f"{path}: {why}", evidence=bench.keep(_evidence(raw)))
        looked += audit.looked
        for advisory in audit.advisories:
            if plain(advisory.package) in fresh:
                found.append(finding("dependencies-vulnerable", str(advisory), path))
            else:
                old += 1
    figures = {"files": len(files), "packages": looked, "old": old}
    return judged(NAME, subject, found, figures=figures, evidence=bench.keep(_evidence(raw)))


def _evidence(raw: dict[str, str]) -> bytes:
    return json.dumps(raw, indent=1, sort_keys=True).encode()


def _audited(subject: Subject, bench: Bench, path: str, whole: bool) -> tuple[Audit, bytes, set[str]]:
    """(the answer about a lock file, its raw report, the packages that the base does not pin at that version)"""
    data = bench.read(subject.tree, path)
    before = None if whole else bench.read(subject.base, path)
    try:
        here, loose = pins(path, data or b"")
        base = pins(path, before)[0] if before is not None else {}
    except ValueError as error:
        return Audit(silent=f"it can't be read: {error}"), b"", set()
    if loose:
        return Audit(skipped=tuple(f"{line}: no version is pinned" for line in loose)), b"", set()
    registry: Registry = "npm" if kind(path) == "npm" else "pypi"
    if registry not in subject.config.setup.registries:
        return Audit(silent=f"[setup] registries does not name {registry}"), b"", set()
    # npm's keys hold the version, as a package may be there at several
    fresh = {plain(name.rpartition("@")[0] or name) for name, version in here.items() if base.get(name) != version}
    return (*_asked(subject, bench, path, here, registry), fresh) if here else (Audit(), b"", fresh)


def _asked(subject: Subject, bench: Bench, path: str, here: Pins, registry: Registry) -> tuple[Audit, bytes]:
    """Ask the registry, from a directory that holds what is to be looked up and no configuration of the branch."""
    with bench.scratch() as work, bench.scratch() as out:
        if registry == "pypi":
            text = "".join(f"{name}=={version}\n" for name, version in sorted(here.items()))
            (work / "pins.txt").write_text(text, encoding="utf-8")
        else:
            folder = path.rpartition("/")[0]
            for name in ("package.json", path.rpartition("/")[2]):
                content = bench.read(subject.tree, f"{folder}/{name}".lstrip("/"))
                (work / name).write_bytes(content or b"{}")
        asked = bench.tool(PYTHON if registry == "pypi" else NPM, work, out=out, limits=LIMITS)
        inside = bench.sandbox.inside(asked)
        shell = f"{asked.shell} > {inside.out}/report.json"
        try:
            with bench.online((registry,)) as way:
                outcome = bench.sandbox.run(way.through(replace(asked, shell=shell)))
        except Mistake as error:
            return Audit(silent=str(error)), b""
        report = reports(out).get("report.json", b"")
    if outcome.limit or outcome.code not in (0, 1):
        said = " ".join(outcome.output.split())[-300:]
        why = outcome.limit or f"exit code {outcome.code}"
        return Audit(silent=f"the audit ended with {why}: {said or 'it said nothing'}"), report
    audit = python(report) if registry == "pypi" else npm(report)
    if not audit.silent and not audit.looked and not audit.skipped:
        audit = Audit(silent="the audit looked up no package at all")
    return audit, report
