"""Runs the unit command with planted failing tests, and tells whether it reported them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.config import Config
from harness.gates.canary import Canary, canaries, reported
from harness.gates.junit import Case, Unusable, cases_of
from harness.gates.report import unrun
from harness.gates.testset import located, testset
from harness.ports import Bench

REPORTED, SILENT, GREEN, NOWHERE = "reported", "silent", "green", "nowhere"


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of the canaries."""

    state: str
    """`reported` as failed, every one; `silent`: one was not in the report; `green`: one was reported as anything but
    failed; `nowhere`: there was no test beside which one could be planted."""
    beside: str = ""
    """The test file beside which the telling one lay."""
    planted: int = 0
    why: str = ""
    """Why the command could not be measured; the state then says nothing."""


def plant(tree: str, cases: Sequence[Case], config: Config, bench: Bench) -> Seen:
    """Plant failing tests in `tree`, whose own run reported `cases`, and run the unit command once (twice and more
    where it stops at the first failure)."""
    key = ("planted", tree, config.commands.unit, config.digest)
    return bench.once(key, lambda: _plant(tree, cases, config, bench))


def _plant(tree: str, cases: Sequence[Case], config: Config, bench: Bench) -> Seen:
    tests = testset(bench, tree, config)
    # where nothing passes, a failing test need not be reported as one: a whole file may be left out for good reasons
    birds = canaries(located([case for case in cases if case.result == "passed"], tests), tests)
    if not birds:
        return Seen(NOWHERE)
    left = birds
    while left:
        found, why = _run(tree, left, config, bench)
        if why:
            return Seen(SILENT, left[0].beside, len(birds), why)
        heard = {bird: reported(bird, found) for bird in left}
        for bird, own in heard.items():
            if any(case.result not in ("failed", "error") for case in own):
                return Seen(GREEN, bird.beside, len(birds))
        silent = [bird for bird in left if not heard[bird]]
        if len(silent) == len(left):
            return Seen(SILENT, left[0].beside, len(birds))
        # A runner that stops at the first failure leaves the others out: they are asked again without it.
        left = [bird for bird in silent if bird.alone]
    return Seen(REPORTED, birds[0].beside, len(birds))


def _run(tree: str, birds: Sequence[Canary], config: Config, bench: Bench) -> tuple[list[Case], str]:
    """(the cases that the command reports, why it could not be measured)."""
    command = config.commands.unit
    outcome, reports = bench.measure(tree, command, {bird.path: bird.content for bird in birds})
    why = unrun(outcome, command)
    if why:
        return [], why
    try:
        return cases_of(reports)[0], ""
    except Unusable:
        return [], ""
