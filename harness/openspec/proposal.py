"""A change's proposal: the sections that it needs."""

from __future__ import annotations

from harness.openspec.living import lf
from harness.openspec.markdown import Section, find, sections
from harness.openspec.script import length
from harness.openspec.spec import Unreadable

SHORTEST, LONGEST = 50, 1000
"""Characters of the section Why."""
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


def remarks(text: str) -> list[str]:
    """What is said about a proposal before it is archived."""
    try:
        why, _ = sections_of(text)
    except Unreadable as error:
        return [f"{error}.{_GUIDE}"]
    size = length(why.content)
    if size < SHORTEST:
        return [f"Why section must be at least {SHORTEST} characters"]
    return [f"Why section should not exceed {LONGEST} characters"] if size > LONGEST else []
