"""What the usual mappers' classes and calls in a file of code say of the schema."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_MAPPERS = re.compile(
    r"^\s*(?:from|import)\s+(?:sqlalchemy|sqlmodel|flask_sqlalchemy|geoalchemy2|advanced_alchemy|fastapi_users_db|"
    r"django\.db|django\.contrib|peewee|playhouse|tortoise|ormar|pony|piccolo|gino|edgy|saffier)\b",
    re.M,
)
_SCRIPTS = re.compile(r"typeorm|mikro-orm|sequelize|objection", re.I)
"""Packages whose marks a script can hold."""
_CALLS = re.compile(
    r"(?:Column|mapped_column|Table|Index|UniqueConstraint|CheckConstraint|ForeignKey|ForeignKeyConstraint|"
    r"PrimaryKeyConstraint|relationship|\w+Field|OneToOneField|ManyToManyField)$"
)
_KINDS = re.compile(
    r"(?:Required|Optional|PrimaryKey|Set|Discriminator|Varchar|Text|Integer|BigInt|SmallInt|Serial|UUID|Boolean|Date|"
    r"Timestamp|Timestamptz|Interval|Numeric|Decimal|Real|Float|DoublePrecision|JSONB?|Bytea|Blob|Array|M2M|Secret)$"
)
"""Columns of Pony and Piccolo, in a class below one of theirs."""
_THEIRS = re.compile(r"^\s*(?:from|import)\s+(?:pony|piccolo)\b", re.M)
_OWN = re.compile(r"(?:^|\.)(?:Column|mapped_column)$")
_BASE = ("Base", "Model", "Entity", "Table")
"""How classes end whose fields are columns, where the project takes its mapper from a module of its own."""
_STATED = re.compile(r"(?:^|\.)(?:Table|Index)$")
_ALTERS = re.compile(r"\bop\.(?:create|drop|add|alter|rename)_\w+$")
_OTHERS = re.compile(r"^(?:serializers|forms|wtforms|marshmallow|filters|django_filters|graphene)\b")
"""Modules whose classes have fields of which no database knows."""
_NAMES = ("__tablename__", "__table_args__", "__table__")
_MAKING = re.compile(
    r"(?:\bmeta(?:data)?|\bdb|\bBase|\bengine)\.create_all$|\.run_sync$|\b(?:db|database|conn)\.create_tables$"
    r"|\bgenerate_schemas$"
)
_MARK = re.compile(
    r"@(?:Entity|Table|Column|PrimaryColumn|PrimaryGeneratedColumn|PrimaryKey|Property|Index|Unique|Check|JoinColumn|"
    r"JoinTable|ManyToOne|ManyToMany|OneToOne|OneToMany|ForeignKey|Enum|CreateDateColumn|UpdateDateColumn|"
    r"DeleteDateColumn|VersionColumn|BelongsTo|HasMany|HasOne)\s*\("
    r"|\b\w+\.(?:define|init)\s*\(|\bnew\s+EntitySchema\s*(?:<[^<>()]{1,80}>)?\s*\(|\bdefineEntity\s*\("
)
_MARKED = re.compile(r"@(?:Entity|Table)\s*\([^@]{0,400}?\bclass\s")
"""A class that a mapper's mark makes one of its own, wherever the mark is taken from."""
_BUILDER = re.compile(
    r"\b(?:pg|mysql|sqlite|singlestore)Table\s*\(|\bpg(?:Enum|Schema|View|Sequence)\s*\("
    r"|\.(?:createTable\w*|alterTable|dropTable\w*|renameTable)\s*\(|\bschema\s*\.\s*table\s*\("
    r"|\b(?:schema|queryInterface|queryRunner)\s*\.\s*(?:add|drop|remove|rename|change|alter)(?:Column|Index|Constraint)s?\s*\("
)
_ADDED, _WITHIN = re.compile(r"\.addColumn\s*\("), re.compile(r"\b(?:createTable|alterTable|schema|queryInterface)\b")
_TABLES = re.compile(r"\b\w*[tT]able\s*\(\s*[\"'`]")
"""Of Drizzle, also by a function of the project's that gives all names a prefix."""
_LINKS = re.compile(r"\b(\w+)\s*(?:=\s*new\s+Sequelize\b|:\s*Sequelize\b)")
_SYNCING = re.compile(
    r"\b(?:sequelize|db|database|models?)\w*(?:\.\w+)?\.sync\s*\(|\.sync\s*\(\s*\{\s*(?:alter|force)\b"
    r"|\.synchronize\s*\(|\bsynchronize\s*:\s*true\b|\.(?:updateSchema|createSchema|refreshDatabase)\s*\("
    r"|\.schema\.(?:update|create|refresh)\s*\(",
    re.I,
)


