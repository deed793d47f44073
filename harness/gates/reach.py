"""Every new public function of the production code is entered by the unit tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from harness.config import Config
from harness.domain.gate import GateResult
from harness.gates.covered import measured
from harness.gates.measured import File
from harness.gates.public import Public, aliased, public
from harness.gates.report import unready
from harness.gates.result import blocked, finding, judged
from harness.gates.sources import production
from harness.gates.testset import MODULE, testset
from harness.ports import Bench, Sandbox, Subject

NAME = "reach"
_WORD = re.compile(r"\w+")
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
    report = measured(NAME, subject, bench, figures)
    if isinstance(report, GateResult):
        return report
    covered, name, raw = report
    files = {file.name: file for file in covered.files}
    if all(file.hit is None for file in files.values()):
        return blocked(NAME, subject, f"{name} does not say which functions were entered: {HOW}", command=command)
    words = _words(subject, bench) if any(not each.told for _, each in new) else Counter[str]()
    missed = [
        (path, each)
        for path, each in new
        if not (_entered(each, files.get(path)) if each.told else _named(each, words))
    ]
    figures["reached"] = len(new) - len(missed)
    found = [
        finding("reach-untested", f"{each.name} is new and public, and no unit test enters it", path, each.line)
        for path, each in missed
    ]
    return judged(NAME, subject, found, command=command, figures=figures, evidence=bench.keep(raw))


def added(subject: Subject, bench: Bench) -> Iterator[tuple[str, Public]]:
    """(path, public function) of what the base does not have, neither there nor, word for word, elsewhere."""
    changed = bench.changed(subject.base, subject.tree)
    paths = [path for path in (changed or bench.paths(subject.tree)) if production(path, subject.config)]
    shown = frozenset(
        name
        for path in bench.paths(subject.tree)
        if path.endswith(MODULE) and production(path, subject.config)
        for name in aliased(path, bench.read(subject.tree, path) or b"")
    )
    old = {path: public(path, bench.read(subject.base, path) or b"", shown) if changed else [] for path in paths}
    moved = {(each.name, each.text) for functions in old.values() for each in functions}
    for path in sorted(paths):
        names = {each.name for each in old[path]}
        for each in public(path, bench.read(subject.tree, path) or b"", shown):
            if each.name not in names and (each.name, each.text) not in moved:
                yield path, each


def _words(subject: Subject, bench: Bench) -> Counter[str]:
    """How often each word stands in the Python of the tree, the tests included."""
    paths = [path for path in bench.paths(subject.tree) if path.endswith(MODULE) and production(path, subject.config)]
    texts = [*testset(bench, subject.tree, subject.config).files.values()]
    texts += [bench.read(subject.tree, path) or b"" for path in paths]
    return Counter(word for text in texts for word in _WORD.findall(text.decode("utf-8", "replace")))


def _named(each: Public, words: Counter[str]) -> bool:
    """Whether a function is at least named in another place than its definition."""
    return words[each.name.rpartition(".")[2]] > 1


def _entered(each: Public, file: File | None) -> bool:
    """Whether the report says that a function was entered; what it does not name was not."""
    if file is None:
        return False
    for (name, line), entered in file.entered.items():
        # istanbul names methods and arrow functions by their last name, or not at all
        if entered and (name == each.name or (line and each.line <= line <= each.last)):
            return True
    return False
