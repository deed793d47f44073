"""The screen of a run under way: a live view on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness import trust
from harness.adapters import develop_of
from harness.app import Nobody, Screen
from harness.cli import plain, render, sprint
from harness.cli.about import claimed
from harness.cli.ceo import Terminal
from harness.cli.keyboard import Keyboard
from harness.cli.look import sights
from harness.cli.show import milestone
from harness.cli.view import View
from harness.domain.change import Change
from harness.domain.decision import Decision
from harness.domain.event import Asked, Drifted, Entry
from harness.flow.spend import Spend
from harness.site import Site, prices
from harness.standing import KEY
from harness.workspace.checkout import where
from harness.workspace.git import Git
from harness.world import Ceo


@contextmanager
def screen(site: Site, change: Change, *, quiet: bool, interactive: bool) -> Iterator[Screen]:
    """What `app.run` shows and asks; entries that are there already are taken in first."""
    view = View(change.name, Spend(prices().cost))
    for entry in site.journal(change.run).read():
        view.add(entry)
    board = render.Board(view.lines) if render.drawable() and not quiet else None
    keys = Keyboard(sys.stdin.fileno()) if interactive else None

    def show() -> None:
        if keys and board:
            keys.quiet()
        if board:
            board.start()

    def hide() -> None:
        if board:
            board.stop()
        if keys:
            keys.loud()

    ceo = _terminal(site, change, view, keys, hide, show) if keys else Nobody()
    if board is None:
        tell = (lambda text: None) if quiet else render.say
        yield Screen(watch=_lines(view, quiet), progress=view.tell, say=tell, ceo=ceo)
        return

    def watch(entry: Entry) -> None:
        view.add(entry)
        if milestone(entry):
            board.log(plain.line(entry), plain.HANG)

    try:
        show()
        yield Screen(watch=watch, progress=view.tell, say=board.log, ceo=ceo)
    finally:
        hide()


def _terminal(
    site: Site, change: Change, view: View, keys: Keyboard, pause: Callable[[], None], resume: Callable[[], None]
) -> Ceo:
    git = Git(site.common)

    def held() -> str:
        branch = view.state.artifacts.get("contents", {}).get("main_name") or develop_of(git, site.top)
        return str(where(git, str(branch)) or "")

    def sign(asked: Asked, decision: Decision) -> Decision:
        place = trust.signing(site.top)
        if not place or asked.key == KEY:
            return decision
        render.say(f"signing with {place}; ssh-keygen may ask for a passphrase or a touch")
        return trust.signed(site.top, site.entries(change.run), asked.key, decision)

    return Terminal(
        keys=keys,
        sights=lambda: sights(git, change, view.state),
        reports=lambda: dict(view.state.artifacts.get("reports") or {}),
        held=held,
        beside=lambda: [*claimed(view.state.artifacts), *sprint.lines(site)],
        pause=pause,
        resume=resume,
        sign=sign,
    )


def _lines(view: View, quiet: bool) -> Callable[[Entry], None]:
    def watch(entry: Entry) -> None:
        view.add(entry)
        text = "" if quiet or isinstance(entry.event, Drifted) else plain.line(entry)
        if text:
            render.say(text, plain.HANG)

    return watch
