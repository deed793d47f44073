"""Every new public function of the production code is entered by the unit tests."""

from __future__ import annotations

from collections.abc import Iterator

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates.covered import read
from harness.gates.measured import File, Missing
from harness.gates.public import Public, public
from harness.gates.report import tail, unready, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.sources import production
from harness.ports import Bench, Sandbox, Subject

NAME = "reach"
HOW = "name the functions in the report: coverage 7.6 or newer, or istanbul's reporter json beside json-summary"


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready("unit", config.commands.unit, sandbox)


def check(subject: Subject, bench: Bench) -> GateResult:
    """Look for the new functions in the coverage report of the unit tests; where there is none, nothing is run."""
    command = subject.config.commands.unit
    new = list(added(subject, bench))
    figures: dict[str, float | int | str] = {"new public functions": len(new)}
    if not new:
        return judged(NAME, subject, [], figures=figures)
    why = ready(subject.config, bench.sandbox)
    if why:
        return blocked(NAME, subject, why, command=command, figures=figures)
    outcome, reports = bench.measure(subject.tree, command)
    why = unrun(outcome, command)
    if why:
        return blocked(NAME, subject, why, command=command, figures=figures)
    try:
        covered, name = read(reports)
    except Missing as error:
        text = f"{error}; the command ended with {outcome.code}: {tail(outcome.output, 240)}"
        return blocked(NAME, subject, text, command=command, figures=figures)
    files = {file.name: file for file in covered.files}
    if all(file.hit is None for file in files.values()):
        return blocked(NAME, subject, f"{name} does not say which functions were entered: {HOW}", command=command)
    missed = [(path, each) for path, each in new if not _entered(each, files.get(path))]
    figures["reached"] = len(new) - len(missed)
    found = [
        finding("reach-untested", f"{each.name} is new and public, and no unit test enters it", path, each.line)
        for path, each in missed
    ]
    return judged(NAME, subject, found, command=command, figures=figures, evidence=bench.keep(reports[name]))


def added(subject: Subject, bench: Bench) -> Iterator[tuple[str, Public]]:
    """(path, public function) of what the base does not have, neither there nor, word for word, elsewhere."""
    changed = bench.changed(subject.base, subject.tree)
    paths = [path for path in (changed or bench.paths(subject.tree)) if production(path, subject.config)]
    old = {path: public(path, bench.read(subject.base, path) or b"") if changed else [] for path in paths}
    moved = {(each.name, each.text) for functions in old.values() for each in functions}
    for path in sorted(paths):
        names = {each.name for each in old[path]}
        for each in public(path, bench.read(subject.tree, path) or b""):
            if each.name not in names and (each.name, each.text) not in moved:
                yield path, each


def _entered(each: Public, file: File | None) -> bool:
    """Whether the report says that a function was entered; what it does not name was not."""
    if file is None:
        return False
    for (name, line), entered in file.entered.items():
        # istanbul names methods and arrow functions by their last name, or not at all
        if entered and (name == each.name or (line and each.line <= line <= each.last)):
            return True
    return False
