"""The change has a proposal that says why and what, in its author's own words."""

from __future__ import annotations

import re

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.result import finding, judged
from harness.openspec.delta import plain
from harness.ports import Bench, Sandbox, Subject

NAME = "proposal"
SECTIONS = ("Why", "What Changes")
FEWEST = 20
"""Letters and digits that a section must have."""
_HEADING = re.compile(r"#{1,2}[ \t]+(\S.*)")
MOST_BYTES = 1 << 20
_TEMPLATE = re.compile(r"[-*\s]*(?:<[^>]*>|\[[^\]]*\]|\{[^}]*\}|\.\.\.|…|todo\b.*|tbd\b.*|n/?a)[\s.]*", re.I)


def ready(config: Config, sandbox: Sandbox) -> str:
    """Always '': the gate reads git only."""
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Look at proposal.md of the head."""
    path = f"{subject.change.folder}/proposal.md"
    data = bench.read(subject.head, path)
    if data is None:
        text = "there is no proposal: write it with the sections `## Why` and `## What Changes`"
        return judged(NAME, subject, [finding("proposal-missing", text, path)])
    if len(data) > MOST_BYTES:
        return judged(
            NAME, subject, [finding("proposal-text", f"the proposal is larger than {MOST_BYTES} bytes", path)]
        )
    try:
        found = problems(data.decode("utf-8-sig"), path)
    except UnicodeDecodeError:
        found = [finding("proposal-text", "the proposal is not UTF-8", path)]
    return judged(NAME, subject, found)


def problems(text: str, path: str) -> list[Finding]:
    """What is wrong with a proposal."""
    sections = _sections(text)
    out = []
    for name in SECTIONS:
        if name.casefold() not in sections:
            out.append(finding("proposal-section", f"the section `## {name}` is missing", path))
            continue
        line, body = sections[name.casefold()]
        if sum(1 for c in body if c.isalnum()) < FEWEST:
            out.append(
                finding("proposal-empty", f"`## {name}` says too little: write a sentence of your own", path, line)
            )
    return out


def _sections(text: str) -> dict[str, tuple[int, str]]:
    """heading, folded -> (line, its text without placeholders)."""
    out: dict[str, tuple[int, list[str]]] = {}
    current = ""
    for number, line, fenced in plain(text):
        match = None if fenced else _HEADING.fullmatch(line)
        if match:
            current = match[1].rstrip("# \t").casefold()
            out.setdefault(current, (number, []))
        elif current and not _TEMPLATE.fullmatch(line):
            out[current][1].append(line)
    return {name: (line, "\n".join(lines)) for name, (line, lines) in out.items()}
