"""A changed interface comes with a change of one of the documents that describe it."""

from __future__ import annotations

from harness.config import Config
from harness.domain.gate import GateResult
from harness.domain.permission import matches
from harness.gates.result import finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "documents"
_WORDS = {"A": "is new", "M": "changed", "D": "is deleted", "T": "changed in type"}
_SHOWN = 3


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    for interface, documents in config.documents.map.items():
        if not documents:
            return f"harness.toml: [documents] map names no document for {interface}"
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """For each row of the map: which of its interfaces changed, and which of its documents."""
    changed = bench.changed(subject.base, subject.tree)
    told = {path for path in changed if _says(subject, bench, path, changed[path])}
    found = []
    rows = 0
    for interface, documents in subject.config.documents.map.items():
        # a document below an interface's glob is no interface
        touched = [path for path in sorted(changed) if matches(path, (interface,)) and not matches(path, documents)]
        if not documents or not touched:
            continue
        rows += 1
        if any(matches(path, documents) for path in told):
            continue
        more = f" (and {len(touched) - _SHOWN} more)" if len(touched) > _SHOWN else ""
        which = ", ".join(f"{path} {_WORDS.get(changed[path], 'changed')}" for path in touched[:_SHOWN])
        text = f"{which}{more}, but none of {', '.join(documents)} says anything new: describe it there"
        found.append(finding("documents-stale", text, touched[0]))
    return judged(NAME, subject, found, figures={"interfaces": rows, "documents": len(told)})


def _says(subject: Subject, bench: Bench, path: str, letter: str) -> bool:
    """Whether a changed file tells readers something: more than white space, and not gone or a link."""
    if letter in ("D", "T"):
        return False
    before, after = bench.read(subject.base, path), bench.read(subject.tree, path)
    return after is not None and bool(after.split()) and b"".join(after.split()) != b"".join((before or b"").split())
