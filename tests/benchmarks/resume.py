"""A run that was killed after 999 turns of a stage goes on. `python -m tests.benchmarks.resume`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests import target
from tests.benchmarks.figures import Figure, show
from tests.benchmarks.long import Script, repository
from tests.benchmarks.stage import PARKED
from tests.benchmarks.watched import Watched, harness
from tests.endpoint import Endpoint

TURNS = 1000
ROUNDS = 3
_DRIVE = """
import os, sys
from pathlib import Path
from harness import app
from harness.engine.drive import drive
from harness.journal.lease import lease
from harness.site import site
from tests import target
from tests.benchmarks.long import looks
from tests.messages_api import Cache

class Looks:
    def __init__(self, turns):
        self.turns, self.done = turns, 0
    def reply(self, request, *, fault, progress):
        if self.done == self.turns:
            os._exit(9)
        self.done += 1
        usage = {"input_tokens": 10, "output_tokens": 50, "cache_read_input_tokens": 600 * self.done}
        content = looks(self.done)
        return {"content": content, "stop_reason": "tool_use", "usage": usage, "model": request.model}

here = site(Path(".").absolute())
change = app.change_of(here, target.CHANGE)
with lease(here.locks, change.run):
    drive(app.build(here, change, Looks(int(sys.argv[1])), target.screen()))
"""
"""Drives with a model in the same process, and dies within the call after the last turn, as at a kill."""


def killed(folder: Path, turns: int) -> Path:
    """A repository with a run that died after `turns` turns of the design."""
    top = repository(folder / f"repository-{turns}", TURNS)
    done = Watched([sys.executable, "-c", _DRIVE, str(turns)], top).wait()
    if done.code != 9:
        raise RuntimeError(f"ended with {done.code}: {done.said[-2000:]}")
    return top


def resumed(turns: int) -> tuple[float, int, int]:
    """(CPU until the next request, requests, assistant turns that it sent) of the resume after `turns` turns."""
    started: list[Watched] = []
    script = Script(0, driver=lambda: started[0])
    with tempfile.TemporaryDirectory() as name, Endpoint(script) as endpoint:
        top = killed(Path(name), turns)
        env = {"ANTHROPIC_BASE_URL": endpoint.url, "ANTHROPIC_API_KEY": "any"}
        started.append(Watched(harness("run", target.CHANGE), top, env))
        done = started[0].wait()
        if done.code != PARKED or endpoint.refused:
            raise RuntimeError(f"ended with {done.code}: {done.said[-2000:]} {endpoint.refused[:1]}")
        sent = sum(message["role"] == "assistant" for message in endpoint.requests[0]["messages"])
        return script.cpu[0], len(endpoint.requests), sent


def figures() -> list[Figure]:
    """Resumes after 1 turn and after 999, the least of several; what is more is what the turns cost."""
    short, long = [], []
    for _ in range(ROUNDS):
        short.append(resumed(1))
        long.append(resumed(TURNS - 1))
    few, many = min(row[0] for row in short), min(row[0] for row in long)
    note = f"{many:.2f} s after {TURNS - 1} turns, {few:.2f} s after 1"
    repeated = long[-1][1] - 1 + (TURNS - 1 - long[-1][2])
    return [
        Figure(f"resume at turn {TURNS}: CPU beyond the start", many - few, "s", 0.5, note),
        Figure(f"resume at turn {TURNS}: model calls repeated", repeated, "", 0, f"{long[-1][2]} turns sent on"),
    ]


if __name__ == "__main__":
    show("resume", figures())
