"""Errors are typed: nothing throws the language's own plain error, and what is thrown is of the named hierarchy."""

from __future__ import annotations

import re

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.domain.glob import matcher
from harness.gates import python, typescript
from harness.gates.descent import Facts, Family
from harness.gates.factory import made
from harness.gates.fresh import fresh
from harness.gates.language import linted, unready
from harness.gates.result import blocked, finding, judged
from harness.gates.sources import production
from harness.ports import Bench, Sandbox, Subject

NAME = "errors"
_RAW = {
    "typescript": frozenset(
        {
            "Error", "TypeError", "RangeError", "EvalError", "ReferenceError", "SyntaxError", "URIError",
            "AggregateError", "DOMException",
        }
    ),
    "python": frozenset({"Exception", "BaseException"}),
}  # fmt: skip
"""The language's own errors that say nothing of what went wrong."""
_PROTOCOL = frozenset(
    {
        "NotImplementedError", "StopIteration", "StopAsyncIteration", "GeneratorExit", "KeyboardInterrupt",
        "SystemExit", "AttributeError", "AssertionError", "ExceptionGroup", "BaseExceptionGroup",
    }
)  # fmt: skip
"""Exceptions of Python that the language itself asks for, in iterators, attributes and programs."""
_RUFF = {"BLE001": "errors-blind", "E722": "errors-bare"}
_NO_ERROR = "*"
_AN_ERROR = re.compile(r"(?:Error|Exception)$")


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready(config, sandbox, "ruff")


def check(subject: Subject, bench: Bench) -> GateResult:
    """What is new against the base of all that is thrown untyped, or caught blindly."""
    config = subject.config
    seen = linted(subject, bench, ready(config, bench.sandbox))
    if isinstance(seen, str):
        return blocked(NAME, subject, seen)
    new, old = fresh(subject, bench, lambda tree: _measure(tree, config, bench, seen.languages))
    files = sum(_concerned(path, config) for path in seen.files)
    figures: dict[str, float | int | str] = {"files": files, "older findings": old}
    return judged(NAME, subject, new, figures=figures, evidence=bench.keep(seen.raw))


def _concerned(path: str, config: Config) -> bool:
    """Whether errors have to be typed in a file."""
    if config.errors.paths:
        return matcher(config.errors.paths)(path)
    return production(path, config)


def _measure(tree: str, config: Config, bench: Bench, languages: tuple[str, ...]) -> list[Finding]:
    found: list[Finding] = []
    if "typescript" in languages:
        found += _thrown(made(typescript.lint(tree, config, bench).facts), config, "typescript")
    if "python" in languages:
        looked = python.look(tree, config, bench)
        found += _thrown(looked.facts, config, "python")
        found += [
            finding(_RUFF[rule], text, path, line)
            for path, line, rule, text in looked.rows
            if rule in _RUFF and _concerned(path, config)
        ]
        found += [
            finding("errors-blind", fact["text"], path, line)
            for path, line, fact in looked.facts
            if fact["kind"] == "blind" and _concerned(path, config)
        ]
    return found


def _thrown(facts: Facts, config: Config, language: str) -> list[Finding]:
    family, wanted = Family(facts), config.errors.hierarchy
    found = []
    for path, line, fact in facts:
        if fact["kind"] != "throw" or not _concerned(path, config):
            continue
        name = family.real(path, str(fact["name"]))
        if fact.get("passed") and not (_AN_ERROR.search(name) or family.ancestors([name]) & _RAW[language]):
            continue
        if name == _NO_ERROR:
            found.append(finding("errors-raw", f"a value that is no error is thrown: {fact['text']}", path, line))
        elif name in _RAW[language] and name not in family.above:
            text = f"{name} says nothing of what went wrong: throw a class of the project's own errors"
            found.append(finding("errors-raw", text, path, line))
        elif wanted and not family.ancestors([name]) & set(wanted) and not (language == "python" and name in _PROTOCOL):
            text = f"{name} does not descend from {' or '.join(wanted)}, the project's errors"
            found.append(finding("errors-hierarchy", text, path, line))
    return found
