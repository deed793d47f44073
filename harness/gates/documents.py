"""A changed interface comes with a change of one of the documents that describe it."""

from __future__ import annotations

import re

from harness.config import Config
from harness.domain.gate import GateResult
from harness.domain.permission import matches
from harness.gates.result import finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "documents"
_WORDS = {"A": "is new", "M": "changed", "D": "is deleted", "T": "changed in type"}
_SHOWN = 3
_FEWEST = 2
"""Letters and digits of a document that says something."""
_MOST_BYTES = 4 << 20
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_COMMENT = re.compile(
    r"^([ \t]*)\.\.(?:[ \t]+(?!\[|_|\||[\w.:+-]+[ \t]?::)\S.*|[ \t]*(?=\n\1[ \t]+\S))"
    r"(?:\n(?:\1[ \t]+\S.*|[ \t]*(?=\n)))*",
    re.M,
)
"""A comment of reStructuredText with the lines below it that are indented; no directive, target or footnote."""
_MARKED = ("**/*.md", "**/*.mdx", "**/*.markdown", "**/*.html", "**/*.htm", "**/*.xml")
_STRUCTURED = ("**/*.rst", "**/*.rest")
_PICTURES = tuple(f"**/*.{kind}" for kind in ("png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "svg", "avif"))


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
    """Whether a changed file tells readers something: other words, and not gone, a link or a picture."""
    if letter in ("D", "T"):
        return False
    before, after = (_told(path, bench.read(tree, path)) for tree in (subject.base, subject.tree))
    return len(after) >= _FEWEST and after != before


def _told(path: str, data: bytes | None) -> str:
    """The letters and digits of a text that readers see; '' of what is no text."""
    if data is None or b"\0" in data[:_MOST_BYTES] or matches(path, _PICTURES, fold=True):
        return ""
    text = data[:_MOST_BYTES].decode("utf-8", errors="replace")
    seen = _HIDDEN.sub(" ", text) if matches(path, _MARKED, fold=True) else text
    seen = _COMMENT.sub(" ", seen) if matches(path, _STRUCTURED, fold=True) else seen
    return "".join(sign for sign in seen if sign.isalnum())
