"""Tables and columns as models name them, and whether a text names them, too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

MOST = 2 << 20
"""Bytes of a file that are looked at."""
_COLUMN = re.compile(r"(?:^|\.)(?:Column|mapped_column|(?!ManyToMany)\w*Field|ForeignKey|OneToOneField)$")
_ENTITY = re.compile(
    r"@Entity\s*\(\s*(?:\{[^}]*?\bname\s*:\s*)?[\"'`](?P<table>\w+)[\"'`][^)]*\)(?:\s*@\w+\([^)]*\))*"
    r"\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+\w+[^{]*\{"
)
_PROPERTY = re.compile(
    r"@(?:Primary|PrimaryGenerated|CreateDate|UpdateDate|DeleteDate|Version)?Column\s*\((?P<options>[^()]*(?:\([^()]*\)[^()]*)*)\)"
    r"(?:\s*@\w+\([^()]*(?:\([^()]*\)[^()]*)*\))*\s*(?:(?:public|private|protected|readonly|declare)\s+)*(?P<name>\w+)\s*[!?]?\s*[:;=]"
)
_RENAMED = re.compile(r"\bname\s*:\s*[\"'`](\w+)[\"'`]")
Column = tuple[str, str]
"""(table, column); the column is '' for the table itself."""


def columns(path: str, data: bytes) -> frozenset[Column]:
    """What can be read for certain: classes of SQLAlchemy and Django, and entities of TypeORM."""
    text = data[:MOST].decode("utf-8", errors="replace")
    if path.endswith(".py"):
        return frozenset(_python(text))
    return frozenset(_entities(text)) if path.endswith((".ts", ".mts", ".cts")) else frozenset()


def names(text: str, word: str) -> bool:
    """Whether `text` holds `word`, be it in camel case or with underscores."""
    return bool(word) and _flat(word) in _flat(text)


def _flat(text: str) -> str:
    return text.replace("_", "").lower()


def _python(text: str) -> Iterator[Column]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            table = _table(node)
            if table:
                yield table, ""
                yield from ((table, name) for name in map(_column, node.body) if name)


def _table(node: ast.ClassDef) -> str:
    """The table of a mapped class: as it says, or the class's name for a model of Django; '' where nothing tells."""
    for each in node.body:
        if isinstance(each, ast.Assign) and [ast.unparse(t) for t in each.targets] == ["__tablename__"]:
            return (
                each.value.value if isinstance(each.value, ast.Constant) and isinstance(each.value.value, str) else ""
            )
    bases = [ast.unparse(base) for base in node.bases]
    if any(word.arg == "table" and ast.unparse(word.value) == "True" for word in node.keywords):
        return node.name
    if any(base.endswith(".Model") and base != "models.Model" for base in bases) and _flask(node):
        return node.name
    django = "models.Model" in bases
    return node.name if django and not any(isinstance(each, ast.ClassDef) for each in node.body) else ""


def _flask(node: ast.ClassDef) -> bool:
    """Whether a model calls its columns as Flask-SQLAlchemy's do, which call a table by its class."""
    called = [ast.unparse(each.value.func) for each in node.body if isinstance(each, ast.Assign) and _call(each.value)]
    return any(re.search(r"\.(?:Column|mapped_column)$", name) for name in called)


def _call(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call)


def _column(each: ast.stmt) -> str:
    target = (
        each.targets[0] if isinstance(each, ast.Assign) else each.target if isinstance(each, ast.AnnAssign) else None
    )
    if not isinstance(target, ast.Name):
        return ""
    value = each.value if isinstance(each, ast.Assign | ast.AnnAssign) else None
    if isinstance(each, ast.AnnAssign) and value is None:
        return target.id if re.search(r"\bMapped\[", ast.unparse(each.annotation)) else ""
    if not isinstance(value, ast.Call) or not _COLUMN.search(ast.unparse(value.func)):
        return ""
    first = value.args[0] if value.args else None
    named = next((word.value for word in value.keywords if word.arg in ("name", "db_column")), None)
    if named is None and "olumn" in ast.unparse(value.func) and isinstance(first, ast.Constant):
        named = first
    if named is None:
        return target.id
    return named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else ""


def _entities(text: str) -> Iterator[Column]:
    found = list(_ENTITY.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    # where there is no entity, there is one end too many
    for each, end in zip(found, ends, strict=False):
        yield each["table"], ""
        for row in _PROPERTY.finditer(text[each.end() : end]):
            renamed = _RENAMED.search(row["options"])
            yield each["table"], renamed[1] if renamed else row["name"]
