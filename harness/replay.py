"""Replays a transcript offline: no model, no sandbox, no git. The new journal must equal the old one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from harness import __version__, prompting, roles, shipped, trust
from harness.domain.change import Change
from harness.domain.event import Convened, Entry, Finished, RunStarted
from harness.engine.consult import consult
from harness.engine.drive import drive
from harness.engine.steps import Steps
from harness.errors import Broken, Diverged, Mistake, Parked
from harness.flow.courses import COURSES
from harness.flow.pipeline import seal
from harness.journal.bundle import read
from harness.journal.memory import MemoryInbox, MemoryJournal
from harness.tools.table import TOOLS
from harness.world import World


@dataclass(frozen=True, slots=True)
class Replayed:
    """How a replay ended."""

    run: str
    entries: int
    seconds: float
    outcome: str
    """merged, abandoned, or where the record ends."""
    decisions: tuple[trust.Proven, ...] = ()


class Closed:
    """A world that must not be asked: whoever does has left the record."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        def refuse(*given: Any, **more: Any) -> NoReturn:
            raise Diverged(f"the replay asked {self._what} for {name}, which the record does not hold")

        return refuse

    def __call__(self, *given: Any, **more: Any) -> NoReturn:
        raise Diverged(f"the replay asked {self._what}, which the record does not hold")


def replay(path: Path) -> Replayed:
    """Drive the transcript or bundle `path` again; Diverged, naming the first difference, when the code differs.

    Broken where the signature of a decision is not one over it.
    """
    started = time.perf_counter()
    head, entries = read(path)
    journal = again(entries)
    if [row[2] for row in journal.rows] != [e.event.model_dump_json() for e in entries[: len(journal.rows)]]:
        raise Diverged("the new journal is not the recorded one")
    decisions = trust.proofs(None, entries)
    wrong = next((each for each in decisions if each.proof.state == "bad"), None)
    if wrong:
        raise Broken(f"{path}: the decision in entry {wrong.seq} was changed or forged: {wrong.proof.why}")
    outcome = next((e.event.outcome for e in entries if isinstance(e.event, Finished)), "the record ends here")
    return Replayed(str(head.get("run", "")), len(entries), time.perf_counter() - started, outcome, tuple(decisions))


def again(entries: Sequence[Entry]) -> MemoryJournal:
    """The journal that driving `entries` again gives."""
    if not entries or not isinstance(entries[0].event, RunStarted | Convened):
        raise Broken("the transcript does not begin with a run")
    first = entries[0].event
    if isinstance(first, Convened):
        return _meeting(entries, first)
    if first.pipeline != seal(COURSES[first.purpose]):
        raise Diverged("the pipeline table is not the one that the record was made with")
    change = Change(name=first.change, kind=first.kind, fork=first.fork)
    journal, world = _closed(entries, change, first)
    return _through(journal, lambda: drive(world))


def _meeting(entries: Sequence[Entry], first: Convened) -> MemoryJournal:
    journal, world = _closed(entries, Change(name=first.run), None)
    look: Any = Closed("the repository")
    return _through(journal, lambda: consult(world, first, look))


def _through(journal: MemoryJournal, work: Callable[[], Steps]) -> MemoryJournal:
    """Drive until the record is over."""
    while True:
        before = len(journal.rows)
        try:
            work().complete()
            return journal
        except Parked:
            return journal
        except Mistake:
            # the recorded driver ended here, too, until somebody had put it right
            if len(journal.rows) == before:
                raise


def _closed(entries: Sequence[Entry], change: Change, first: RunStarted | None) -> tuple[MemoryJournal, World]:
    """A journal with the recorded times, and a world in which nothing but the record can be asked."""
    purpose = first.purpose if first else "change"
    times = iter([entry.at for entry in entries])
    journal = MemoryJournal(now=lambda: next(times, 0.0))
    closed: Any = Closed("the world")
    world = World(
        change=change,
        version=__version__,
        pipeline=COURSES[purpose],
        purpose=purpose,
        asked=first.asked if first else "",
        journal=journal,
        inbox=MemoryInbox(),
        repo=closed,
        model=closed,
        cost=lambda model, usage: 0.0,
        worst=lambda model, tokens, most: 0.0,
        tools=TOOLS,
        gates={},
        team=lambda overrides: (
            roles.load(shipped.folder("roles"), overrides, TOOLS),
            prompting.renderer(shipped.folder("prompts"), overrides),
        ),
        workspace=closed,
        bench=closed,
        specs=closed,
        lock=closed,
        surface=closed,
        operations=closed,
        ready=closed,
        post=closed,
        ceo=closed,
        watch=lambda entry: None,
        progress=lambda text: None,
        live=False,
        recorded=entries,
        parent=first.parent if first else "",
    )
    return journal, world
