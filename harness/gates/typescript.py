"""What the TypeScript compiler and ESLint say of a tree, under the harness's own settings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import nodetools
from harness.config import Config
from harness.domain.gate import Finding
from harness.errors import Mistake
from harness.gates.inspector import Inspected, each, inspect, load, regular
from harness.gates.result import finding
from harness.gates.sources import JAVASCRIPT, TYPESCRIPT, production, test
from harness.ports import Bench

PROGRAMS = tuple(
    nodetools.FOLDER / f"{name}.mjs"
    for name in ("compile", "disguises", "eslint.config", "facts", "factories", "opened", "throws")
)
_DECLARATION = (".d.ts", ".d.mts", ".d.cts")
_SAID = re.compile(r"(?P<path>[^\s(][^(\n]*)\((?P<line>\d+),\d+\): error (?P<code>TS\d+): (?P<text>.*)")
_WHOLE = re.compile(r"error (?P<code>TS\d+): (?P<text>.*)")
_MODULE = re.compile(r"(?:module|type definition file for|File) '(?P<name>[^']+)'")
_MISSING = {"TS2307", "TS7016", "TS2688", "TS6053", "TS2792", "TS2875"}
"""A module, or the types of one, was not found."""
_LOOSE = re.compile(r'"(?P<part>\w+)"\s*:\s*false')
_ESLINT = (
    "xargs -0 -n 300 sh -c 'exec node {node}/node_modules/eslint/bin/eslint.js --no-config-lookup --config "
    '{given}/eslint.config.mjs --no-inline-config --no-warn-ignored --format json -o {out}/eslint-$$.json "$@"\' sh '
    "<{given}/files; code=$?; test $code -eq 127 && exit 127; echo ended $code >{out}/ended"
)


@dataclass(frozen=True, slots=True)
class Linted:
    """One tree as ESLint saw it."""

    rows: tuple[tuple[str, int, str, str], ...]
    """(path, line, rule, message)"""
    facts: tuple[tuple[str, int, dict[str, Any]], ...]
    """(path, line, what harness/facts says)"""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One tree as the compiler saw it."""

    findings: tuple[Finding, ...] = ()
    version: str = ""
    files: int = 0
    raw: bytes = b""
    lacking: tuple[str, ...] = field(default=())
    """Packages that the project declares and that are not installed."""


def declaration(path: str) -> bool:
    """Whether a file only declares what others hold."""
    return path.endswith(_DECLARATION) and "node_modules" not in path.split("/")


def code(tree: str, config: Config, bench: Bench) -> list[str]:
    """The files of a tree that are TypeScript or JavaScript of the project's own: production code and tests."""
    suffixes = tuple(f".{name}" for name in (*TYPESCRIPT, *JAVASCRIPT))
    return [
        path
        for path in regular(tree, config, bench)
        if path.endswith(suffixes) and (production(path, config) or test(path, config) or declaration(path))
    ]


def lint(tree: str, config: Config, bench: Bench) -> Linted:
    """ESLint's findings and facts; Mistake where there is none to be had."""
    return bench.once(("eslint", tree, config.digest), lambda: _lint(tree, config, bench))


def compiled(tree: str, base: str, config: Config, bench: Bench) -> Compiled:
    """The compiler's findings; `base` is the tree whose own exceptions from strictness are kept."""
    return bench.once(("tsc", tree, base, config.digest), lambda: _compile(tree, base, config, bench))


def _lint(tree: str, config: Config, bench: Bench) -> Linted:
    files = code(tree, config, bench)
    if not files:
        return Linted((), ())
    done = inspect("ESLint", _ESLINT, tree, bench, give={"files": each(files)}, programs=PROGRAMS, node=True)
    named = [name for name in done.files if name.startswith("eslint-")]
    read = [row for name in named for row in load("ESLint", done, name)]
    if len(read) < len(files):
        said = done.outcome.output.strip()[-400:]
        raise Mistake(f"ESLint looked at {len(read)} of {len(files)} files; it said: {said}")
    rows, facts = [], []
    for file in read:
        path = str(file["filePath"]).removeprefix("/repo/")
        for row in file["messages"]:
            line, rule, text = int(row.get("line") or 0), str(row.get("ruleId") or "parse"), str(row["message"])
            if rule == "harness/facts":
                facts.append((path, line, json.loads(text)))
            else:
                rows.append((path, line, rule, text))
    return Linted(tuple(rows), tuple(facts), done.raw)


