"""The CEO at the terminal: what is decided is shown, then approve, return, look at it, or leave it for later."""

from __future__ import annotations

import getpass
import json
import select
import sys
from collections.abc import Callable
from typing import Any

from harness.cli import render
from harness.cli.plain import short
from harness.domain.decision import Decision
from harness.domain.event import Asked

Poll = Callable[[], Decision | None]


class Terminal:
    """Asks at the terminal; a decision that arrives from elsewhere meanwhile ends the question."""

    def __init__(self, look: Callable[[], str], pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._look, self._pause, self._resume = look, pause, resume

    def ask(self, asked: Asked, poll: Poll) -> Decision | None:
        self._pause()
        try:
            return self._asked(asked, poll)
        finally:
            self._resume()

    def _asked(self, asked: Asked, poll: Poll) -> Decision | None:
        detail = asked.detail
        verbs = list(detail["verbs"])
        render.block(f"The CEO decides: {detail['what']}", about(detail))
        while True:
            said = _line(f"{' / '.join([*verbs, 'look', 'later'])} > ", poll)
            if isinstance(said, Decision) or said is None:
                return said
            word = said.strip().lower()
            if word in ("later", "l", ""):
                if word:
                    return None
            elif word == "look":
                render.say(self._look())
            elif word in verbs:
                decision = _filled(word, detail, poll)
                if decision:
                    return decision
            else:
                render.say(f"one of: {', '.join([*verbs, 'look', 'later'])}")


def about(detail: dict[str, Any]) -> list[str]:
    """What a decision is about, as lines."""
    lines = [f"subject {detail.get('subject', '')}"]
    for name, value in dict(detail.get("about") or {}).items():
        if isinstance(value, dict) and value:
            lines.append(f"{name}:")
            lines += [f"  {key}: {short(_short(inner))}" for key, inner in value.items()]
        else:
            lines.append(f"{name}: {_short(value) if value else 'none'}")
    if detail.get("returns"):
        lines.append(f"can go back to: {', '.join(detail['returns'])}")
    return lines


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _filled(verb: str, detail: dict[str, Any], poll: Poll) -> Decision | None:
    """Ask for what the verb needs."""
    to, comment, cap, consent = "", "", 0.0, False
    if verb == "return":
        to = str(_line(f"back to ({', '.join(detail['returns'])}) > ", poll) or "").strip()
    if verb in ("return", "answer"):
        comment = str(_line("what should change > " if verb == "return" else "your answer > ", poll) or "").strip()
        if not comment or (verb == "return" and to not in detail["returns"]):
            render.say(
                "a step from the list and a comment are needed" if verb == "return" else "an answer needs a text"
            )
            return None
    if verb == "approve" and detail.get("least"):
        said = str(_line(f"new cap in dollars, at least {detail['least']:.2f} > ", poll) or "")
        cap = float(said) if said.replace(".", "", 1).isdigit() else 0.0
        if cap < float(detail["least"]):
            return None
    if verb == "approve" and str(detail["what"]).startswith("merge "):
        said = str(_line("if the branch is checked out, move it together with its files? (yes / no) > ", poll) or "")
        consent = said.strip().lower() in ("y", "yes")
    return Decision(
        subject=str(detail["subject"]),
        verb=verb,  # type: ignore[arg-type]
        to=to,
        comment=comment,
        cap=cap,
        update_checkout=consent,
        by=getpass.getuser(),
    )


def _line(prompt: str, poll: Poll) -> str | Decision | None:
    """A line from the terminal, or a decision that came from elsewhere; None at the end of input."""
    render.prompt(prompt)
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], 0.5)
        if ready:
            text = sys.stdin.readline()
            return text if text else None
        found = poll()
        if found:
            render.say("\ndecided elsewhere")
            return found
