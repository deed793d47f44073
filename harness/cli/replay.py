"""harness replay"""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import render
from harness.cli.options import JSON
from harness.replay import replay


@click.command("replay")
@click.argument("transcript", type=click.Path(path_type=Path))
@JSON
def replay_command(transcript: Path, as_json: bool) -> int:
    """Drive the run in TRANSCRIPT again, offline, and compare every fact. Exit code 5 where they differ.

    Of each decision it says who signed it, as far as your own allowed signers tell. Exit code 6 where a signature is
    not one over its decision. TRANSCRIPT may be a bundle: then each piece of evidence in it is checked first. Exit
    code 6 where one is not whole.
    """
    done = replay(transcript)
    if as_json:
        render.out(
            {
                "run": done.run,
                "entries": done.entries,
                "seconds": round(done.seconds, 3),
                "outcome": done.outcome,
                "decisions": [each.facts for each in done.decisions],
            }
        )
    else:
        render.say(f"{done.run}: {done.entries} entries replayed in {done.seconds:.2f} s, the same as recorded")
        for each in done.decisions:
            render.say(str(each))
        render.say(f"outcome: {done.outcome}")
    return 0
