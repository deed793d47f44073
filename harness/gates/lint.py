"""The project's own lint command passes on a clean checkout, and leaves the tree's files as they are."""

from __future__ import annotations

from dataclasses import replace

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates.altered import altered, present
from harness.gates.bench import reports
from harness.gates.report import Reported, ended, unready
from harness.gates.result import blocked, finding
from harness.ports import Bench, Sandbox, Subject

NAME = "lint"


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready(NAME, config.commands.lint, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Run `[commands] lint` on the tree that would be merged.

    A command that mends what it finds ends well, whatever was delivered: each file of the tree that it changed is a
    finding. What it leaves beside them, such as caches and reports, is none.
    """
    command = subject.config.commands.lint
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command)
    with bench.checkout(subject.tree) as work, bench.scratch() as out:
        files = present(work, bench.paths(subject.tree))
        asked = bench.command(command, work, out=out)
        inside = bench.sandbox.inside(asked)
        outcome = bench.sandbox.run(replace(asked, shell=command.replace("{out}", inside.out)))
        told = Reported(outcome, reports(out, inside))
        mended = altered(work, files)
    text = f"`{command}` changed this file, so it did not judge what is delivered: commit the file as it leaves it"
    return ended(NAME, command, subject, bench, told, [finding(NAME, text, path) for path in mended])
