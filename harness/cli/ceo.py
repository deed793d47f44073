"""The CEO at the terminal: what is decided is shown, then approve, return, look at it, or leave it for later."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.cli import render
from harness.cli.about import about
from harness.cli.keyboard import Keyboard
from harness.cli.look import Sight, find, listed, shown
from harness.domain.decision import Decision
from harness.domain.event import Asked
from harness.domain.secret import in_use, told
from harness.errors import HarnessError

__all__ = ["Poll", "Terminal", "about"]

Poll = Callable[[], Decision | None]


class Over(Exception):
    """The question is over: decided elsewhere, or the input ended and it is left for later."""

    def __init__(self, decision: Decision | None) -> None:
        super().__init__()
        self.decision = decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Asks at the terminal; a decision that arrives from elsewhere meanwhile ends the question."""

    keys: Keyboard
    sights: Callable[[], list[Sight]]
    """What there is to look at now."""
    reports: Callable[[], Mapping[str, Any]]
    """The gates' last reports."""
    beside: Callable[[], list[str]] = list
    """What is to be said beside the decision, and is no part of it: what roles only claim, and the sprint."""
    held: Callable[[], str]
    """Where the branch that a merge would move is checked out; '' where it is not."""
    pause: Callable[[], None]
    resume: Callable[[], None]
    sign: Callable[[Asked, Decision], Decision] = lambda asked, decision: decision
    """Signs what was decided; raises a sentence where it can't, and then nothing is decided."""

    def ask(self, asked: Asked, poll: Poll) -> Decision | None:
        self.pause()
        try:
            decision = self._asked(asked, poll)
        except Over as over:
            decision = over.decision
        self.resume()
        return decision

    def _asked(self, asked: Asked, poll: Poll) -> Decision | None:
        detail = asked.detail
        verbs = list(detail["verbs"])
        words = [*verbs, "look", "later"]
        self._show(detail)
        while True:
            said = self._line(f"{' / '.join(words)} > ", poll)
            word, _, rest = said.partition(" ")
            word = word.lower()
            if word in ("later", "l"):
                return None
            if word == "look":
                self._look(detail, rest.strip())
            elif word in verbs and not rest:
                decision = self._signed(asked, self._filled(word, detail, poll))
                if decision:
                    return decision
            elif word:
                render.say(f"one of: {', '.join(words)}")

    def _signed(self, asked: Asked, decision: Decision | None) -> Decision | None:
        """The decision, signed; None, with the reason said, where that failed."""
        if decision is None:
            return None
        try:
            return self.sign(asked, decision)
        except HarnessError as error:
            render.say(str(error))
            return None

    def _show(self, detail: Mapping[str, Any]) -> None:
        render.block(f"The CEO decides: {detail['what']}", [*about(detail, self.reports()), *self.beside()])

    def _look(self, detail: Mapping[str, Any], name: str) -> None:
        """The list, or one of it, and then the decision's lines again."""
        sights = self.sights()
        found = find(sights, name) if name else None
        if found:
            render.page(f"=== {found.name}\n{shown(found)}")
            self._show(detail)
            return
        if name:
            render.say(f"there is no {name} to look at")
        render.block("look N or look NAME shows one of:", listed(sights) or ["nothing is on the branch yet"])

    def _filled(self, verb: str, detail: Mapping[str, Any], poll: Poll) -> Decision | None:
        """Ask for what the verb needs; None when what is given can't be used."""
        to, comment, cap, consent = "", "", 0.0, False
        if verb == "return":
            to = self._line(f"back to ({', '.join(detail['returns'])}) > ", poll)
            if to not in detail["returns"]:
                render.say(f"{to or 'nothing'} is no step that it can go back to: {', '.join(detail['returns'])}")
                return None
        if verb in ("return", "answer"):
            comment = self._line("what should change > " if verb == "return" else "your answer > ", poll)
            if not comment:
                render.say("a return needs a comment" if verb == "return" else "an answer needs a text")
                return None
            secret = told(comment, in_use(os.environ))
            if secret:
                render.say(f"this holds what looks like a secret ({secret}), and goes on the record; say it without")
                return None
        if verb == "approve" and detail.get("least"):
            cap = _dollars(self._line(f"new cap in dollars, at least {detail['least']:.2f} > ", poll))
            if cap < float(detail["least"]):
                render.say(f"the cap has to be a number, at least {detail['least']}")
                return None
        if verb == "approve" and str(detail["what"]).startswith(("merge ", "release ")):
            consent = self._consent(poll)
        return Decision(
            subject=str(detail["subject"]),
            verb=verb,  # type: ignore[arg-type]
            to=to,
            comment=comment,
            cap=cap,
            update_checkout=consent,
            by=getpass.getuser(),
        )

    def _consent(self, poll: Poll) -> bool:
        """Whether a working tree may be moved; asked where there is one that would be."""
        place = self.held()
        if not place:
            return False
        render.say(f"the branch is checked out in {place}")
        said = self._line("move it together with its files? (yes / no) > ", poll)
        return said.lower() in ("y", "yes")

    def _line(self, prompt: str, poll: Poll) -> str:
        """A line that was typed after `prompt` was shown; Over when there will be none."""

        def idle() -> None:
            found = poll()
            if found:
                render.say("\ndecided elsewhere")
                raise Over(found)

        self.keys.drop()
        render.prompt(prompt)
        try:
            typed = self.keys.line(idle)
        except KeyboardInterrupt:
            render.say("")
            raise
        if typed is None:
            render.say("")
            raise Over(None)
        return typed.strip()


def _dollars(text: str) -> float:
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else 0.0
