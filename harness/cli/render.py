"""The only file that prints. Everything that came from an agent or a repository is shown as inert text."""

from __future__ import annotations

import json
import re
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


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
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(title: str, heads: list[str], rows: list[list[str]]) -> None:
    """A table with a title."""
    grid = Table(title=title, title_justify="left", header_style="bold")
    for head in heads:
        grid.add_column(head, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(inert(str(cell))) for cell in row))
    console().print(grid)


def block(title: str, lines: list[str]) -> None:
    """A heading and indented lines."""
    screen = console()
    screen.print(Text(inert(title), style="bold"))
    for line in lines:
        screen.print(Text("  " + inert(line)))


def prompt(text: str) -> None:
    """A question on the same line as its answer."""
    click.echo(inert(text), nl=False)
