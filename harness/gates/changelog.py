"""The changelog tells readers about the change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates.result import finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "changelog"
FEWEST = 8
"""Letters and digits that a new line must have to say something."""
MOST_BYTES = 4 << 20
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_EMPTY = re.compile(
    r"\]\([^)]*\)|<?https?://\S+|\b\d{4}-\d\d-\d\d\b|\bv?\d+(?:\.\d+)+\S*|#\d+|\bGH-\d+|\b[0-9a-f]{7,40}\b"
    r"|\b(?:todo|tbd|fixme|wip|n/?a|see|pull request|issue|commit|unreleased)\b",
    re.I,
)
"""Addresses, dates, versions, references and placeholders, which tell a reader nothing by themselves."""
_WORD = re.compile(r"\w+")


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return "" if config.changelog.path else "harness.toml has an empty [changelog] path: name the file"


def check(subject: Subject, bench: Bench) -> GateResult:
    """Compare the changelog of the base with that of the tree that would be merged."""
    path = subject.config.changelog.path
    after = bench.read(subject.tree, path)
    if after is None:
        return judged(NAME, subject, [finding("changelog-missing", "there is no changelog: create it", path)])
    before = set(_entries(bench.read(subject.base, path) or b""))
    new = [entry for entry in dict.fromkeys(_entries(after)) if entry not in before]
    text = "no new entry: add a line under the unreleased heading that says what changes for the reader"
    found = [] if new else [finding("changelog-entry", text, path)]
    return judged(NAME, subject, found, figures={"lines": len(new)})


def _entries(data: bytes) -> Iterator[str]:
    """Every line that says something, without its bullet, case and punctuation: a copied line says nothing new."""
    for line in _HIDDEN.sub("", data[:MOST_BYTES].decode(errors="replace")).splitlines():
        words = " ".join(_WORD.findall(_EMPTY.sub(" ", line).lower()))
        if not line.lstrip().startswith("#") and sum(c.isalnum() for c in words) >= FEWEST:
            yield words
