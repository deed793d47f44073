"""What mypy, ruff and the harness's own scan say of a tree, under the harness's own settings."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import Config
from harness.domain.gate import Finding
from harness.errors import Mistake
from harness.gates import scan
from harness.gates.inspector import Inspected, each, inspect, load, regular
from harness.gates.result import finding
from harness.gates.sources import production, test
from harness.ports import Bench

SELECT = "ANN401,PGH003,D101,D102,D103,D419,TRY002,BLE001,E722"
_LOOK = (
    "{tools}/python -I -S {given}/scan.py {given}/files {out}/scan.json || exit 1\n"
    "xargs -0 -n 2000 sh -c '{tools}/ruff check --isolated --no-cache --ignore-noqa --preview --target-version py314 "
    f'--select {SELECT} --exit-zero --output-format json -o {{out}}/ruff-$$.json "$@"\' sh <{{given}}/files'
)
_STRICT = (
    'p=$(command -v python3 || command -v python) && set -- --python-executable "$p" || set -- --no-site-packages\n'
    "MYPYPATH=$(cat {given}/roots) {tools}/mypy --config-file {given}/mypy.ini --strict --no-incremental "
    "--cache-dir=/dev/null --output json --no-error-summary --explicit-package-bases --namespace-packages "
    '--hide-error-context "$@" @{given}/files >{out}/mypy.json 2>{out}/mypy.err; echo $? >{out}/ended'
)
_SETTINGS = "[mypy]\nwarn_unused_ignores = False\nshow_error_codes = True\n"
_NAME = "its name is no UTF-8, so mypy can't check it: rename it"
_SYNTAX = "syntax"
_NEWER = "Python 3.12 or newer" if sys.version_info < (3, 12) else "a newer Python"
_NAMED = re.compile(r'module (?:named )?"(?P<name>[^"]+)"')
_ABSENT = {"import-not-found", "import-untyped", "import"}
_CALLED = "no-untyped-call"
"""A call of what has no types: the function is a finding itself, older than the call or as new, or it is of others."""
_FROM_ANY = {"no-any-return", "untyped-decorator", "no-any-unimported", "unused-ignore"}
"""What follows from a package whose types are not to be had."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One tree as ruff and the scan saw it."""

    rows: tuple[tuple[str, int, str, str], ...]
    """(path, line, rule, message) of ruff"""
    facts: tuple[tuple[str, int, dict[str, Any]], ...]
    """(path, line, what the scan says)"""
    errors: tuple[tuple[str, str], ...] = ()
    """(path, why it can't be read)"""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Checked:
    """One tree as mypy saw it."""

    findings: tuple[Finding, ...] = ()
    files: int = 0
    unresolved: tuple[str, ...] = ()
    """Packages of others that it found no types of."""
    raw: bytes = b""


def code(tree: str, config: Config, bench: Bench) -> list[str]:
    """The Python files of a tree that are the project's own: production code and tests."""
    return [
        path
        for path in regular(tree, config, bench)
        if path.endswith(".py") and (production(path, config) or test(path, config))
    ]


def look(tree: str, config: Config, bench: Bench) -> Looked:
    """Ruff's findings and the scan's facts; Mistake where there is none to be had."""
    return bench.once(("ruff", tree, config.digest), lambda: _look(tree, config, bench))


def check(tree: str, config: Config, bench: Bench) -> Checked:
    """Mypy's findings in production code."""
    return bench.once(("mypy", tree, config.digest), lambda: _check(tree, config, bench))


def _look(tree: str, config: Config, bench: Bench) -> Looked:
    files = code(tree, config, bench)
    if not files:
        return Looked((), ())
    done = inspect("ruff", _LOOK, tree, bench, give={"files": each(files)}, programs=(Path(scan.__file__),))
    read: dict[str, Any] = load("the scan", done, "scan.json")
    scanned = {name.removeprefix("./"): found for name, found in read.items()}
    named = [name for name in done.files if name.startswith("ruff-")]
    if done.outcome.code or not named or set(scanned) != set(files):
        raise Mistake(f"ruff did not look at all files; it said: {done.outcome.output.strip()[-400:]}")
    rows = [
        (
            str(row["filename"]).removeprefix("/repo/").removeprefix("./"), int(row["location"]["row"]),
            _SYNTAX if row.get("code") in (None, "invalid-syntax") else str(row["code"]), str(row["message"]),
        )
        for name in named for row in load("ruff", done, name)
    ]  # fmt: skip
    facts = [(path, int(fact["line"]), fact) for path, found in scanned.items() for fact in found["facts"]]
    wrong = {path for path, _, rule, _ in rows if rule == _SYNTAX}
    newer = [path for path, found in scanned.items() if found["error"] and path not in wrong]
    if newer:
        version = ".".join(str(part) for part in sys.version_info[:2])
        raise Mistake(
            f"{newer[0]} can't be read by Python {version}, which the harness runs on: {scanned[newer[0]]['error']}; "
            f"run the harness under {_NEWER}"
        )
    errors = [(path, found["error"]) for path, found in scanned.items() if found["error"]]
    return Looked(tuple(rows), tuple(facts), tuple(errors), done.raw)


