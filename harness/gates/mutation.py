"""The unit tests notice faults that are put into the changed lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates.junit import Unusable, cases_of
from harness.gates.mutants import Mutant, Spot, inside, mutant, spots
from harness.gates.pytests import Unreadable
from harness.gates.report import tail, unready, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.sources import production
from harness.gates.touched import origin, touched
from harness.ports import Bench, Limits, Sandbox, Subject

NAME = "mutation"
MOST = 40
"""Mutants of one change; of more, as many are taken at even distances."""
SECONDS = 900.0
"""After which no further mutant is begun."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready("unit", config.commands.unit, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Run the unit command once for each mutant; one that no test notices survives."""
    command, least = subject.config.commands.unit, subject.config.mutation.minimum
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command)
    outcome, reports = bench.measure(subject.tree, command)
    why = unrun(outcome, command)
    if not why and (outcome.code or not _passes(reports)):
        said = tail(outcome.output, 300)
        why = f"the tests do not pass without a mutant: the command ended with {outcome.code}: {said}"
    if why:
        return blocked(NAME, subject, why, command=command)
    every = list(_spots(subject, bench))
    chosen = [every[len(every) * n // MOST] for n in range(MOST)] if len(every) > MOST else every
    limits = Limits(wall=10 + 4 * outcome.seconds, cpu=int(10 + 8 * outcome.seconds))
    survivors, tried = _survivors(chosen, limits, subject, bench)
    killed = 100.0 * (tried - len(survivors)) / tried if tried else 100.0
    figures: dict[str, float | int | str] = {
        "mutants": len(every), "tried": tried, "killed": tried - len(survivors), "killed in per cent": round(killed, 2),
        "minimum": least,
    }  # fmt: skip
    if tried < len(chosen):
        text = f"only {tried} of {len(chosen)} mutants could be tried in {SECONDS:.0f} s: make the unit tests faster"
        return blocked(NAME, subject, text, command=command, figures=figures)
    evidence = bench.keep(json.dumps([[each.path, each.line, each.what] for each in survivors], indent=1).encode())
    found = [
        finding("mutation-survived", f"no test notices that {each.what}", each.path, each.line) for each in survivors
    ]
    return judged(NAME, subject, found if killed < least else [], command=command, figures=figures, evidence=evidence)


def _spots(subject: Subject, bench: Bench) -> Iterator[Spot]:
    """Where faults fit in all changed lines; of all lines where a tree is measured against itself."""
    changed = bench.changed(subject.base, subject.tree)
    for path in sorted(changed or bench.paths(subject.tree)):
        if not production(path, subject.config) or changed.get(path) == "D":
            continue
        data = bench.read(subject.tree, path) or b""
        try:
            lines = touched(origin(path, subject.base, subject.tree, bench) if changed else None, data) & inside(
                path, data
            )
            yield from spots(path, data, lines)
        except Unreadable:
            # the tests pass all the same, so that nothing of it is run
            continue


def _survivors(chosen: Sequence[Spot], limits: Limits, subject: Subject, bench: Bench) -> tuple[list[Mutant], int]:
    """(mutants with which the tests pass, how many were tried)."""
    out: list[Mutant] = []
    until = time.monotonic() + SECONDS
    for number, spot in enumerate(chosen):
        if time.monotonic() > until:
            return out, number
        command, each = subject.config.commands.unit, mutant(spot, bench.read(subject.tree, spot.path) or b"")
        outcome, reports = bench.measure(subject.tree, command, {each.path: each.content}, limits)
        if not outcome.limit and not outcome.code and _passes(reports):
            out.append(each)
    return out, len(chosen)


def _passes(reports: dict[str, bytes]) -> bool:
    """Whether a report is there, and nothing in it failed."""
    try:
        cases = cases_of(reports)[0]
    except Unusable:
        return False
    return bool(cases) and all(case.result in ("passed", "skipped") for case in cases)
