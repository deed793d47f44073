"""Production code has types: it compiles under the strictest settings, and nothing in it is `any` under any name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates import python, typescript
from harness.gates.fresh import fresh
from harness.gates.language import measured, shipped, spoken, unready
from harness.gates.result import blocked, finding, judged
from harness.gates.sources import JAVASCRIPT, TYPESCRIPT, production, test
from harness.ports import Bench, Sandbox, Subject

NAME = "types"
_ESLINT = {
    "@typescript-eslint/no-explicit-any": "types-any",
    "@typescript-eslint/no-unsafe-function-type": "types-any",
    "@typescript-eslint/ban-ts-comment": "types-suppressed",
    "harness/disguise": "types-disguise",
    "parse": "types-syntax",
}
_RUFF = {"ANN401": "types-any", "PGH003": "types-suppressed", "syntax": "types-syntax"}
_OFF = "a comment switches the compiler off for what follows it: mend what the compiler says"
"""Instead of the linter's own advice, which is another such comment."""
_BLANKET = re.compile(r"eslint-disable(?:-next-line|-line)?\s*(?:$|--|.*(?:any|unsafe|ban-ts|disguise))", re.S)


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return unready(config, sandbox, "mypy", "ruff")


def check(subject: Subject, bench: Bench) -> GateResult:
    """What is new against the base of all that compilers and linters find in production code."""
    config = subject.config
    files, why = measured(subject, bench, ready(config, bench.sandbox))
    if why:
        return blocked(NAME, subject, why)
    languages = spoken(subject.tree, config, bench)
    raw = b""
    figures: dict[str, float | int | str] = {"files": len(files)}
    if "typescript" in languages:
        compiled = typescript.compiled(subject.tree, subject.base, config, bench)
        raw += compiled.raw + typescript.lint(subject.tree, config, bench).raw
        figures["compiler"] = compiled.version
        if compiled.lacking:
            names = ", ".join(compiled.lacking[:5])
            return blocked(
                NAME, subject, f"the project's packages are not installed ({names}): have [commands] setup make "
                "node_modules, or name them in [project] environment", figures=figures, evidence=bench.keep(raw),
            )  # fmt: skip
    if "python" in languages:
        checked = python.check(subject.tree, config, bench)
        raw += checked.raw + python.look(subject.tree, config, bench).raw
        figures["packages without types"] = len(checked.unresolved)
    # one after the other: the base is compiled only where the compiler has found something
    parts = [fresh(subject, bench, measure) for measure in _measures(subject, bench, languages)]
    figures["older findings"] = sum(old for _, old in parts)
    new = [row for rows, _ in parts for row in rows]
    return judged(NAME, subject, new, figures=figures, evidence=bench.keep(raw))


def _measures(subject: Subject, bench: Bench, languages: tuple[str, ...]) -> Iterator[Callable[[str], list[Finding]]]:
    config = subject.config
    if "typescript" in languages:
        yield lambda tree: _typescript(tree, subject, bench)
        yield lambda tree: list(typescript.compiled(tree, subject.base, config, bench).findings)
    if "python" in languages:
        yield lambda tree: _python(tree, subject, bench)
        yield lambda tree: list(python.check(tree, config, bench).findings)


def _typescript(tree: str, subject: Subject, bench: Bench) -> list[Finding]:
    config = subject.config
    linted = typescript.lint(tree, config, bench)

    def own(path: str) -> bool:
        return production(path, config) or (typescript.declaration(path) and not test(path, config))

    found = [
        finding(_ESLINT[rule], _OFF if rule == "@typescript-eslint/ban-ts-comment" else text, path, line)
        for path, line, rule, text in linted.rows
        if rule in _ESLINT
        if own(path)
    ]
    found += [
        finding("types-suppressed", f"`{fact['text']}` switches checks of types off", path, line)
        for path, line, fact in linted.facts
        if fact["kind"] == "silence" and fact["tool"].startswith("eslint-disable") and _BLANKET.match(fact["text"])
        if own(path)
    ]
    return found + _untyped(tree, subject, bench)


def _untyped(tree: str, subject: Subject, bench: Bench) -> list[Finding]:
    """JavaScript in a project that has none: nothing in it is checked. Declarations beside it only claim types."""
    before = shipped(subject.base, subject.config, bench)
    now = shipped(tree, subject.config, bench)
    plain = tuple(f".{name}" for name in JAVASCRIPT)
    typed = tuple(f".{name}" for name in TYPESCRIPT)
    if any(path.endswith(plain) for path in before) or not any(path.endswith(typed) for path in (*before, *now)):
        return []
    text = "production code in JavaScript has no types: write it in TypeScript"
    return [finding("types-javascript", text, path, 1) for path in now if path.endswith(plain)]


def _python(tree: str, subject: Subject, bench: Bench) -> list[Finding]:
    config = subject.config
    looked = python.look(tree, config, bench)
    found = [finding("types-syntax", why, path, 1) for path, why in looked.errors if production(path, config)]
    found += [
        finding(_RUFF[rule], text, path, line)
        for path, line, rule, text in looked.rows
        if rule in _RUFF and production(path, config)
    ]
    for path, line, fact in looked.facts:
        if not production(path, config):
            continue
        if fact["kind"] == "any":
            found.append(finding(fact["rule"], fact["text"], path, line))
        elif fact["kind"] == "silence" and fact["tool"] == "mypy":
            found.append(finding("types-suppressed", f"`{fact['text']}` changes what mypy checks", path, line))
    return found
