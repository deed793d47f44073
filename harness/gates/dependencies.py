"""No package that the change brings has a known vulnerability, as far as the registries' advisories tell."""

from __future__ import annotations

import json
import posixpath

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.domain.registry import Registry
from harness.gates.advisory import Audit
from harness.gates.extra import missing
from harness.gates.lookup import TOOL, lookup
from harness.gates.pins import UNREAD, Pin, Pins, kind, pins, registry, wanted
from harness.gates.result import blocked, finding, judged
from harness.gates.unpinned import unpinned
from harness.ports import Bench, Sandbox, Subject

NAME = "dependencies"
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
    whole = bench.changed(subject.base, subject.tree) == {}
    audit = _Audit(subject, bench)
    try:
        base = {} if whole else audit.locks(subject.base)
        head = audit.locks(subject.tree)
    except ValueError as error:
        return blocked(NAME, subject, str(error))
    found = [] if whole else unpinned(subject, bench, base, head)
    if not head and not found:
        return blocked(NAME, subject, "there is no lock file, so nothing says which versions are used; commit one")
    for path, here in head.items():
        found += audit.judge(path, here, base.get(path, Pins()), head)
    evidence = bench.keep(json.dumps(audit.raw, indent=1, sort_keys=True).encode())
    figures = {"files": len(head), "packages": audit.looked, "old": audit.old}
    if audit.silent and not found:
        return blocked(NAME, subject, audit.silent, figures=figures, evidence=evidence)
    return judged(NAME, subject, found, figures=figures, evidence=evidence)


class _Audit:
    """What was asked so far."""

    def __init__(self, subject: Subject, bench: Bench) -> None:
        self._subject, self._bench = subject, bench
        self.raw: dict[str, str] = {}
        self.looked = self.old = 0
        self.silent = ""
        """Why something was not looked up."""

    def locks(self, tree: str) -> dict[str, Pins]:
        """path -> what it pins, of every lock file of a commit or tree; ValueError where one can't be read."""
        found: dict[str, Pins] = {}
        paths = self._bench.paths(tree)
        waiting = [path for path in sorted(paths, reverse=True) if kind(path) and "node_modules/" not in path]
        for path in paths if tree == self._subject.tree else ():
            if path.rpartition("/")[2] in UNREAD:
                self.silent = self.silent or f"{path}: nothing here reads it; commit a lock file of npm, yarn or pnpm"
        while waiting:
            path = waiting.pop()
            if path in found or paths.get(path, ("", ""))[0] not in ("100644", "100755"):
                continue
            try:
                found[path] = pins(path, self._bench.read(tree, path) or b"")
            except ValueError as error:
                if tree == self._subject.tree:
                    raise ValueError(f"{path}: it can't be read: {error}") from error
                continue
            folder = posixpath.dirname(path)
            waiting += [posixpath.normpath(posixpath.join(folder, each)) for each in found[path].more]
        return found

    def judge(self, path: str, here: Pins, base: Pins, head: dict[str, Pins]) -> list[Finding]:
        """What is wrong with one lock file."""
        source = registry(path)
        elsewhere = {name for other, each in head.items() if registry(other) == source for name in each.named}
        loose = [line for line in here.loose if wanted(line) not in elsewhere]
        found = [
            finding("dependencies-unpinned", f"{line}: no version is pinned, so nobody can look it up; pin it", path)
            for line in loose
            if line not in base.loose
        ]
        old = [line for line in loose if line in base.loose]
        if old:
            self.silent = self.silent or f"{path}: {_some([f'{line}: no version is pinned' for line in old])}"
        return found + self._vulnerable(path, source, here, base) if here.rows else found

    def _vulnerable(self, path: str, source: Registry, here: Pins, base: Pins) -> list[Finding]:
        if source in self._subject.config.setup.registries:
            audit, self.raw[path] = lookup(source, here.rows, self._bench)
        else:
            audit = Audit(silent=f"[setup] registries does not name {source}")
        self.looked += audit.looked
        why = audit.silent or (_some(audit.skipped) if audit.skipped else "")
        if why:
            self.silent = self.silent or f"{path}: {why}"
        brought: set[Pin] = set(here.rows - base.rows)
        fresh = [row for row in audit.advisories if (row.package, row.version) in brought]
        self.old += len(audit.advisories) - len(fresh)
        return [finding("dependencies-vulnerable", str(row), path) for row in fresh]


def _some(rows: tuple[str, ...] | list[str]) -> str:
    more = f" (and {len(rows) - _SHOWN} more)" if len(rows) > _SHOWN else ""
    return f"{len(rows)} packages were not looked up: {'; '.join(rows[:_SHOWN])}{more}"
