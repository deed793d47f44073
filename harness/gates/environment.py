"""Environment variables that code, scripts and containers newly read are documented by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from harness.config import Config, Environment
from harness.domain.gate import GateResult
from harness.domain.permission import matches
from harness.gates import shellenv
from harness.gates.jsenv import Script
from harness.gates.pyenv import Module
from harness.gates.result import finding, judged
from harness.gates.sources import production, test
from harness.gates.variable import MOST_BYTES, Facts, Reading, ordinary
from harness.ports import Bench, Sandbox, Subject

NAME = "environment"
_ALSO = (
    "**/README*", "**/.env*.example", "**/.env.template", "**/.env.dist", "**/env.example", "doc/**", "**/docs/**/*.md",
    "**/docs/**/*.rst", "**/docs/**/*.adoc",
)  # fmt: skip
"""Where a project documents variables, too, that has not named its own documents."""
_BESIDE = ("docs/**", "doc/**", "examples/**", "**/tests/**", "**/test/**", "**/fixtures/**", "**/node_modules/**")
_HIDDEN = re.compile(r"<!--.*?-->", re.S)
_WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Places = dict[tuple[str, ...], tuple[str, int]]
"""names, any of which is enough -> where they are read first"""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Always '': the gate reads files only."""
    return ""


def check(subject: Subject, bench: Bench) -> GateResult:
    """Compare what the code of both trees reads, and look for what is new in the documents."""
    before = {name for names in variables(subject, bench, subject.base) for name in names}
    after = variables(subject, bench, subject.tree)
    new = {names: place for names, place in after.items() if not before & set(names)}
    known = _documented(subject, bench) if new else set()
    documents = ", ".join(subject.config.environment.documents)
    found = [
        finding("environment-undocumented", f"reads {names[0]}, which none of {documents} names", path, line)
        for names, (path, line) in sorted(new.items(), key=lambda row: (row[1], row[0]))
        if not known & set(names)
    ]
    return judged(NAME, subject, found, figures={"variables": len(after), "new": len(new)})


def variables(subject: Subject, bench: Bench, tree: str) -> Places:
    """What the production code of a tree reads, and what its scripts, Dockerfiles and compose files ask for."""
    found: Places = {}
    modules: dict[str, Module | Script] = {}
    others: dict[str, tuple[str, str]] = {}
    facts = Facts()
    with bench.checkout(tree) as root:
        for path, text in _texts(subject.config, bench.paths(tree), root):
            if sort := shellenv.kind(path, text):
                others[path] = sort, text
            elif path.endswith(".py"):
                modules[path] = Module(text)
            elif production(path, subject.config):
                modules[path] = Script(text)
    given = {name for sort, text in others.values() for name in shellenv.given(sort, text)}
    for path, (sort, text) in others.items():
        for name, line in shellenv.asked(sort, text, given):
            found.setdefault((name,), (path, line))
    for _ in range(2):  # a class or function may stand in a file that is read later
        for module in modules.values():
            module.gather(facts)
    for path, module in modules.items():
        for reading in _mattering(module.readings(facts)):
            found.setdefault(reading.names, (path, reading.line))
    return found


def _mattering(readings: Iterator[Reading]) -> Iterator[Reading]:
    return (each for each in readings if not any(map(ordinary, each.names)))


def _texts(config: Config, paths: dict[str, tuple[str, str]], root: Path) -> Iterator[tuple[str, str]]:
    """(path, text) of the files that can read a variable."""
    for path, (mode, _) in sorted(paths.items()):
        if mode not in ("100644", "100755") or not (production(path, config) or _asks(path, config)):
            continue
        file = root / path
        if file.is_file() and file.stat().st_size <= MOST_BYTES:
            yield path, file.read_bytes().decode("utf-8-sig", errors="replace")


def _asks(path: str, config: Config) -> bool:
    """Whether a file may be a script or what starts containers; what tests and a CI run has its own surroundings."""
    hidden = any(part.startswith(".") for part in path.split("/"))
    return shellenv.asks(path) and not hidden and not test(path, config) and not matches(path, _BESIDE)


def _documented(subject: Subject, bench: Bench) -> set[str]:
    """Every word of the documents; of Markdown and HTML without what readers don't see."""
    words: set[str] = set()
    named = subject.config.environment.documents
    globs = (*named, *_ALSO) if named == Environment().documents else named
    for path, (mode, _) in bench.paths(subject.tree).items():
        if mode == "120000" or not matches(path, globs, fold=True):
            continue
        data = bench.read(subject.tree, path)
        if data is None or len(data) > MOST_BYTES:
            continue
        text = data.decode("utf-8", errors="replace")
        words |= set(_WORDS.findall(_HIDDEN.sub("", text) if path.endswith((".md", ".html", ".mdx")) else text))
    return words
