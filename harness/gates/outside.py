"""Production code that lies where no coverage is measured: what production files import from elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from posixpath import dirname, join, normpath

from harness.gates.javascript import lex
from harness.gates.pytests import Unreadable, tree
from harness.gates.testset import MODULE, SCRIPT

_ROOTS = ("", "src/", "lib/")


def imported(path: str, data: bytes, paths: Set[str]) -> Iterator[tuple[int, str]]:
    """(line, path) of every file among `paths` that a source file imports."""
    if path.endswith(MODULE):
        yield from _python(path, data, paths)
    elif path.endswith(SCRIPT):
        yield from _script(path, data, paths)


def _python(path: str, data: bytes, paths: Set[str]) -> Iterator[tuple[int, str]]:
    try:
        module = tree(data)
    except Unreadable:
        return
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            level = 0
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] + [f"{node.module or ''}.{alias.name}".strip(".") for alias in node.names]
            level = node.level
        else:
            continue
        for name in names:
            yield from ((node.lineno, found) for found in _module(path, name, level, paths))


def _module(path: str, name: str, level: int, paths: Set[str]) -> Iterator[str]:
    roots: tuple[str, ...] = _ROOTS
    if level:
        folder = dirname(path)
        for _ in range(level - 1):
            folder = dirname(folder)
        roots = (f"{folder}/" if folder else "",)
    for root in roots:
        stem = root + name.replace(".", "/")
        for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
            if candidate in paths:
                yield candidate


def _script(path: str, data: bytes, paths: Set[str]) -> Iterator[tuple[int, str]]:
    code = lex(data.decode("utf-8", "replace"))
    for index, token in enumerate(code.tokens):
        plain = token.kind == "string" and token.text[1:-1].startswith(".")
        leads = code.text(index - 1) in ("from", "import") or (
            code.text(index - 1) == "(" and code.text(index - 2) in ("require", "import")
        )
        if not plain or not leads:
            continue
        stem = normpath(join(dirname(path), token.text[1:-1]))
        bare = stem.rsplit(".", 1)[0] if stem.endswith((".js", ".mjs", ".cjs", ".jsx")) else stem
        for candidate in (stem, *(bare + suffix for suffix in SCRIPT), *(f"{stem}/index{suffix}" for suffix in SCRIPT)):
            if candidate in paths and candidate.endswith(SCRIPT):
                yield token.line, candidate
                break
