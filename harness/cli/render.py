"""The only file that prints. Everything that came from an agent or a repository is shown as inert text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.live import Live

    from harness.domain.change import Change
    from harness.flow.fold import State
    from harness.site import Site

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal acts on, what turns the direction of writing, and what no terminal can be sent."""


def inert(text: str) -> str:
    """`text` without anything that a terminal would act on."""
    return _CONTROL.sub("�", text)


def console() -> Console:
    """The terminal; rich honours NO_COLOR by itself."""
    return Console(highlight=False, markup=False, soft_wrap=True)


def say(text: str) -> None:
    """One paragraph."""
    console().print(Text(inert(text)))


def out(value: Any) -> None:
    """JSON on standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    click.echo(_CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def raw(lines: Iterable[str]) -> None:
    """Lines for another program, unchanged; they have to be safe to show, as JSON in ASCII is."""
    for line in lines:
        click.echo(line)


def block(title: str, lines: list[str]) -> None:
    """A heading and indented lines; what goes on after a line break stands deeper, so that no text can add a line."""
    screen = console()
    screen.print(Text(inert(title), style="bold"))
    for line in lines:
        screen.print(Text("  " + inert(line).rstrip().replace("\n", "\n      ")))


def prompt(text: str) -> None:
    """A question on the same line as its answer."""
    click.echo(inert(text), nl=False)


class Board:
    """Lines at the foot of the terminal that are drawn again while time passes, and a log that scrolls above them."""

    def __init__(self, draw: Callable[[], list[tuple[str, str]]]) -> None:
        """`draw` returns (style, text) of each line."""
        from rich.live import Live

        self._draw = draw
        self._console = Console(highlight=False, markup=False)
        self._live: Live = Live(
            get_renderable=self._text,
            console=self._console,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
        )

    def start(self) -> None:
        self._live.start(refresh=True)

    def stop(self) -> None:
        """Take the lines away, such as before a question."""
        self._live.stop()

    def log(self, text: str) -> None:
        """A line that stays."""
        self._console.print(Text(inert(text)), soft_wrap=True)

    def _text(self) -> Text:
        lines = [Text(inert(text).replace("\n", " "), style=style) for style, text in self._draw()]
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
