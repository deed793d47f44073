"""Production code that lies where no coverage is measured: what production files import from elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from posixpath import dirname, join, normpath

from harness.gates.javascript import lex
from harness.gates.pyassert import chain
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
    anywhere = b"sys.path" in data
    for node in ast.walk(module):
        level = 0
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] + [f"{node.module or ''}.{alias.name}".strip(".") for alias in node.names]
            level = node.level
        elif isinstance(node, ast.Call) and (name := _loaded(node)):
            names = [name]
        else:
            continue
        for name in names:
            found = list(_module(path, name, level, paths))
            if not found and anywhere and not level and name:
                ends = f"/{name.replace('.', '/')}.py"
                found = [each for each in paths if each.endswith(ends)]
            yield from ((node.lineno, each) for each in found)


def _loaded(call: ast.Call) -> str:
    """The module that `import_module("…")`, `__import__("…")` or `run_module("…")` loads; '' for any other call."""
    named = (chain(call.func) or [""])[-1] in ("import_module", "__import__", "run_module")
    first = call.args[0] if named and call.args else None
    return str(first.value).lstrip(".") if isinstance(first, ast.Constant) else ""


def _module(path: str, name: str, level: int, paths: Set[str]) -> Iterator[str]:
    folder = dirname(path)
    if level:
        for _ in range(level - 1):
            folder = dirname(folder)
        roots: tuple[str, ...] = (f"{folder}/" if folder else "",)
    else:
        # a project of several packages begins its imports below the top
        above = folder.split("/")[:-1]
        roots = (*_ROOTS, *(f"{'/'.join(above[:count])}/" for count in range(1, len(above) + 1)))
    for root in dict.fromkeys(roots):
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
