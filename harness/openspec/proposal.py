"""A change's proposal: the sections that it needs, and what it says of specs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from harness.openspec.living import lf
from harness.openspec.markdown import Section, find, sections
from harness.openspec.metadata import NONE, Metadata, dishonoured
from harness.openspec.script import S, length, rest, trim
from harness.openspec.spec import Unreadable

SHORTEST, LONGEST = 50, 1000
"""Characters of the section Why."""
MOST = 10
"""Deltas of one change."""
BRIEF = 10
"""Characters of a delta's description."""
_LISTED = re.compile(f"{S}*-{S}*\\*\\*([^*:]+)(?::\\*\\*|\\*\\*:)(.*)", re.S)
_TITLE = re.compile(f"(?:\\A|(?<=[\n\r\u2028\u2029]))#{S}+(?:(?ai:Change):{S}+)?([^\n\r\u2028\u2029]+)")
_VERBS = tuple(
    (kind, re.compile(rf"\b(?:{verbs})\b", re.A))
    for kind, verbs in (
        ("RENAMED", "rename(?:s|d|ing)?"),
        ("ADDED", "add(?:s|ed|ing)?|create(?:s|d|ing)?|new"),
        ("REMOVED", "remove(?:s|d|ing)?|delete(?:s|d|ing)?"),
    )
)
"""What a line does by its words, the first that fits."""
_GUIDE = (
    ' Missing required sections. Expected headers: "## Why" and "## What Changes". Ensure deltas are documented in '
    "specs/ using delta headers."
)


def sections_of(text: str) -> tuple[Section, Section]:
    """(Why, What Changes) of a proposal; Unreadable where one is missing or empty."""
    roots = sections(lf(text))
    why, what = find(roots, "Why"), find(roots, "What Changes")
    if why is None or not why.content:
        raise Unreadable("Change must have a Why section")
    if what is None or not what.content:
        raise Unreadable("Change must have a What Changes section")
    return why, what


def what(text: str) -> str:
    """The section What Changes; '' where the proposal can't be read."""
    try:
        return sections_of(text)[1].content
    except Unreadable:
        return ""


def title(text: str, name: str) -> str:
    """What a proposal calls itself; the change's name where that is nothing or only `Proposal`."""
    found = _TITLE.search(text)
    given = trim(found[1]) if found else ""
    return given if given and given.lower() != "proposal" else name


def told(text: str) -> list[dict[str, Any]]:
    """The changes that `What Changes` lists as `- **capability:** words`: what counts where there are no deltas."""
    out = []
    for line in text.split("\n"):
        if (found := _LISTED.match(line)) is None or (words := rest(found[2])) is None:
            continue
        said = trim(words).lower()
        kind = next((kind for kind, verbs in _VERBS if verbs.search(said)), "MODIFIED")
        out.append({"spec": trim(found[1]), "operation": kind, "description": trim(words)})
    return out


def remarks(text: str, rows: Sequence[dict[str, Any]], data: Metadata) -> list[str]:
    """What is said about a proposal before it is archived; `rows` are the change's deltas as they are shown."""
    try:
        why, _ = sections_of(text)
    except Unreadable as error:
        return [f"{error}.{_GUIDE}"]
    wrong = [dishonoured(data)] if data.broken else []
    if length(why.content) < SHORTEST:
        wrong.append(f"Why section must be at least {SHORTEST} characters")
    if length(why.content) > LONGEST:
        wrong.append(f"Why section should not exceed {LONGEST} characters")
    if not rows and not data.skip_specs:
        wrong.append(NONE)
    if len(rows) > MOST:
        wrong.append(f"Consider splitting changes with more than {MOST} deltas")
    if not wrong and not any("requirement" in row and not row["requirement"]["scenarios"] for row in rows):
        return []
    for row in rows:
        if length(row["description"]) < BRIEF:
            wrong.append("Delta description is too brief")
        if row["operation"] in ("ADDED", "MODIFIED") and "requirements" not in row:
            wrong.append(f"{row['operation']} Delta should include requirements")
    return wrong
