"""What the usual mappers' classes and calls in a file of code say of the schema."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_MAPPERS = re.compile(
    r"^\s*(?:from|import)\s+(?:sqlalchemy|sqlmodel|flask_sqlalchemy|geoalchemy2|advanced_alchemy|fastapi_users_db|"
    r"django\.db|django\.contrib|peewee|playhouse|tortoise|ormar|pony|piccolo|gino)\b",
    re.M,
)
_SCRIPTS = re.compile(r"typeorm|mikro-orm|sequelize|objection", re.I)
"""Packages whose marks a script can hold."""
_CALLS = re.compile(
    r"(?:Column|mapped_column|Table|Index|UniqueConstraint|CheckConstraint|ForeignKey|ForeignKeyConstraint|"
    r"PrimaryKeyConstraint|relationship|\w+Field|OneToOneField|ManyToManyField)$"
)
_OTHERS = re.compile(r"^(?:serializers|forms|wtforms|marshmallow|filters|django_filters|graphene)\b")
"""Modules whose classes have fields of which no database knows."""
_NAMES = ("__tablename__", "__table_args__", "__table__")
_MAKING = re.compile(
    r"(?:\bmetadata|\bdb|\bBase|\bengine)\.create_all$|\.run_sync$|\b(?:db|database|conn)\.create_tables$"
    r"|\bgenerate_schemas$"
)
_MARK = re.compile(
    r"@(?:Entity|Table|Column|PrimaryColumn|PrimaryGeneratedColumn|PrimaryKey|Property|Index|Unique|Check|JoinColumn|"
    r"JoinTable|ManyToOne|ManyToMany|OneToOne|OneToMany|ForeignKey|Enum|CreateDateColumn|UpdateDateColumn|"
    r"DeleteDateColumn|VersionColumn|BelongsTo|HasMany|HasOne)\s*\("
    r"|\b\w+\.(?:define|init)\s*\("
)
_BUILDER = re.compile(
    r"\b(?:pgTable|pgEnum|mysqlTable|sqliteTable|pgSchema)\s*\(|\.(?:createTable|alterTable|dropTable|addColumn)\s*\("
)
_SYNCING = re.compile(
    r"\b(?:sequelize|db|database|models?)\w*(?:\.\w+)?\.sync\s*\(|\.sync\s*\(\s*\{\s*(?:alter|force)\b"
    r"|\.synchronize\s*\(|\bsynchronize\s*:\s*true\b|\.(?:updateSchema|createSchema|refreshDatabase)\s*\(",
    re.I,
)


def python(tree: ast.Module, text: str, sure: bool) -> Iterator[str]:
    """What a module of Python says; `sure` where the configuration names it as one that defines tables."""
    known = sure or bool(_MAPPERS.search(text))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _class(node, known)
        elif isinstance(node, ast.Assign) and _calls(node.value, known):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call) and _makes(node):
            yield f"makes tables: {ast.unparse(node)}"


def _class(node: ast.ClassDef, known: bool) -> Iterator[str]:
    # SQLModel's are tables where they say so, and else what an API takes.
    table = any(word.arg == "table" and ast.unparse(word.value) == "True" for word in node.keywords)
    for each in node.body:
        named = isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id in _NAMES for t in each.targets)
        mapped = isinstance(each, ast.AnnAssign) and (table or "Mapped[" in ast.unparse(each.annotation))
        value = each.value if isinstance(each, ast.Assign | ast.AnnAssign) else None
        options = known and isinstance(each, ast.ClassDef) and each.name == "Meta" and _stored(each)
        if named or mapped or options or (value is not None and _calls(value, known)):
            yield f"{node.name}: {ast.unparse(each)}"


def _stored(meta: ast.ClassDef) -> bool:
    """Whether the options of a model are of its table: a serializer's name the fields that it shows."""
    names = {
        t.id for each in meta.body if isinstance(each, ast.Assign) for t in each.targets if isinstance(t, ast.Name)
    }
    return not names & {"model", "fields", "exclude"}


def _calls(value: ast.expr, known: bool) -> bool:
    if not isinstance(value, ast.Call):
        return False
    called = ast.unparse(value.func)
    return bool(_CALLS.search(called)) and not _OTHERS.search(called) and (known or called.startswith(("db.", "sa.")))


def _makes(node: ast.Call) -> bool:
    """Whether the call makes the tables of all models."""
    called = ast.unparse(node.func)
    if called.endswith(".run_sync"):
        return any(ast.unparse(each).endswith(".create_all") for each in node.args)
    return bool(_MAKING.search(called))


def script(text: str, sure: bool) -> Iterator[str]:
    """What marks and calls enclose in a file of TypeScript without comments, and the property behind a decorator."""
    known = sure or bool(_SCRIPTS.search(text))
    for pattern in (_MARK, _BUILDER, _SYNCING) if known else (_BUILDER,):
        for found in pattern.finditer(text):
            end = _closed(text, found.end()) if found[0].endswith("(") else found.end()
            after = text[end : end + 300]
            line = re.match(r"\s*(?:@\w+\([^)]*\)\s*)*(?P<rest>[^;\n{]*)", after) if found[0].startswith("@") else None
            yield " ".join((text[found.start() : end] + (line["rest"] if line else "")).split()).lower()


def _closed(text: str, at: int) -> int:
    """Behind the parenthesis that closes the one before `at`."""
    depth = 1
    for index in range(at, min(len(text), at + 20_000)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if not depth:
            return index + 1
    return min(len(text), at + 20_000)