def _compile(tree: str, base: str, config: Config, bench: Bench) -> Compiled:
    paths = bench.paths(tree)
    files = [path for path in code(tree, config, bench) if production(path, config) and path.endswith(_suffixes())]
    if not files:
        return Compiled()
    task = {
        "files": files,
        "ambient": [path for path in paths if declaration(path)],
        "configs": [path for path in paths if _is_settings(path)],
        "packages": _packages(tree, bench),
        "loose": _loose(base, bench),
        "own": not any(path.startswith("node_modules/") for path in paths),
    }
    shell = 'sed "s#@OUT@#{out}#" {given}/task.json >{out}/task.json && exec node {given}/compile.mjs {out}/task.json'
    give = {"task.json": json.dumps({**task, "out": "@OUT@"})}
    done = inspect("tsc", shell, tree, bench, give=give, programs=PROGRAMS, node=True)
    ended = load("tsc", done, "ended.json")
    if sum(row["files"] for row in ended["ended"]) != len(files):
        raise Mistake(f"tsc was not given all of the {len(files)} files")
    declared = _declared(tree, bench)
    found: list[Finding] = []
    lacking: set[str] = set()
    for number, row in enumerate(ended["ended"]):
        some, without = _said(done, number, row, declared)
        found, lacking = found + some, lacking | without
    return Compiled(tuple(found), str(ended["version"]), len(files), done.raw, tuple(sorted(lacking)))


def _said(done: Inspected, number: int, row: dict[str, Any], declared: set[str]) -> tuple[list[Finding], set[str]]:
    """(findings of one run of the compiler, declared packages that it lacked)."""
    text = done.files.get(f"tsc-{number}.txt", b"").decode("utf-8", "replace")
    found: list[Finding] = []
    lacking: set[str] = set()
    for line in text.splitlines():
        match = _SAID.match(line) or _WHOLE.match(line)
        if match is None:
            continue
        whole = match.groupdict()
        module = _MODULE.search(match["text"])
        package = _package(module["name"]) if module and match["code"] in _MISSING else ""
        if package in declared and match["code"] != "TS7016":
            lacking.add(package)
            continue
        path = (whole.get("path") or "").removeprefix("/repo/")
        if not path or path.endswith(f".strict-{number}.json"):
            # with settings that it refuses, the compiler looks at no source
            raise Mistake(f"tsc can't use {row['config'] or 'its settings'}: {match['code']}: {match['text']}")
        if "node_modules/" not in path:
            found.append(finding("types-tsc", f"{match['code']}: {match['text']}", path, int(whole.get("line") or 0)))
    if row["code"] not in (0, 1, 2) or (row["code"] and not found and not lacking):
        raise Mistake(f"tsc ended with {row['code']} on {row['config'] or 'the sources'}: {text.strip()[-400:]}")
    return found, lacking


def _suffixes() -> tuple[str, ...]:
    return tuple(f".{name}" for name in TYPESCRIPT)


def _is_settings(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith("tsconfig") and name.endswith(".json") and "node_modules" not in path.split("/")


def _loose(base: str, bench: Bench) -> list[str]:
    """The parts of strictness that the base's settings leave out, of those that the workflow does not demand."""
    texts = [(bench.read(base, path) or b"").decode("utf-8", "replace") for path in bench.paths(base)
             if _is_settings(path)]  # fmt: skip
    return sorted({match["part"] for text in texts for match in _LOOSE.finditer(text)})


def _manifests(tree: str, bench: Bench) -> dict[str, dict[str, Any]]:
    """folder -> package.json, of every package of the repository."""
    found = {}
    for path in bench.paths(tree):
        if Path(path).name == "package.json" and "node_modules" not in path.split("/"):
            try:
                value = json.loads(bench.read(tree, path) or b"")
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                found[path.rpartition("/")[0]] = value
    return found


def _packages(tree: str, bench: Bench) -> list[dict[str, str]]:
    """The repository's own packages, by name; that of the root is no import of itself."""
    return [
        {"name": str(value["name"]), "folder": folder}
        for folder, value in _manifests(tree, bench).items()
        if folder and isinstance(value.get("name"), str)
    ]


def _declared(tree: str, bench: Bench) -> set[str]:
    """Packages that the manifests ask for."""
    kinds = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
    manifests = _manifests(tree, bench).values()
    tables = [value[kind] for value in manifests for kind in kinds if isinstance(value.get(kind), dict)]
    names = {name for table in tables for name in table}
    own = {value.get("name") for value in manifests}
    return {bare for name in names for bare in (name, name.removeprefix("@types/"))} - own


def _package(module: str) -> str:
    """The package that a module is imported from: `@scope/name` or `name`; '' for a path."""
    parts = module.split("/")
    if module.startswith((".", "/")):
        return ""
    return "/".join(parts[:2]) if module.startswith("@") else parts[0]
