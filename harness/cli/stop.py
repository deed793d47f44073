"""harness stop"""

from __future__ import annotations

import click

from harness.cli import render
from harness.cli.options import Name, here, resume


@click.command("stop")
@click.argument("change", type=Name(), required=False)
def stop_command(change: str | None) -> int:
    """Ask the driver of CHANGE, or of every change, to end at the next safe point. Nothing is lost by it."""
    site = here()
    if change:
        site.entries(change)
    runs = [run for run in ([change] if change else site.store.runs()) if site.driven(run)]
    for run in runs:
        if not any(item.get("verb") == "stop" for _, item in site.inbox(run).items()):
            site.inbox(run).put({"verb": "stop"})
        render.say(f"{run} stops at the next safe point; `{resume(run)}` goes on")
    if not runs:
        render.say(f"nobody drives {change}; there is nothing to stop" if change else "nothing is being driven")
    return 0
