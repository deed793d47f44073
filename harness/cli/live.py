"""The screen of a run under way: a live view on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.app import Nobody, Screen
from harness.cli import plain, render
from harness.cli.ceo import Terminal
from harness.cli.look import look
from harness.cli.show import milestone
from harness.cli.view import View
from harness.domain.change import Change
from harness.domain.event import Entry
from harness.flow.spend import Spend
from harness.site import Site, prices
from harness.workspace.git import Git
from harness.world import Ceo


@contextmanager
def screen(site: Site, change: Change, *, quiet: bool, interactive: bool) -> Iterator[Screen]:
    """What `app.run` shows and asks; entries that are there already are taken in first."""
    view = View(change.name, Spend(prices().cost))
    for entry in site.journal(change.run).read():
        view.add(entry)
    board = render.Board(view.lines) if render.drawable() and not quiet else None

    def ceo(pause: Callable[[], None], resume: Callable[[], None]) -> Ceo:
        if not interactive:
            return Nobody()
        return Terminal(lambda: look(Git(site.common), change, view.state), pause, resume)

    if board is None:
        yield Screen(watch=_lines(view, quiet), progress=view.tell, ceo=ceo(_nothing, _nothing))
        return

    def watch(entry: Entry) -> None:
        view.add(entry)
        if milestone(entry):
            board.log(plain.line(entry))

    board.start()
    try:
        yield Screen(watch=watch, progress=view.tell, ceo=ceo(board.stop, board.start))
    finally:
        board.stop()


def _lines(view: View, quiet: bool) -> Callable[[Entry], None]:
    def watch(entry: Entry) -> None:
        view.add(entry)
        text = "" if quiet else plain.line(entry)
        if text:
            render.say(text)

    return watch


def _nothing() -> None:
    """Where nothing is drawn, nothing has to make room for a question."""
