"""Packages that a branch needs without a lock file that says at which version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.domain.gate import Finding
from harness.domain.registry import Registry
from harness.gates.manifest import declared
from harness.gates.pins import UNREAD, Pins, plain, registry
from harness.gates.result import finding
from harness.ports import Bench, Subject

RULE = "dependencies-unlocked"
_MANIFESTS: dict[str, Registry] = {"package.json": "npm", "pyproject.toml": "pypi"}
_GROUPS = ("", "devDependencies", "optionalDependencies")
_OWN = ("file:", "link:", "workspace:", "portal:")


def unpinned(subject: Subject, bench: Bench, base: Mapping[str, Pins], head: Mapping[str, Pins]) -> list[Finding]:
    """Lock files that are gone though what they were of is there, and new needs that none of them holds."""
    return [*_gone(subject, bench, base, head), *_needed(subject, bench, head)]


def _gone(subject: Subject, bench: Bench, base: Mapping[str, Pins], head: Mapping[str, Pins]) -> Iterator[Finding]:
    paths = bench.paths(subject.tree)
    for path in base:
        folder, source = path.rpartition("/")[0], registry(path)
        place = f"{folder}/" if folder else ""
        others = {each for each in head if each.rpartition("/")[0] == folder and registry(each) == source}
        if path in head or others or any(f"{place}{name}" in paths for name in UNREAD):
            continue
        for name, of in _MANIFESTS.items():
            manifest = f"{place}{name}"
            if of == source and _names(manifest, bench.read(subject.tree, manifest)):
                text = f"the lock file {path} is gone, so nothing says at which versions its packages are used"
                yield finding(RULE, text, manifest)


def _needed(subject: Subject, bench: Bench, head: Mapping[str, Pins]) -> Iterator[Finding]:
    for path in sorted(bench.changed(subject.base, subject.tree)):
        source = _MANIFESTS.get(path.rpartition("/")[2])
        known = {name for lock, each in head.items() if registry(lock) == source for name in each.named}
        if source is None or not known:
            continue
        before = _names(path, bench.read(subject.base, path))
        for name in sorted(_names(path, bench.read(subject.tree, path)) - before - known):
            text = f"{name} is new here, but no lock file pins it, so nobody can look it up; lock it"
            yield finding(RULE, text, path)


def _names(path: str, data: bytes | None) -> set[str]:
    """The packages that a manifest needs from a registry in every installation, but for such of other systems."""
    found = set()
    for key, text in (declared(path, data) or {}).items():
        group, _, name = key.rpartition(": ")
        if group not in _GROUPS:
            continue
        if path.endswith(".json"):
            spec = text.removeprefix(f"{name}@")
            if not spec.startswith(_OWN):
                found.add(spec.removeprefix("npm:").rpartition("@")[0] if spec.startswith("npm:") else name)
        elif name != "python" and not {";", "@", "{"} & {*text}:
            found.add(plain(name))
    return found
