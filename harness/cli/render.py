"""The only file that prints. Everything that came from an agent or a repository is shown as inert text."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness.domain.display import escaped, flat, indented, visible
from harness.workspace.locate import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.live import Live

    from harness.domain.change import Change
    from harness.flow.fold import State
    from harness.site import Site

NARROW = 20
"""Columns below which breaking a line makes it no easier to read."""
BAR = "│ "
"""What stands before a line that is only looked at."""
COMMAND = "harness "
"""What begins like this is there to be copied whole."""


def console() -> Console:
    """The terminal; rich honours NO_COLOR by itself."""
    return Console(highlight=False, markup=False, soft_wrap=True)


def say(text: str, hang: int = 0) -> None:
    """One paragraph; where a terminal's width breaks it, it goes on `hang` columns from the left."""
    screen = console()
    screen.print(Text(_wrapped(screen, text, hang)))


def row(head: str, told: list[str], style: str = "") -> None:
    """A line of a table: `head`, and as much of `told` as a terminal has room for beside it; all where there is none.

    The first always stands there, in a column of its own where it has to be broken.
    """
    screen = console()
    parts = [flat(part) for part in told] or [""]
    while screen.is_terminal and len(parts) > 1 and cell_len(f"{head}{', '.join(parts)}") > screen.width:
        parts.pop()
    screen.print(Text(_wrapped(screen, f"{flat(head)}{', '.join(parts)}".rstrip(), len(head)), style=style))


def _wrapped(screen: Console, text: str, hang: int = 0) -> str:
    """`text`, visible, broken between words at a terminal's width; its first `hang` columns stand free."""
    return "\n".join(part for line in visible(text).split("\n") for part in _folded(screen, line, hang, hang))


def _folded(screen: Console, line: str, lead: int, hang: int) -> list[str]:
    """One line as those that fit: `lead` characters stay in front of the first, `hang` spaces before the others.

    Where there is no terminal it stays whole, since other programs read lines; so does a command that is to be copied.
    """
    room = screen.width - hang
    if not screen.is_terminal or room < NARROW or cell_len(line) <= screen.width or line.lstrip().startswith(COMMAND):
        return [line]
    text = line[lead:]
    first = next((part.plain for part in Text(text).wrap(screen, screen.width - lead)), "")
    rest = [part.plain.rstrip() for part in Text(text[len(first) :].lstrip()).wrap(screen, room)]
    return [line[:lead] + first.rstrip(), *(" " * hang + part for part in rest if part)]


def out(value: Any) -> None:
    """JSON on standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    click.echo(escaped(text))


def raw(lines: Iterable[str]) -> None:
    """Lines for another program, unchanged; they have to be safe to show, as JSON in ASCII is."""
    for line in lines:
        click.echo(line)


def block(title: str, lines: list[str]) -> None:
    """A heading and indented lines; what goes on after a line break stands deeper, so that no text can add a line."""
    screen = console()
    screen.print(Text(_wrapped(screen, flat(title)), style="bold"))
    for text in lines:
        for line in ("  " + indented(text.rstrip(), 6)).split("\n"):
            indent = len(line) - len(line.lstrip(" "))
            screen.print(Text("\n".join(_folded(screen, line, indent, indent + 4))))


def page(text: str) -> None:
    """A long text, through a pager where there is a terminal and one is installed.

    A bar stands before each line: what is looked at can't pass for what the harness says after it.
    """
    text = BAR + visible(text).replace("\n", f"\n{BAR}")
    try:
        words = shlex.split(os.environ.get("PAGER", "less -R"))
    except ValueError:
        words = []  # a quote that is never closed
    if not drawable() or not words or shutil.which(words[0]) is None:
        say(text)
        return
    own = {**clean(), "LESSSECURE": "1", "LESS": os.environ.get("LESS", "FRX")}
    with tempfile.TemporaryFile() as file:
        file.write(text.encode() + b"\n")
        file.seek(0)
        with subprocess.Popen(words, stdin=file, env=own) as pager:
            while pager.poll() is None:
                # Ctrl-C reaches the pager, too, and means that one alone
                with contextlib.suppress(KeyboardInterrupt):
                    pager.wait()


def prompt(text: str) -> None:
    """A question on the same line as its answer."""
    click.echo(visible(text), nl=False)


class Board:
    """Lines at the foot of the terminal that are drawn again while time passes, and a log that scrolls above them."""

    def __init__(self, draw: Callable[[], list[tuple[str, str]]]) -> None:
        """`draw` returns (style, text) of each line."""
        self._draw = draw
        self._console = Console(highlight=False, markup=False)
        self._live: Live | None = None

    def start(self) -> None:
        from rich.live import Live

        # a new one each time: an old one would first go up and erase as many lines as it drew last
        self._live = Live(
            get_renderable=self._text,
            console=self._console,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
        )
        self._live.start(refresh=True)

    def stop(self) -> None:
        """Take the lines away, such as before a question."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def log(self, text: str, hang: int = 0) -> None:
        """A line that stays; where it is broken it goes on `hang` columns from the left."""
        self._console.print(Text(_wrapped(self._console, text, hang)), soft_wrap=True)

    def _text(self) -> Text:
        lines = [Text(flat(text), style=style) for style, text in self._draw()]
        for line in lines:
            line.truncate(self._console.width, overflow="ellipsis")
        return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)


def drawable() -> bool:
    """Whether standard output is a terminal that lines can be drawn on again."""
    screen = console()
    return screen.is_terminal and not screen.is_dumb_terminal


def ending(site: Site, change: Change, state: State) -> None:
    """What a run that is over leaves: the merge, the confirmations, the summary, and where the record lies."""
    from harness.cli.ending import ending as told

    for title, lines in told(site, change, state):
        block(title, lines)