def _check(tree: str, config: Config, bench: Bench) -> Checked:
    shipped = [path for path in code(tree, config, bench) if production(path, config)]
    files = [path for path in shipped if _plain(path)]
    # mypy reads the list of files as UTF-8, and no import can name such a file
    found = [finding("types-name", _NAME, path) for path in shipped if not _plain(path)]
    if not files:
        return Checked(tuple(found))
    roots = _roots(files, look(tree, config, bench))
    unresolved: set[str] = set()
    raw = b""
    for group in _groups(files, roots):
        first = [roots[path] for path in group]
        order = dict.fromkeys([*first, *roots.values()] if len(set(first)) == 1 else sorted(set(roots.values())))
        places = ":".join(f"./{root}".rstrip("/") for root in order)
        give = {"files": each(group, "\n"), "mypy.ini": _SETTINGS, "roots": places}
        done = inspect("mypy", _STRICT, tree, bench, give=give)
        rows = _rows(done)
        own = {path.removesuffix(".py").removeprefix(roots[path]).strip("/").split("/")[0] for path in files}
        absent = [row for row in rows if row["code"] in _ABSENT]
        strangers = {name for row in absent if (name := _top(row)) not in own}
        unresolved |= strangers
        found += [_finding(row) for row in rows if _counts(row, strangers)]
        raw += done.raw
    return Checked(tuple(found), len(files), tuple(sorted(unresolved)), raw)


def _plain(path: str) -> bool:
    """Whether the name is UTF-8; git's others are given with surrogates."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _rows(done: Inspected) -> list[dict[str, Any]]:
    """What mypy wrote, a JSON object a line; Mistake where it ended for a reason of its own."""
    said = done.files.get("mypy.err", b"").decode("utf-8", "replace") + done.outcome.output
    code = done.files.get("ended", b"").strip()
    if code in (b"126", b"127"):
        raise Mistake("mypy is not installed: `pip install '.[gates]'` in the harness's checkout")
    rows = []
    for line in done.files.get("mypy.json", b"").splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            said += line.decode("utf-8", "replace")
            continue
        if row.get("severity") == "error":
            rows.append({**row, "code": row.get("code") or "misc"})
    if code not in (b"0", b"1", b"2") or (code != b"0" and not rows):
        raise Mistake(f"mypy ended with {code.decode() or 'nothing'}: {said.strip()[-400:]}")
    fatal = [row for row in rows if row["code"] == "misc" and "Source file found twice" in row["message"]]
    if fatal:
        raise Mistake(f"mypy can't place the modules: {fatal[0]['message']}")
    return rows


def _counts(row: dict[str, Any], strangers: set[str]) -> bool:
    """Whether the developer has to answer for it: packages of others without types are no fault of theirs."""
    if row["code"] in _ABSENT:
        return _top(row) not in strangers
    if row["code"] == _CALLED:
        return False
    followed = row["code"] in _FROM_ANY or (row["code"] == "misc" and "subclass" in row["message"].lower())
    return not (strangers and followed)


def _finding(row: dict[str, Any]) -> Finding:
    path = str(row["file"]).removeprefix("/repo/").removeprefix("./")
    hint = f" ({row['hint']})" if row.get("hint") else ""
    return finding("types-mypy", f"{row['message']}{hint} [{row['code']}]", path, int(row.get("line") or 0))


def _top(row: dict[str, Any]) -> str:
    match = _NAMED.search(row["message"])
    return match["name"].partition(".")[0] if match else ""


def _roots(files: list[str], looked: Looked) -> dict[str, str]:
    """path -> the folder that its imports begin in, '' for the top."""
    folders = {path.rpartition("/")[0] for path in files}
    packages = {path.rpartition("/")[0] for path in files if path.endswith("/__init__.py")}
    imports: dict[str, set[str]] = {}
    for path, _, fact in looked.facts:
        if fact["kind"] == "import":
            imports.setdefault(path.rpartition("/")[0], set()).add(fact["name"])
    beside: dict[str, set[str]] = {}
    for path in files:
        beside.setdefault(path.rpartition("/")[0], set()).add(path.rpartition("/")[2].removesuffix(".py"))
    found = {folder: _root(folder, packages, imports, beside) for folder in folders}
    return {path: found[path.rpartition("/")[0]] for path in files}


def _root(folder: str, packages: set[str], imports: dict[str, set[str]], beside: dict[str, set[str]]) -> str:
    """The folder that the imports of the modules in `folder` begin in."""
    parts = folder.split("/") if folder else []
    for name in ("src", "lib"):
        if name in parts:
            at = "/".join(parts[: parts.index(name) + 1])
            if at not in packages:
                return at
    top = folder
    while top in packages:
        top = top.rpartition("/")[0]
    if top != folder:
        return top
    # no package: a folder of scripts that import each other by name, or a part of a namespace
    return folder if imports.get(folder, set()) & beside.get(folder, set()) else ""


def _groups(files: list[str], roots: dict[str, str]) -> list[list[str]]:
    """All files at once; those of each root apart where two modules would have one name."""
    names = [
        path.removeprefix(roots[path]).strip("/").removesuffix("/__init__.py").removesuffix(".py") for path in files
    ]
    if len(set(names)) == len(names):
        return [files]
    return [[path for path in files if roots[path] == root] for root in sorted(set(roots.values()))]
