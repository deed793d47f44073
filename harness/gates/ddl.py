"""What a file says of the schema: statements of SQL, and the tables that models define."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.gates import mapper

MOST = 2 << 20
"""Bytes of a file that are looked at."""
_BLOCK, _DASHES, _SLASHES = re.compile(r"/\*.*?\*/", re.S), re.compile(r"--[^\n]*"), re.compile(r"(?<![:\w])//[^\n]*")
_STATEMENT = re.compile(
    r"\b(?P<what>create|alter|drop)\s+(?:or\s+replace\s+|unique\s+|unlogged\s+|materialized\s+)*"
    r"(?P<kind>table|index|type|view|schema|sequence|trigger|function|domain|extension)\b(?P<rest>[^;]{1,4000})",
    re.I,
)
_END = re.compile(r"[`]|\"\"\"|'''|(?<=\))\s*[\"']\s*[,)]")
_NAME = (
    r"\s*(?:concurrently\s+)?(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?"
    r"(?:[\"'`]\s*\+[^+]{1,80}\+\s*[\"'`][^\s(]*|(?:\"[^\"\n]{1,80}\"\.?){1,3}|[\"`\[]?[\w${%][^\s(]*(?:\([^()]*\)[^\s(]*)?)"
)
"""A name, also one that is put in."""
_CHANGE = (
    "add|drop|alter|rename|modify|set|reset|change|owner|enable|disable|attach|detach|validate|convert|inherit|no|"
    "engine|update|refresh|depends|restart|increment"
)
_SHAPES = {
    key: re.compile(shape, re.I | re.S)
    for key, shape in {
        ("create", "table"): rf"{_NAME}\s*(?:\(|\bas\b|\bpartition\s+of\b|\blike\b|\bof\b)",
        ("create", "index"): rf"(?:{_NAME})?\s+on\b",
        ("create", "view"): rf"{_NAME}\s*(?:\([^()]*\)\s*)?(?:\bwith\b[^()]*\([^()]*\)\s*)?\bas\b",
        ("create", "type"): rf"{_NAME}\s*(?:\(|\bas\b)",
        ("create", "function"): rf"{_NAME}\s*(?:\(|\breturns\b)",
        ("create", "trigger"): rf"{_NAME}\s+(?:before|after|instead)\b",
        ("create", "domain"): rf"{_NAME}\s+(?:as\b|\w+)",
        ("create", ""): rf"{_NAME}\s*(?:$|[\"'`),]|\b(?:start|increment|owned|as|with|authorization|cascade|schema)\b)",
        ("alter", ""): rf"{_NAME}\s+(?:on\s+{_NAME}\s+)?(?:{_CHANGE})\b",
        ("drop", ""): rf"{_NAME}\s*(?:$|[\"'`),]|\b(?:cascade|restrict|on)\b)",
    }.items()
}
"""(what, kind) -> how a statement goes on: prose that begins alike does not."""
_OWN = re.compile(r"migration|schema_version|alembic_version|flyway|schema_info", re.I)
"""Tables in which tools note what they have run."""
_PRISMA = re.compile(r"\b(?:model|enum|view|type)\s+\w+\s*\{[^}]*\}")


def facts(path: str, data: bytes, *, sure: bool = False) -> frozenset[str]:
    """Each thing that the file says of the schema, without comments and layout.

    `sure` says that it is known to define tables; else a class counts where the file uses a mapper that is known.
    """
    text = data[:MOST].decode("utf-8", errors="replace")
    if path.endswith(".sql"):
        return frozenset(statements(_DASHES.sub(" ", _BLOCK.sub(" ", text.replace("`", '"')))))
    if path.endswith(".prisma"):
        return frozenset(map(_plain, _PRISMA.findall(_SLASHES.sub(" ", text))))
    if path.endswith(".py"):
        return frozenset(_python(text, sure))
    plain = _SLASHES.sub(" ", _BLOCK.sub(" ", text))
    return frozenset((*statements(_DASHES.sub(" ", plain)), *mapper.script(plain, sure)))


def line(data: bytes, fact: str) -> int:
    """The line that holds the most telling word of a fact; 0 where none does."""
    words = sorted(re.findall(r"\w{4,}", fact), key=len, reverse=True)[:8]
    rows = data.decode("utf-8", errors="replace").lower().splitlines()
    scores = [sum(word.lower() in row for word in words) for row in rows]
    best = max(scores, default=0)
    return scores.index(best) + 1 if best else 0


def statements(text: str) -> Iterator[str]:
    """The statements of SQL in `text` that make or change what the schema consists of."""
    for found in _STATEMENT.finditer(text):
        rest = found["rest"]
        end = _END.search(rest)
        rest = rest[: end.start()] if end else rest
        temporary = re.search(r"\b(?:temp|temporary)\b", text[max(0, found.start() - 1) : found.start("kind")], re.I)
        if rest.strip() and not temporary and not _OWN.search(rest[:120]) and _shaped(found, rest):
            yield _plain(f"{found['what']} {found['kind']} {rest}")


def _shaped(found: re.Match[str], rest: str) -> bool:
    what, kind = found["what"].lower(), found["kind"].lower()
    shape = _SHAPES.get((what, kind)) or _SHAPES[what, ""]
    return bool(shape.match(rest))


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


def _python(text: str, sure: bool) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    spared = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    """Documentation: a text by itself, which nobody runs."""
    for node in ast.walk(tree):
        if id(node) not in spared and isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            yield from statements(_DASHES.sub(" ", _BLOCK.sub(" ", _joined(node, spared))))
    yield from mapper.python(tree, text, sure)


def _joined(node: ast.expr, seen: set[int]) -> str:
    """The text that an expression makes, with `{}` for what is not known; its parts are not looked at again."""
    seen.add(id(node))
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_joined(each, seen) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined(node.left, seen) + _joined(node.right, seen)
    return "{}"
