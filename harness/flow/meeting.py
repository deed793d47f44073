"""What is said of a consultation: its turns, the draft of its minutes, and the facts of the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.domain.event import Convened, Entry
from harness.domain.submission import Minutes
from harness.domain.vocabulary import marked
from harness.flow.record import clock, day, decisions, sessions

LONGEST = 2_000
"""Characters of one line of the minutes."""
_INERT = {"<": "&lt;", "![": "!\\[", "[entry": "(entry", "[decision": "(decision"}
"""What would load something, hide something, or look like a link that the harness wrote."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Turn:
    """What the CEO said once."""

    entry: int
    """Number of the entry that holds it."""
    text: str


def objections(given: Minutes, turns: int) -> list[str]:
    """What is wrong with a draft, one sentence each."""
    found = [] if given.discussion else ["discussion: say at least what was asked and what was advised"]
    for kind in ("discussion", "decisions", "actions"):
        for number, row in enumerate(getattr(given, kind), 1):
            if not row.text.strip():
                found.append(f"{kind}: number {number} says nothing")
            if not 1 <= row.turn <= turns:
                found.append(f"{kind}: number {number} rests on turn {row.turn}, but the CEO's turns are 1 to {turns}")
    return found + [
        f"actions: number {number} has no owner" for number, row in enumerate(given.actions, 1) if not row.owner.strip()
    ]


def inert(text: str) -> str:
    """`text` on one line, with nothing in it that Markdown would load, hide, or take for a line of the harness."""
    plain = " ".join(_CONTROL.sub(" ", text).split())
    for odd, instead in _INERT.items():
        plain = re.sub(re.escape(odd), lambda found, to=instead: to, plain, flags=re.I)  # type: ignore[misc]
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"


def shown(draft: Minutes | None, turns: Sequence[Turn]) -> dict[str, Any]:
    """What the CEO decides on: every line of the draft; without one, what they said themselves."""
    if draft is None:
        return {"draft": "none: the minutes will hold your own words, without decisions and actions"}
    found: dict[str, Any] = {"agenda": ", ".join(draft.agenda)}
    for kind in ("discussion", "decisions"):
        found[kind] = {str(n): _linked(row.text, row.turn, turns) for n, row in enumerate(getattr(draft, kind), 1)}
    found["actions"] = {
        str(n): f"{inert(row.owner)}: {_linked(row.text, row.turn, turns)}" for n, row in enumerate(draft.actions, 1)
    }
    return found


def _linked(text: str, turn: int, turns: Sequence[Turn]) -> str:
    return f"{marked(inert(text))} [entry {turns[turn - 1].entry}]"


def facts(
    entries: Sequence[Entry], first: Convened, turns: Sequence[Turn], draft: Minutes | None, broke: Sequence[str]
) -> dict[str, Any]:
    """What the file of the minutes says. The last decision on record is the CEO's approval of the draft."""
    decided = decisions(entries)[-1]
    own = [f"The CEO: {inert(turn.text)} [entry {turn.entry}]" for turn in turns]
    agenda = [inert(text) for text in draft.agenda] if draft and draft.agenda else [inert(first.question)]
    return {
        "run": first.run,
        "about": first.about,
        "day": day(entries[-1].at),
        "attendees": [f"{inert(decided['by'])} (CEO)", "Technical & Business Consultant (TBC)"],
        "agenda": agenda,
        "discussion": [_linked(row.text, row.turn, turns) for row in draft.discussion] if draft else own,
        "decisions": [_linked(row.text, row.turn, turns) for row in draft.decisions] if draft else [],
        "actions": [
            {"text": _linked(row.text, row.turn, turns), "owner": inert(row.owner)}
            for row in (draft.actions if draft else ())
        ],
        "approval": {**decided, "by": inert(decided["by"]), "comment": inert(decided["comment"])},
        "hash": decided["hash"],
        "sessions": [
            {"number": each.number, "started": clock(each.started), "how": inert(each.how), "first": each.first}
            for each in sessions(entries)
            if each.number
        ],
        "broke": [inert(why) for why in broke],
    }
