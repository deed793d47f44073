"""Environment variables that the code newly reads are documented by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from harness.config import Config
from harness.domain.gate import GateResult
from harness.domain.permission import matches
from harness.gates.jsenv import Script
from harness.gates.pyenv import Module
from harness.gates.result import finding, judged
from harness.gates.sources import production
from harness.gates.variable import MOST_BYTES, Facts, Reading, ordinary
from harness.ports import Bench, Sandbox, Subject

NAME = "environment"
COMPOSE = ("**/docker-compose*.yml", "**/docker-compose*.yaml", "**/compose*.yml", "**/compose*.yaml")
_ASKED = re.compile(r"(?<!\$)\$(?:\{(\w+)[^}]*\}|([A-Za-z_]\w*))")
_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
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
    """What the production code of a tree reads, and what its compose files ask for."""
    found: Places = {}
    modules: dict[str, Module | Script] = {}
    facts = Facts()
    with bench.checkout(tree) as root:
        for path, text in _texts(subject.config, bench.paths(tree), root):
            if matches(path, COMPOSE):
                for names, line in _asked(text):
                    found.setdefault(names, (path, line))
            elif path.endswith(".py"):
                modules[path] = Module(text)
            else:
                modules[path] = Script(text)
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
        if mode not in ("100644", "100755") or not (production(path, config) or matches(path, COMPOSE)):
            continue
        file = root / path
        if file.is_file() and file.stat().st_size <= MOST_BYTES:
            yield path, file.read_bytes().decode("utf-8-sig", errors="replace")


def _asked(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    for number, line in enumerate(text.splitlines(), 1):
        for match in _ASKED.finditer(_COMMENT.sub("", line)):
            name = match[1] or match[2]
            if not ordinary(name):
                yield (name,), number


def _documented(subject: Subject, bench: Bench) -> set[str]:
    """Every word of the documents; of Markdown and HTML without what readers don't see."""
    words: set[str] = set()
    for path, (mode, _) in bench.paths(subject.tree).items():
        if mode == "120000" or not matches(path, subject.config.environment.documents):
            continue
        data = bench.read(subject.tree, path)
        if data is None or len(data) > MOST_BYTES:
            continue
        text = data.decode("utf-8", errors="replace")
        words |= set(_WORDS.findall(_HIDDEN.sub("", text) if path.endswith((".md", ".html", ".mdx")) else text))
    return words
