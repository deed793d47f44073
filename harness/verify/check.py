"""One thing that was checked, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Result = Literal["ok", "failed", "could not check"]
MOST = 5
"""Problems that one check names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check, and in one sentence what it rests on."""

    result: Result
    text: str


def ok(text: str) -> Finding:
    """It is as it has to be."""
    return Finding("ok", text)


def failed(text: str) -> Finding:
    """It is not as it has to be."""
    return Finding("failed", text)


def unable(text: str) -> Finding:
    """It could not be checked; `text` says why."""
    return Finding("could not check", text)


def judged(problems: Sequence[str], text: str) -> Finding:
    """Failed where there are problems, else ok with `text`."""
    if not problems:
        return ok(text)
    more = f"; and {len(problems) - MOST} more" if len(problems) > MOST else ""
    return failed("; ".join(problems[:MOST]) + more)


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table that is shown."""

    name: str
    title: str
    finding: Finding
