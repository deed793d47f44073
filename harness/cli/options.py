"""What several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.domain.change import CONSULTATION, RUNS, named
from harness.site import Site, site

if TYPE_CHECKING:
    Text = click.ParamType[str]
else:
    Text = click.ParamType  # no generic before click 8.2


class Name(Text):
    """A change's name, with ~N for a fork of its run."""

    name = "change"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        plain, mark, fork = value.partition("~")
        known = plain if plain in RUNS else named(plain) if mark else ""
        return f"{known}~{int(fork)}" if mark and fork.isdigit() else named(value)


CHANGE = click.argument("change", type=Name())
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def resume(run: str) -> str:
    """The command that goes on with `run`."""
    return f"harness consult --resume {run}" if CONSULTATION.fullmatch(run) else f"harness run {run}"


def here() -> Site:
    """The repository that the command was called in."""
    return site(Path.cwd())
