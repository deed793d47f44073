"""The changelog tells readers about the change."""

from __future__ import annotations

from collections import Counter

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates.result import finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "changelog"
FEWEST = 8
"""Letters and digits that a new line must have to say something."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return "" if config.changelog.path else "harness.toml has an empty [changelog] path: name the file"


def check(subject: Subject, bench: Bench) -> GateResult:
    """Compare the changelog of the base with that of the tree that would be merged."""
    path = subject.config.changelog.path
    after = bench.read(subject.tree, path)
    if after is None:
        return judged(NAME, subject, [finding("changelog-missing", "there is no changelog: create it", path)])
    before = _lines(bench.read(subject.base, path) or b"")
    new = [line for line in (_lines(after) - before).elements() if _says(line)]
    text = "no new entry: add a line under the unreleased heading that says what changes for the reader"
    found = [] if new else [finding("changelog-entry", text, path)]
    return judged(NAME, subject, found, figures={"lines": len(new)})


def _lines(data: bytes) -> Counter[str]:
    return Counter(line.strip() for line in data.decode(errors="replace").splitlines())


def _says(line: str) -> bool:
    return not line.startswith(("#", "<!--")) and sum(1 for c in line if c.isalnum()) >= FEWEST
