"""harness run"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from harness.cli import render
from harness.cli.options import CHANGE, here
from harness.consent import Consent
from harness.errors import Parked


@click.command("run")
@CHANGE
@click.option("--kind", type=click.Choice(["feature", "fix", "docs"]), help="Kind of a change that has no branch yet.")
@click.option(
    "--from-transcript", type=click.Path(path_type=Path), help="Rehearse: the model's answers come from FILE."
)
@click.option("--fork-from", metavar="KEY", help="A new run whose model answers are copied up to KEY, then live.")
@click.option("--update-checkout", is_flag=True, help="Move a checked-out develop together with its files.")
@click.option(
    "--disposable", is_flag=True, help="This machine may be lost: run commands unconfined where there is no sandbox."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
def run_command(
    change: str,
    kind: str | None,
    from_transcript: Path | None,
    fork_from: str | None,
    update_checkout: bool,
    disposable: bool,
    as_json: bool,
) -> int:
    """Take CHANGE through the pipeline, from where it is, until it is merged or waits for you.

    Exit code: 0 merged or over, 1 gave up, 2 a mistake, 3 waits for the CEO, 4 refused, 5 diverged, 6 a damaged record.
    """
    from harness import app
    from harness.cli.closed import close
    from harness.cli.live import screen
    from harness.cli.minutes import ended
    from harness.journal.jsonl import load

    close()
    site, consent = here(), Consent(disposable)
    found = app.change_of(site, change, kind or "")
    rehearsal = load(from_transcript)[1] if from_transcript else ()
    try:
        with screen(site, found, quiet=as_json, interactive=sys.stdin.isatty() and not as_json) as shown:
            if fork_from:
                steps = app.fork(site, found, fork_from, shown, checkout=update_checkout, consent=consent)
            else:
                steps = app.run(site, found, shown, rehearsal=rehearsal, checkout=update_checkout, consent=consent)
    except Parked as parked:
        if as_json:
            waiting = site.state(found.run).waiting
            asked = waiting.detail if waiting else {}
            render.out({"change": found.run, "outcome": "", "waits": str(parked), "asked": asked})
        raise
    told = ended(site, checkout=update_checkout) if steps.state.finished == "abandoned" else []
    if as_json:
        render.out(
            {"change": change, "outcome": steps.state.finished, "merged": steps.state.artifacts.get("merged", "")}
        )
    else:
        render.ending(site, found, steps.state)
        for line in told:
            render.say(line)
    return 0
