"""Files that the commands run by way of a task of npm's or make's, which no usual name gives away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from harness.config import Config
from harness.domain.glob import matcher
from harness.gates.protected import MOST_BYTES, commands, words
from harness.gates.sources import production, test
from harness.ports import Bench

_TASK = re.compile(r"\b(?:npm|pnpm|yarn|bun|npm-run-all|run-s|run-p)\s+(?:run\s+|run-script\s+)?(?:-\S+\s+)*([\w:.-]+)")
_MADE = re.compile(r"\bmake\s+(?:-\S+\s+)*([\w.-]+)")
_RULE = re.compile(r"^([\w.-]+)\s*::?\s*([^=\n]*)\n((?:(?:\t[^\n]*|[ \t]*)(?:\n|\Z))*)", re.M)
_RUN = re.compile(
    r"(?:^|[\s;&|(@])(?:node|sh|bash|python[\d.]*|tsx|ts-node|bun|deno\s+run)\s+(?:-\S+\s+)*(?:\./)?([\w./-]+)", re.M
)
_SAID = ("docs/**", "openspec/**", "**/*.md", "**/*.rst")
"""What tasks check and do not run."""
_DEEP = 5


def steering(tree: str, config: Config, bench: Bench) -> frozenset[str]:
    """The paths in a commit's tasks that the commands call, but for the code and the tests that they measure."""
    tasks: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(bench.paths(tree)):
        folder, _, name = path.rpartition("/")
        if name in ("package.json", "Makefile", "makefile", "GNUmakefile") and "node_modules" not in folder:
            data = (bench.read(tree, path) or b"")[:MOST_BYTES].decode("utf-8", "replace")
            for task, line in _scripts(data) if name == "package.json" else _rules(data):
                tasks.setdefault(task, []).append((folder, line))
    found = {row for command in commands(config) for row in _named(command, tasks, _DEEP)}
    said = matcher((*_SAID, *filter(None, (config.spec.path, config.changelog.path))))
    return frozenset(
        path
        for path, run in found
        if (run or not production(path, config)) and not test(path, config) and not said(path)
    )


def _scripts(text: str) -> Iterator[tuple[str, str]]:
    try:
        scripts = json.loads(text).get("scripts")
    except (ValueError, RecursionError, AttributeError):
        return
    for name, line in scripts.items() if isinstance(scripts, Mapping) else ():
        # what stands before and after a task is run with it
        plain = re.sub(r"^(?:pre|post)(?=.)", "", name)
        yield from ((each, str(line)) for each in {name, plain})


def _rules(text: str) -> Iterator[tuple[str, str]]:
    for target, needs, recipe in _RULE.findall(text):
        yield target, recipe + "".join(f"\nmake {each}" for each in needs.split())


def _named(line: str, tasks: Mapping[str, list[tuple[str, str]]], deep: int) -> Iterator[tuple[str, bool]]:
    """(a word, whether it is run) of the tasks that a line calls, each below the folder of its task."""
    for task in {*_TASK.findall(line), *_MADE.findall(line)} if deep else ():
        for folder, inner in tasks.get(task, ()):
            run = set(_RUN.findall(inner))
            yield from ((f"{folder}/{word}" if folder else word, word in run) for word in words(inner))
            yield from _named(inner, tasks, deep - 1)
