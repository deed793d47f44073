"""What a file of one layer takes from another: its imports, and SQL in its strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from harness.domain.permission import matches
from harness.gates.javascript import lex, value

SQL = "SQL"
"""In a table of layers: statements of SQL in strings."""
_MOST_BYTES = 1 << 20
_COLUMN = r"(?:\*|[\w.\"`]+(?:\([^()]*\))?(?:\s+as\s+\w+)?)"
_STATEMENT = re.compile(
    r"\s*(?:SELECT\s[^;]*?\sFROM\s"
    rf"|(?i:select\s+(?:distinct\s+)?{_COLUMN}(?:\s*,\s*{_COLUMN})*\s+from\s+[\w.\"`]+"
    r"|insert\s+into\s+\S+\s*(?:\(|values|select)|update\s+\S+\s+set\s+\S+\s*=|delete\s+from\s+\S+(?:\s+where\s|\s*;?\s*$)"
    r"|(?:create|alter|drop)\s+table\s|with\s+\w+\s+as\s*\(|merge\s+into\s|truncate\s+table\s))"
)
"""A sentence that begins with such a word is none."""
_ENDS = ("", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.tsx", "/index.js")
_ROOTS = ("", "src/", "lib/", "app/")
_DEEPEST = 12


def breaches(path: str, data: bytes | None, layers: Mapping[str, tuple[str, ...]], paths: Collection[str]) -> list[str]:
    """What `path` takes although its layer may not, as `imports X` and `holds SQL`, sorted."""
    barred = tuple(dict.fromkeys(each for glob, row in layers.items() if matches(path, (glob,)) for each in row))
    if not barred or data is None or len(data) > _MOST_BYTES:
        return []
    text = data.decode("utf-8-sig", errors="replace")
    found: set[str] = set()
    for kind, said in _python(text) if path.endswith(".py") else _script(text):
        if kind == "string":
            found |= {"holds SQL"} if SQL in barred and _STATEMENT.match(said) else set()
        elif any(_takes(path, said, each, paths) for each in barred if each != SQL):
            found.add(f"imports {said}")
    return sorted(found)


def _takes(path: str, module: str, barred: str, paths: Collection[str]) -> bool:
    """Whether an import is of a barred module, of one below it, or of a file that a barred glob names."""
    if module == barred or module.startswith((f"{barred}/", f"{barred}.")):
        return True
    return any(matches(each, (barred,)) for each in _files(path, module) if each in paths)


def _files(path: str, module: str) -> Iterator[str]:
    """Where the imported file may lie."""
    folder = path.split("/")[:-1]
    if path.endswith(".py"):
        up = len(module) - len(module.lstrip("."))
        names = [name for name in module[up:].split(".") if name]
        base = [*folder[: len(folder) - up + 1]] if up else []
        for root in ("",) if up else _roots(folder):
            stem = root + "/".join([*base, *names])
            yield from (f"{stem}.py", f"{stem}/__init__.py")
            if names:
                shorter = root + "/".join([*base, *names[:-1]])
                yield from (f"{shorter}.py", f"{shorter}/__init__.py")
        return
    if module.startswith("."):
        stems = ["/".join(_joined([*folder, *module.split("/")]))]
    else:
        stems = [root + module.lstrip("@~#/") for root in _roots(folder)]
    for stem in stems:
        bare = re.sub(r"\.[mc]?jsx?$", "", stem)
        yield from (f"{each}{end}" for each in dict.fromkeys((stem, bare)) for end in _ENDS)


def _roots(folder: Sequence[str]) -> Iterator[str]:
    """Where the names of a file in `folder` may begin: at the top, or at any of the packages that it lies in."""
    for depth in range(min(len(folder), _DEEPEST) + 1):
        above = "".join(f"{each}/" for each in folder[:depth])
        yield from (f"{above}{root}" for root in _ROOTS)


def _joined(parts: list[str]) -> list[str]:
    out: list[str] = []
    for part in parts:
        if part == "..":
            out = out[:-1]
        elif part not in ("", "."):
            out.append(part)
    return out


def _python(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of imports and strings; `from a import b` counts as an import of a.b."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (("import", name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (
                ("import", f"{module.rstrip('.')}.{n.name}" if node.module else module + n.name) for n in node.names
            )
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                yield "import", str(node.args[0].value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield "string", node.value


def _script(text: str) -> Iterator[tuple[str, str]]:
    code = lex(text)
    for at, token in enumerate(code.tokens):
        if token.kind not in ("string", "template"):
            continue
        said, before = value(token), code.text(at - 1)
        called = before == "(" and code.text(at - 2) in ("require", "import")
        if before in ("from", "import") or called:
            yield "import", said
        else:
            yield "string", said