def python(tree: ast.Module, text: str, sure: bool) -> Iterator[str]:
    """What a module of Python says; `sure` where the configuration names it as one that defines tables."""
    known = sure or bool(_MAPPERS.search(text))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _class(node, known, bool(_THEIRS.search(text)))
        elif (isinstance(node, ast.Assign) and _calls(node.value, known)) or (
            isinstance(node, ast.AnnAssign | ast.Return | ast.Expr) and known and _states(node.value)
        ):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call) and _makes(node, known):
            yield f"makes tables: {ast.unparse(node)}"
        elif isinstance(node, ast.Call) and "alembic" in text and _ALTERS.search(ast.unparse(node.func)):
            yield ast.unparse(node)


def _states(value: ast.expr | None) -> bool:
    """Whether a call says what a table consists of."""
    return isinstance(value, ast.Call) and len(value.args) > 1 and bool(_STATED.search(ast.unparse(value.func)))


def _class(node: ast.ClassDef, known: bool, theirs: bool) -> Iterator[str]:
    # SQLModel's are tables where they say so, and else what an API takes.
    table = any(word.arg == "table" and ast.unparse(word.value) == "True" for word in node.keywords)
    below = any(ast.unparse(base).endswith(_BASE) for base in node.bases)
    for each in node.body:
        named = isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id in _NAMES for t in each.targets)
        mapped = isinstance(each, ast.AnnAssign) and (table or "Mapped[" in ast.unparse(each.annotation))
        value = each.value if isinstance(each, ast.Assign | ast.AnnAssign) else None
        options = known and isinstance(each, ast.ClassDef) and each.name == "Meta" and _stored(each)
        own = below and isinstance(value, ast.Call) and _column(ast.unparse(value.func), theirs)
        if named or mapped or options or own or (value is not None and _calls(value, known)):
            yield f"{node.name}: {ast.unparse(each)}"


def _column(called: str, theirs: bool) -> bool:
    return bool(_OWN.search(called) or (theirs and _KINDS.search(called)))


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


def _makes(node: ast.Call, known: bool) -> bool:
    """Whether the call makes the tables of all models."""
    called = ast.unparse(node.func)
    if known and called.endswith((".create_all", ".create_tables")):
        return True
    if called.endswith(".run_sync"):
        return any(ast.unparse(each).endswith(".create_all") for each in node.args)
    return bool(_MAKING.search(called))


def script(text: str, sure: bool) -> Iterator[str]:
    """What marks and calls enclose in a file of TypeScript without comments, and the property behind a decorator."""
    known = sure or bool(_SCRIPTS.search(text) or _MARKED.search(text))
    patterns = [_BUILDER, *((_MARK, _SYNCING) if known else ()), *((_TABLES,) if "drizzle-orm" in text else ())]
    patterns += [_ADDED] if _WITHIN.search(text) else []
    names = sorted({re.escape(name) for name in _LINKS.findall(text)})[:20]
    patterns += [re.compile(rf"\b(?:{'|'.join(names)})\.sync\s*\(")] if names else []
    for pattern in patterns:
        for found in pattern.finditer(text):
            called = "(" in found[0][-3:]
            end = _closed(text, found.end()) if called else found.end()
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
