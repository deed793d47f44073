"""harness consult"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from harness.cli import plain, render
from harness.cli.create import create
from harness.cli.keyboard import Keyboard
from harness.cli.options import Name, here
from harness.cli.words import words
from harness.domain.decision import Decision
from harness.domain.event import Answered, Asked, Entry, Tried
from harness.domain.vocabulary import marked
from harness.errors import Mistake, Parked
from harness.site import Site
from harness.world import Ceo

ENDS = ("", "end", "bye", "quit", "exit")
HELP = "(an empty line ends the meeting, `later` leaves it open)"


@dataclass(frozen=True, slots=True)
class Table:
    """Where the CEO and the consultant talk. Every other question, such as one about cost, is asked as usual."""

    keys: Keyboard | None
    usual: Ceo
    run: str
    owner: str
    """Who decides here, by their git identity."""
    held: Callable[[], str]
    """Where the branch that the minutes go to is checked out; '' where it is not."""

    def ask(self, asked: Asked, poll: Callable[[], Decision | None]) -> Decision | None:
        if not asked.key.startswith("meeting/"):
            return self._agreed(self.usual.ask(asked, poll), minutes=asked.key.startswith("minutes/"))
        subject = str(asked.detail["subject"])
        render.block("the consultant:", marked(str(asked.detail["about"]["said"])).splitlines() or ["(nothing)"])
        if self.keys is None:
            render.say(f"to answer: harness answer {self.run} --digest {subject} TEXT")
            render.say(f"to end the meeting: harness approve {self.run} --digest {subject}")
            return None
        typed = self._typed(poll)
        if typed is None or isinstance(typed, Decision):
            return typed
        said = typed.strip()
        if said.lower() == "later":
            return None
        verb: Any = "approve" if said.lower() in ENDS else "answer"
        comment = said if verb == "answer" else ""
        return Decision(subject=subject, verb=verb, comment=comment, by=self.owner)

    def _typed(self, poll: Callable[[], Decision | None]) -> str | Decision | None:
        """A line, a decision that came from elsewhere meanwhile, or None where the input is over."""
        found: list[Decision] = []

        class Elsewhere(Exception):
            """Somebody else was first."""

        def idle() -> None:
            other = poll()
            if other:
                found.append(other)
                raise Elsewhere

        assert self.keys is not None
        render.say(HELP)
        render.prompt("you > ")
        try:
            return self.keys.line(idle)
        except Elsewhere:
            render.say("\ndecided elsewhere")
            return found[0]

    def _agreed(self, decision: Decision | None, *, minutes: bool) -> Decision | None:
        """With the CEO's consent, asked for here, to move a checked-out branch for the minutes."""
        if decision is None or self.keys is None or not minutes:
            return decision
        decision = decision.model_copy(update={"by": self.owner})
        if decision.verb != "approve":
            return decision
        place = self.held()
        if not place or decision.update_checkout:
            return decision
        yes = click.confirm(f"the minutes go to the branch that is checked out in {place}; move it with its files?")
        return decision.model_copy(update={"update_checkout": yes})


@click.command("consult")
@click.argument("question", nargs=-1)
@click.option("--about", type=Name(), help="A change whose record the consultant is told.")
@click.option("--resume", "name", metavar="RUN", help="Go on with this meeting, such as consult-001.")
@click.option("--update-checkout", is_flag=True, help="Let a checked-out develop be moved together with its files.")
def consult_command(question: tuple[str, ...], about: str | None, name: str | None, update_checkout: bool) -> int:
    """Ask the consultant something, and talk about it; the meeting is minuted in TBC/minutes/.

    The consultant reads the repository, the record of a change and TBC/charter.md, and writes nothing. Without a
    QUESTION, the meeting that is open goes on.

    Exit code: 0 minuted or over, 3 waits for you.
    """
    from harness import consulting

    site = here()
    if question and name:
        raise Mistake("either ask a new question, or say --resume; not both")
    if not question:
        run = name or _open(site)
    else:
        run = consulting.convene(site, " ".join(question), about or "")
        render.say(f"{run} begins")
    if not consulting.chartered(site):
        _charter(site)
    keys = Keyboard(sys.stdin.fileno()) if sys.stdin.isatty() else None
    try:
        steps = consulting.hold(site, run, _screen(site, run, keys), checkout=update_checkout)
    except Parked as parked:
        raise Parked(f"{parked}; `harness consult --resume {run}` goes on") from parked
    commit, files = consulting.minutes(steps)
    render.say(f"{run}: {steps.state.finished or 'not over'}")
    for path in files:
        render.say(f"minutes: {path}, in commit {commit}")
    return 0


def _open(site: Site) -> str:
    """The one meeting that is open."""
    there = [run for run in site.consultations() if not site.finished(run)]
    if not there:
        raise Mistake("no meeting is open; say what you ask: harness consult QUESTION")
    if len(there) > 1:
        raise Mistake(f"{len(there)} meetings are open: say which with --resume: {', '.join(there)}")
    return there[0]


def _charter(site: Site) -> None:
    """The charter's template, where the working tree has none either; it counts once it is on the main line."""
    if create(site.top, "TBC/charter.md", words(site)("charter", project=site.top.name)):
        render.say(
            "wrote TBC/charter.md, which was missing; look at it and commit it: until then the one that ships counts"
        )


def _screen(site: Site, run: str, keys: Keyboard | None) -> Any:
    """What is shown, and who is asked."""
    from harness.adapters import develop_of
    from harness.app import Nobody, Screen
    from harness.cli.ceo import Terminal
    from harness.workspace.checkout import where
    from harness.workspace.git import Git

    git = Git(site.common)

    def held() -> str:
        return str(where(git, develop_of(git, site.top)) or "")

    usual: Ceo = Nobody()
    if keys:
        nothing: Callable[[], None] = lambda: None  # noqa: E731
        usual = Terminal(keys=keys, sights=list, reports=dict, held=str, pause=nothing, resume=nothing)

    def watch(entry: Entry) -> None:
        event = entry.event
        calls = isinstance(event, Answered) and event.kind == "model"
        text = plain.line(entry) if calls or isinstance(event, Tried) else ""
        if text and not text.endswith("  submit"):
            render.say(text, plain.HANG)

    return Screen(watch=watch, say=render.say, ceo=Table(keys, usual, run, site.owner(), held))
