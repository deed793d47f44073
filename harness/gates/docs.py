"""Public classes, functions and methods say what they do, what they take and give, and what they raise."""

from __future__ import annotations

import builtins
import re
from typing import Any

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates import python, typescript
from harness.gates.descent import Facts, Family
from harness.gates.fresh import fresh
from harness.gates.language import linted, unready
from harness.gates.result import blocked, finding, judged
from harness.gates.sources import production
from harness.ports import Bench, Sandbox, Subject

NAME = "docs"
_JSDOC = {
    "jsdoc/require-jsdoc": "docs-missing",
    "jsdoc/require-description": "docs-empty",
    "harness/placeholder": "docs-empty",
    "jsdoc/require-param": "docs-param",
    "jsdoc/check-param-names": "docs-param",
    "jsdoc/require-param-description": "docs-param",
    "jsdoc/require-returns": "docs-returns",
    "jsdoc/require-returns-description": "docs-returns",
    "jsdoc/require-throws": "docs-throws",
}
_RUFF = {"D101": "docs-missing", "D102": "docs-missing", "D103": "docs-missing", "D419": "docs-empty"}
_NAME = re.compile(
    r"\b(?!(?:export|default|public|static|async|abstract|readonly|declare|function|class|interface|const|let|var|def)\b)"
    r"([A-Za-z_$][\w$]*)"
)
"""The first word of a declaration that is none of the language's own."""
_SPARED = re.compile(r'Missing JSDoc @param "_|Expected @param')
"""Of the findings on parameters: one that is not used, and another order of the same."""
_OWN = frozenset({"RangeError", "TypeError", "SyntaxError", "ReferenceError", "URIError", "EvalError"})
"""Errors of JavaScript that descend from Error alone."""
_VAGUE = frozenset({"object", "Exception", "BaseException"})
"""Ancestors that say nothing of what is raised."""
_PLAIN = frozenset(
    {
        "object", "ABC", "Protocol", "Generic", "BaseModel", "NamedTuple", "TypedDict", "Enum", "IntEnum", "StrEnum",
        "Exception", "ValueError", "RuntimeError", "KeyError", "LookupError", "TypeError", "BaseException", "str",
        "int", "dict", "list", "DeclarativeBase", "Base", "Model",
    }
)  # fmt: skip
"""Classes that hand down no methods that one overrides without saying."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready(config, sandbox, "ruff")


def check(subject: Subject, bench: Bench) -> GateResult:
    """What is new against the base of all that is not described."""
    config = subject.config
    seen = linted(subject, bench, ready(config, bench.sandbox))
    if isinstance(seen, str):
        return blocked(NAME, subject, seen)
    new, old = fresh(subject, bench, lambda tree: _named(_measure(tree, config, bench, seen.languages), tree, bench))
    figures: dict[str, float | int | str] = {"files": len(seen.files), "older findings": old}
    return judged(NAME, subject, new, figures=figures, evidence=bench.keep(seen.raw))


def _named(found: list[Finding], tree: str, bench: Bench) -> list[Finding]:
    """The findings with the name of what is not described: another thing without a description is another finding."""
    lines: dict[str, list[bytes]] = {}
    named = []
    for row in found:
        if row.rule == "docs-missing" and row.path not in lines:
            lines[row.path] = (bench.read(tree, row.path) or b"").splitlines()
        if row.rule == "docs-missing" and 0 < row.line <= len(lines[row.path]):
            match = _NAME.search(lines[row.path][row.line - 1].decode("utf-8", "replace"))
            row = finding(row.rule, f"{match[1]}: {row.text}", row.path, row.line) if match else row
        named.append(row)
    return named


def _measure(tree: str, config: Config, bench: Bench, languages: tuple[str, ...]) -> list[Finding]:
    found: list[Finding] = []
    if "typescript" in languages:
        linted = typescript.lint(tree, config, bench)
        found += [
            finding(_JSDOC[rule], text, path, line)
            for path, line, rule, text in linted.rows
            if rule in _JSDOC and production(path, config) and not _SPARED.search(text)
        ]
        found += [row for row in _untold(linted.facts) if production(row.path, config)]
    if "python" in languages:
        found += _python(tree, config, bench)
    return found


def _untold(facts: Facts) -> list[Finding]:
    """Errors that a function throws and none of its @throws names, by the class or by one that it descends from."""
    family = Family(facts)
    found = []
    for path, line, fact in facts:
        if fact["kind"] != "throws" or "Error" in fact["told"]:
            continue
        if not fact["told"]:
            text = f"no @throws names {fact['names'][0]}, which is thrown here"
            found.append(finding("docs-throws", text, path, line))
            continue
        told = {*fact["told"], *(family.real(path, name) for name in fact["told"])}
        for name in fact["names"]:
            real = family.real(path, name)
            # of a class of another package nobody here knows what it descends from
            if name not in told and (real in family.above or real in _OWN) and not family.ancestors([real]) & told:
                found.append(finding("docs-throws", f"no @throws names {name}, which is thrown here", path, line))
    return found


def _python(tree: str, config: Config, bench: Bench) -> list[Finding]:
    looked = python.look(tree, config, bench)
    family = Family(looked.facts)
    above = {(path, line): fact for path, line, fact in looked.facts if fact["kind"] == "method"}
    found = []
    for path, line, rule, text in looked.rows:
        method = above.get((path, line))
        inherited = rule == "D102" and method is not None and _inherited(method["name"], method["above"], family)
        if rule in _RUFF and production(path, config) and not inherited:
            found.append(finding(_RUFF[rule], text, path, line))
    return found + [
        finding(fact["rule"], fact["text"], path, line)
        for path, line, fact in looked.facts
        if fact["kind"] == "doc" and production(path, config) and not _told(path, fact, family)
    ]


def _told(path: str, fact: dict[str, Any], family: Family) -> bool:
    """Whether a docstring names a class that the one that is raised descends from."""
    if fact["rule"] != "docs-raises":
        return False
    real = family.real(path, fact["text"].rpartition(" ")[2])
    above = family.ancestors([real])
    above |= {each.__name__ for name in above for each in getattr(getattr(builtins, name, None), "__mro__", ())}
    return bool((above - {real} - _VAGUE) & {*fact["told"], *(family.real(path, name) for name in fact["told"])})


def _inherited(method: str, above: list[str], family: Family) -> bool:
    """Whether a class may have the method, and its description, from one that it descends from."""
    return any(
        method in family.methods.get(name, set()) if name in family.above else name not in _PLAIN
        for name in family.ancestors(above)
    )
