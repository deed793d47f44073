"""harness tools"""

from __future__ import annotations

import click

from harness import nodetools
from harness.cli import render


@click.command("tools")
def tools_command() -> int:
    """Install the TypeScript compiler and linter that the gates run into your cache, by npm as it is configured.

    Only repositories in TypeScript need them. Exit code 2 where npm can't install them.
    """
    render.say(f"the gates' Node packages are in {nodetools.install()}")
    return 0
