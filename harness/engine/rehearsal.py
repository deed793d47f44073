"""A rehearsal: the model's answers come from a transcript, everything else is live, and the outcomes must agree."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from harness.domain.event import Answered, Drifted, Entry, Opened
from harness.errors import Diverged, Parked

VOLATILE = re.compile(r"\b[0-9a-f]{7,64}\b|\b\d+(?:\.\d+)?(?=\s?m?s\b)|\b\d+\.\d+\b|\b\d{4}-\d\d-\d\d\b")
"""Commit ids, times and measured figures: they differ from machine to machine."""

FIGURES = re.compile(r"^(- `[a-z-]+`: (?:passed|failed|could not run))\b.*$", re.M)
"""A gate's line in a brief: its result has to agree, what it measured may differ as a tool's text may."""


class Rehearsal:
    """Holds a run against the recorded one. Without a record it agrees with everything."""

    def __init__(self, recorded: Sequence[Entry]) -> None:
        self._answers = {e.event.key: e.event for e in recorded if isinstance(e.event, Answered)}
        self._openings = {e.event.key: e.event for e in recorded if isinstance(e.event, Opened)}
        self._on = bool(recorded)

    def opening(self, event: Opened) -> None:
        """Diverged, with a diff, when an attempt does not begin as the recorded one did."""
        if not self._on:
            return
        known = self._openings.get(event.key)
        if known is None:
            raise Diverged(f"{event.key}: the recorded run had no such attempt")
        compare(known, event, volatile=True)

    def check(self, answered: Answered) -> Drifted | None:
        """A note where a tool's text differs; Diverged where an outcome does."""
        if not self._on or answered.kind in ("git", "post", "model"):
            return None
        if answered.kind == "human":
            self._decided(answered)
            return None
        known = self._answers.get(answered.key)
        if known is None:
            raise Diverged(f"{answered.key}: the recorded run did not ask this")
        was, now = outcome(known), outcome(answered)
        if was != now:
            raise Diverged(f"{answered.key}: recorded {was}, now {now}: {_text(answered)[:300]}")
        if answered.kind == "tool" and _text(known) != _text(answered):
            return Drifted(key=answered.key, what="the text of the result differs from the recorded one")
        return None

    def _decided(self, answered: Answered) -> None:
        """A person may decide otherwise than the recording; their word stands, and the rehearsal ends with it."""
        place = answered.key.rpartition("/")[0]
        people = (a for a in self._answers.values() if a.kind == "human")
        known = next((a.answer for a in people if a.key.rpartition("/")[0] == place), None)
        said = (answered.answer.get("verb"), answered.answer.get("to"))
        if said[0] == "abandon" or (known and said == (known.get("verb"), known.get("to"))):
            return
        was = f"{known['verb']} {known.get('to', '')}".strip() if known else "nothing"
        raise Parked(
            f"your decision ({said[0]}) is on the record; the recording has {was} here, so it holds no answer to "
            "what comes next, and the rehearsal ends"
        )


def outcome(answered: Answered) -> str:
    """What must agree: ok, error or exit code of a tool; the result of a gate."""
    answer: Any = answered.answer
    if answered.kind == "gate":
        return str(answer.get("result", answer) if isinstance(answer, dict) else answer)
    return "an error" if answer.get("error") else f"ok, exit {answer.get('code', 0)}"


def _text(answered: Answered) -> str:
    answer: Any = answered.answer
    if not isinstance(answer, dict):
        return str(answer)
    return str(answer.get("text") or answer.get("reason") or "")


def steady(text: str) -> str:
    """`text` without what differs from machine to machine."""
    return VOLATILE.sub("#", FIGURES.sub(r"\1", text))


def compare(was: Opened, now: Opened, *, volatile: bool) -> None:
    """Diverged with the first block that differs, as a unified diff."""
    for block in ("params", "tools", "system", "brief"):
        old, new = str(getattr(was, block)), str(getattr(now, block))
        if volatile:
            old, new = steady(old), steady(new)
        if old != new:
            lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "recorded", "now", lineterm="", n=1)
            shown = "\n".join(list(lines)[:40])
            raise Diverged(f"{now.key}: the {block} is not the recorded one\n{shown}")
