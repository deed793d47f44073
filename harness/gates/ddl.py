"""What a file says of the schema: statements of SQL, and the tables that models define."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

MOST = 2 << 20
"""Bytes of a file that are looked at."""
_BLOCK, _DASHES, _SLASHES = re.compile(r"/\*.*?\*/", re.S), re.compile(r"--[^\n]*"), re.compile(r"(?<![:\w])//[^\n]*")
_STATEMENT = re.compile(
    r"\b(?P<what>create|alter|drop)\s+(?:or\s+replace\s+|unique\s+|unlogged\s+|materialized\s+)*"
    r"(?P<kind>table|index|type|view|schema|sequence|trigger|function|domain|extension)\b(?P<rest>[^;]{1,4000})",
    re.I,
)
_END = re.compile(r"[`]|\"\"\"|'''|(?<=\))\s*[\"']\s*[,)]")
_OWN = re.compile(r"migration|schema_version|alembic_version|flyway|schema_info", re.I)
"""Tables in which tools note what they have run."""
_MARK = re.compile(
    r"@(?:Entity|Table|Column|PrimaryColumn|PrimaryGeneratedColumn|PrimaryKey|Property|Index|Unique|Check|JoinColumn|"
    r"JoinTable|ManyToOne|ManyToMany|OneToOne|OneToMany|ForeignKey|Enum|CreateDateColumn|UpdateDateColumn|"
    r"DeleteDateColumn|VersionColumn|BelongsTo|HasMany|HasOne)\s*\("
    r"|\b(?:pgTable|pgEnum|mysqlTable|sqliteTable|pgSchema)\s*\(|\b(?:sequelize|\w+)\.(?:define|init)\s*\("
    r"|\.(?:createTable|alterTable|dropTable|addColumn)\s*\("
)
_PRISMA = re.compile(r"\b(?:model|enum|view|type)\s+\w+\s*\{[^}]*\}")
_CALLS = re.compile(
    r"(?:Column|mapped_column|Table|Index|UniqueConstraint|CheckConstraint|ForeignKey|ForeignKeyConstraint|"
    r"PrimaryKeyConstraint|relationship|\w*Field|OneToOneField|ManyToManyField|Field)$"
)
_NAMES = ("__tablename__", "__table_args__", "__table__")


def facts(path: str, data: bytes) -> frozenset[str]:
    """Each thing that the file says of the schema, without comments and layout."""
    text = data[:MOST].decode("utf-8", errors="replace")
    if path.endswith(".sql"):
        return frozenset(statements(_DASHES.sub(" ", _BLOCK.sub(" ", text))))
    if path.endswith(".prisma"):
        return frozenset(map(_plain, _PRISMA.findall(_SLASHES.sub(" ", text))))
    if path.endswith(".py"):
        return frozenset(_python(text))
    plain = _SLASHES.sub(" ", _BLOCK.sub(" ", text))
    return frozenset((*statements(_DASHES.sub(" ", plain)), *_marked(plain)))


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
        if rest.strip() and not temporary and not _OWN.search(rest[:120]):
            yield _plain(f"{found['what']} {found['kind']} {rest}")


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


def _marked(text: str) -> Iterator[str]:
    """What marks of the usual mappers enclose, and the property that a decorator stands before."""
    for found in _MARK.finditer(text):
        end = _closed(text, found.end())
        after = text[end : end + 300]
        line = re.match(r"\s*(?:@\w+\([^)]*\)\s*)*(?P<rest>[^;\n{]*)", after) if found[0].startswith("@") else None
        yield _plain(text[found.start() : end] + (line["rest"] if line else ""))


def _closed(text: str, at: int) -> int:
    """Behind the parenthesis that closes the one before `at`."""
    depth = 1
    for index in range(at, min(len(text), at + 20_000)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if not depth:
            return index + 1
    return min(len(text), at + 20_000)


def _python(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from statements(_DASHES.sub(" ", _BLOCK.sub(" ", node.value)))
        elif isinstance(node, ast.ClassDef):
            yield from _class(node)
        elif isinstance(node, ast.Assign) and _calls(node.value):
            yield ast.unparse(node)


def _class(node: ast.ClassDef) -> Iterator[str]:
    for each in node.body:
        named = isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id in _NAMES for t in each.targets)
        mapped = isinstance(each, ast.AnnAssign) and "Mapped[" in ast.unparse(each.annotation)
        value = each.value if isinstance(each, ast.Assign | ast.AnnAssign) else None
        options = isinstance(each, ast.ClassDef) and each.name == "Meta"
        if named or mapped or options or (value is not None and _calls(value)):
            yield f"{node.name}: {ast.unparse(each)}"


def _calls(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and bool(_CALLS.search(ast.unparse(value.func)))
