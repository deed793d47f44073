"""harness demo"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harness.cli import render
from harness.domain.decision import Decision
from harness.domain.event import Answered, Asked, Entry
from harness.errors import Mistake, Parked


class Recording:
    """The recorded decisions; they count only in the repository that this very call made."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._answers = {
            e.event.key.rpartition("/")[0]: e.event.answer
            for e in entries
            if isinstance(e.event, Answered) and e.event.kind == "human"
        }

    def ask(self, asked: Asked, poll: Any) -> Decision | None:
        """The recorded decision, on what is shown now."""
        answer = self._answers.get(asked.key.rpartition("/")[0])
        if answer is None:
            return None
        render.say(f"no terminal: the recorded decision is used: {answer['verb']} — {asked.detail['what']}")
        return Decision.model_validate(
            {**answer, "subject": asked.detail["subject"], "by": "the recording", "signature": "", "time": 0}
        )


@click.command("demo")
@click.option("--into", type=click.Path(path_type=Path), help="A new folder for the sample repository.")
@click.option("--transcript", type=click.Path(path_type=Path), help="Another recording of the demo's change.")
@click.option("--lay-only", is_flag=True, help="Only make the sample repository, to drive it yourself.")
def demo_command(into: Path | None, transcript: Path | None, lay_only: bool) -> int:
    """Take a real change of the packaged sample service through all nine steps.

    The model's answers come from the recording that ships; everything else is live. At a terminal you decide; without
    one the recorded decisions are used.
    """
    from harness.demo import lay

    record = transcript or lay.TRANSCRIPT
    folder = (into or Path(tempfile.mkdtemp(prefix="harness-demo-"))).absolute()
    if lay_only:
        render.say(f"the sample repository lies in {lay.lay(folder)}; `harness run {lay.CHANGE}` there")
        return 0
    from harness.journal.jsonl import load

    entries = load(record)[1]
    fit, why = _sandbox()
    if not fit:
        return _replayed(record, why)
    lacking = lay.lacking()
    if lacking:
        raise Mistake(f"the sample needs {', '.join(lacking)}: which come with `pip install '.[demo]'`")
    return _rehearsed(lay.lay(folder), entries, record)


def _sandbox() -> tuple[bool, str]:
    """Whether the sample's commands and its service can run here; why not."""
    from harness.sandbox.probe import open_sandbox
    from harness.site import cache

    sandbox = open_sandbox(cache())
    return sandbox.network, sandbox.why


def _replayed(record: Path, why: str) -> int:
    from harness.replay import replay

    done = replay(record)
    render.say(f"no sandbox here that could run the sample's service: {why}")
    render.say(
        f"replayed the recorded run instead: {done.entries} entries in {done.seconds:.2f} s, outcome {done.outcome}; "
        "nothing was executed"
    )
    return 0


def _rehearsed(folder: Path, entries: Sequence[Entry], record: Path) -> int:
    from dataclasses import replace

    from harness import app
    from harness.cli.live import screen
    from harness.demo.lay import CHANGE
    from harness.domain.event import Drifted
    from harness.site import site

    place = site(folder)
    change = app.change_of(place, CHANGE)
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    render.say(f"sample repository: {folder}")
    with screen(place, change, quiet=False, interactive=interactive) as shown:
        own = shown if interactive else replace(shown, ceo=Recording(entries), recorded=True)
        try:
            steps = app.run(place, change, own, rehearsal=entries, checkout=not interactive)
        except Parked as parked:
            raise Parked(
                f"{parked}; the repository lies in {folder}: `harness status` there says where it is, and "
                f"`harness run {CHANGE} --from-transcript {record}` goes on with the rehearsal"
            ) from parked
    drifted = sum(isinstance(e.event, Drifted) for e in steps.entries)
    render.ending(place, change, steps.state)
    render.say(
        f"rehearsal: the model's answers were recorded; {drifted} tool results differ in their text, none in outcome"
    )
    render.say(f"the repository lies in {folder}")
    return 0
