"""Environment variables that Python reads, from the syntax tree: no comment and no plain string counts."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from harness.gates.pysetting import fields, last_name
from harness.gates.variable import UPPER, Facts, Reading

_LIBRARIES = frozenset({"decouple", "environs", "environ", "starlette.config"})
"""Packages whose objects are called with a variable's name."""
_OBJECTS = frozenset({"Env", "FileAwareEnv", "AutoConfig", "Config"})
_ENVIRON, _GETENV = ("environ", "environb"), ("getenv", "getenvb")
_READS = ("get", "pop", "setdefault", "__getitem__")
_DEFAULT_NAMES = {"db": "DATABASE_URL", "db_url": "DATABASE_URL", "cache": "CACHE_URL", "email": "EMAIL_URL"}
"""What methods of django-environ read when they are given no name."""
_EXPANDED = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_NAMING = ("key", "name", "varname", "var")
"""Parameters of the usual functions that take a variable's name."""
_TEXT = re.compile(r"(?:environ(?:\.get|\.pop)?\s*[\[(]|getenv\s*\()\s*[\"'](\w+)[\"']")


class Module:
    """One file; `broken` where this Python can't parse it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.broken = False
        self.nodes: list[ast.AST] = []
        try:
            self.nodes = list(ast.walk(ast.parse(text)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.broken = True
        self.os: set[str] = set()
        self.aliases: set[str] = set()
        self.getters: set[str] = set()
        self.objects: set[str] = set()
        self.imported: dict[str, str] = {}
        """What other modules' names are called here."""
        self.constants: dict[str, str] = {}
        self.members: dict[tuple[str, str], str] = {}
        """Strings of classes and tables: (class or table, name) -> the string."""
        self.foreign: dict[str, str] = {}
        self.single: set[str] = set()
        """Names that are bound once in the whole file."""
        self._names()
        self.loops = dict(self._loops())

    def gather(self, facts: Facts) -> None:
        """Add what this file tells of its functions, classes and objects."""
        facts.parsers |= self.objects
        facts.constants |= {name: said for name, said in self.constants.items() if UPPER.fullmatch(name)}
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._reader(node.name, node, facts)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                self._reader(last_name(node.targets[0]), node.value, facts)
            elif isinstance(node, ast.Call):
                for position, each in enumerate(node.args):
                    if self._whole(each) and last_name(node.func):
                        facts.given.add((last_name(node.func), position))
        for _ in range(4):  # classes below classes, in whatever order they stand
            for node in self.nodes:
                if isinstance(node, ast.ClassDef) and self._settings(node, facts):
                    facts.settings.add(node.name)

    def _settings(self, node: ast.ClassDef, facts: Facts) -> bool:
        """Whether the fields of a class are variables."""
        bases = {last_name(base) for base in node.bases}
        return bool((bases | {self.imported.get(name, name) for name in bases}) & facts.settings)

    def readings(self, facts: Facts) -> Iterator[Reading]:
        """Every reading of the file."""
        if self.broken:
            for match in _TEXT.finditer(self.text):
                yield Reading((match[1],), self.text.count("\n", 0, match.start()) + 1)
            return
        self.objects |= {here for here, there in self.imported.items() if there in facts.parsers}
        self.foreign = facts.constants
        prefixes = {id(inner): prefix for prefix, inner in self._prefixed()}
        idle = {id(node.value) for node in self.nodes if isinstance(node, ast.Expr)}
        passed = self._parameters(facts)
        for node in self.nodes:
            if isinstance(node, ast.ClassDef) and self._settings(node, facts):
                yield from fields(node, self._text)
            for names in self._read(node, facts, id(node) in idle):
                prefix = prefixes.get(id(node), "")
                if passed and not UPPER.fullmatch(names[0]):
                    continue  # elsewhere in the file the parameter's name may be that of any other mapping
                yield Reading(tuple(prefix + name for name in names), getattr(node, "lineno", 0))

    # ------------------------------------------------------------ one node

    def _read(self, node: ast.AST, facts: Facts, idle: bool) -> Iterator[tuple[str, ...]]:
        """Names that a node itself reads, any of which is enough."""
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and self._whole(node.value):
            yield from self._plain(node.slice)
        elif isinstance(node, ast.Compare) and any(self._whole(each) for each in node.comparators):
            yield from self._plain(node.left)
        elif isinstance(node, ast.Match) and self._whole(node.subject):
            patterns = (each for case in node.cases for each in ast.walk(case) if isinstance(each, ast.MatchMapping))
            yield from (name for each in patterns for key in each.keys for name in self._plain(key))
        elif isinstance(node, ast.Call):
            yield from self._asked(node, facts, idle)

    def _asked(self, node: ast.Call, facts: Facts, idle: bool) -> Iterator[tuple[str, ...]]:
        called, first = node.func, node.args[0] if node.args else None
        for keyword in node.keywords:
            if keyword.arg == "envvar":
                many = keyword.value.elts if isinstance(keyword.value, ast.List | ast.Tuple) else [keyword.value]
                names = tuple(name for each in many for (name,) in self._plain(each))
                yield from [names] if names else []
        direct = self._direct(node)
        if direct is not None:
            # `os.environ.setdefault(…)` on a line of its own sets and reads nothing
            yield from self._plain(direct) if not (last_name(called) == "setdefault" and idle) else ()
        elif isinstance(called, ast.Attribute) and called.attr == "expandvars" and isinstance(first, ast.Constant):
            yield from ((match[1],) for match in _EXPANDED.finditer(str(first.value)))
        elif self._object(called):
            method = called.attr if isinstance(called, ast.Attribute) else ""
            if first is not None and method != "prefixed":
                yield from self._plain(first)
            elif method in _DEFAULT_NAMES and first is None:
                yield (_DEFAULT_NAMES[method],)
        elif last_name(called) == "Env" and node.keywords and self._library(called):
            yield from ((keyword.arg,) for keyword in node.keywords if keyword.arg and UPPER.fullmatch(keyword.arg))
        else:
            yield from self._through(node, facts)

    def _direct(self, call: ast.Call) -> ast.expr | None:
        """What a call of `os.getenv`, of `os.environ.get`, or of another name for them, is given as the name."""
        called = call.func
        if isinstance(called, ast.Name):
            asks = called.id in self.getters
        elif isinstance(called, ast.Attribute) and called.attr in _GETENV:
            asks = self._system(called.value)
        elif isinstance(called, ast.Call):
            drawn = called.args[1:] if last_name(called.func) == "getattr" and self._whole(called.args[0]) else []
            asks = self._drawn(called) in _GETENV or any(self._text(each) in _READS for each in drawn)
        else:
            asks = isinstance(called, ast.Attribute) and called.attr in _READS and self._whole(called.value)
        if last_name(called) == "partial" and len(call.args) > 1:
            return self._direct(ast.Call(call.args[0], call.args[1:], []))
        named = [each.value for each in call.keywords if each.arg in _NAMING]
        return [*call.args, *named][0] if asks and (call.args or named) else None

    def _through(self, node: ast.Call, facts: Facts) -> Iterator[tuple[str, ...]]:
        """What a function of the project reads that takes the variable's name."""
        name = last_name(node.func)
        name = self.imported.get(name, name) if isinstance(node.func, ast.Name) else name
        given = self._given(name, node, facts)
        if given is not None:
            yield from (names for names in self._plain(given) if UPPER.fullmatch(names[0]))

    def _given(self, name: str, call: ast.Call, facts: Facts) -> ast.expr | None:
        """What a call gives a function that reads, as the variable's name."""
        position = facts.readers.get(name, -1)
        if 0 <= position < len(call.args):
            return call.args[position]
        said = (each.value for each in call.keywords if each.arg and each.arg == facts.parameters.get(name))
        return next(said, None)

    # ------------------------------------------------------------ what names stand for

    def _names(self) -> None:
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom):
                self._from(node)
            for name in node.names if isinstance(node, ast.Import) else ():
                if name.name == "os":
                    self.os.add(name.asname or "os")
                if name.name in _LIBRARIES:
                    self.imported[name.asname or name.name] = name.name
        stored = Counter(node.id for node in self.nodes if isinstance(node, ast.Name) and _stores(node))
        self.single = {name for name, count in stored.items() if count == 1}
        self.single -= {node.arg for node in self.nodes if isinstance(node, ast.arg)}
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bound(last_name(target), node.value)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                self._bound(last_name(node.target), node.value)
            elif isinstance(node, ast.arguments):
                self._defaults(node)
            elif isinstance(node, ast.ClassDef):
                self._held(node.name, ((last_name(row.targets[0]), row.value) for row in node.body if _assigns(row)))

    def _held(self, owner: str, rows: Iterable[tuple[str, ast.expr | None]]) -> None:
        """Note the strings that a class or a table holds."""
        self.members |= {(owner, name): self._text(value) for name, value in rows if value is not None}

    def _defaults(self, node: ast.arguments) -> None:
        plain = [*node.posonlyargs, *node.args]
        for given, default in zip(plain[len(plain) - len(node.defaults) :], node.defaults, strict=True):
            self._bound(given.arg, default)
        for given, other in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            if other is not None:
                self._bound(given.arg, other)

    def _from(self, node: ast.ImportFrom) -> None:
        for name in node.names:
            here = name.asname or name.name
            self.imported[here] = name.name
            if node.module == "os" and name.name == "*":
                self.aliases |= {*_ENVIRON}
                self.getters |= {*_GETENV}
            elif node.module == "os" and name.name in _ENVIRON:
                self.aliases.add(here)
            elif node.module == "os" and name.name in _GETENV:
                self.getters.add(here)
            elif node.module == "decouple" and name.name == "config":
                self.objects.add(here)
            elif node.module in _LIBRARIES:
                self.imported[here] = f"{node.module}.{name.name}"

    def _bound(self, name: str, value: ast.expr) -> None:
        method = value.attr if isinstance(value, ast.Attribute) else ""
        if (
            (name.isupper() or name in self.single)
            and isinstance(value, ast.Constant | ast.BinOp | ast.JoinedStr)
            and self._text(value)
        ):
            self.constants[name] = self._text(value)
        elif isinstance(value, ast.Dict):
            keys = (each.value if isinstance(each, ast.Constant) else "" for each in value.keys)
            self._held(name, ((str(key), each) for key, each in zip(keys, value.values, strict=True)))
        if self._whole(value):
            self.aliases.add(name)
        elif isinstance(value, ast.Attribute) and (
            (method == "get" and self._whole(value.value)) or (method in _GETENV and self._system(value.value))
        ):
            self.getters.add(name)
        elif isinstance(value, ast.Call) and self._library(value.func):
            last = self.imported.get(last_name(value.func), last_name(value.func)).rpartition(".")[2]
            self.objects |= {name} if last in _OBJECTS else set()

    def _library(self, called: ast.expr) -> bool:
        """Whether a class is one of the libraries that read the environment."""
        if isinstance(called, ast.Attribute):
            return isinstance(called.value, ast.Name) and self.imported.get(called.value.id, "") in _LIBRARIES
        known = self.imported.get(last_name(called), "")
        return known.rpartition(".")[0] in _LIBRARIES

    def _object(self, called: ast.expr) -> bool:
        if isinstance(called, ast.Attribute):
            called = called.value
        return isinstance(called, ast.Name) and called.id in self.objects

    def _system(self, node: ast.expr) -> bool:
        """Whether an expression is the module os."""
        if isinstance(node, ast.Name):
            return node.id in self.os
        if isinstance(node, ast.Subscript):
            return last_name(node.value) == "modules" and self._text(node.slice) == "os"
        return (
            isinstance(node, ast.Call)
            and last_name(node.func) in ("__import__", "import_module")
            and bool(node.args)
            and self._text(node.args[0]) == "os"
        )

    def _whole(self, node: ast.expr) -> bool:
        """Whether an expression is the whole environment."""
        if isinstance(node, ast.Name):
            return node.id in self.aliases
        if isinstance(node, ast.Attribute):
            own = last_name(node.value) in ("self", "cls") and node.attr in self.aliases
            return own or (node.attr in _ENVIRON and self._system(node.value))
        if isinstance(node, ast.Dict):
            return any(key is None and self._whole(value) for key, value in zip(node.keys, node.values, strict=True))
        if not isinstance(node, ast.Call):
            return isinstance(node, ast.BoolOp) and any(map(self._whole, node.values))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy":
            return self._whole(node.func.value)
        if self._drawn(node) in _ENVIRON:
            return True
        return last_name(node.func) == "dict" and len(node.args) == 1 and self._whole(node.args[0])

    def _drawn(self, node: ast.Call) -> str:
        """What `getattr(os, "…")` draws of the module; '' for any other call."""
        drawn = last_name(node.func) == "getattr" and len(node.args) > 1 and self._system(node.args[0])
        return self._text(node.args[1]) if drawn else ""

    def _loops(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """(id of a name, what it stands for in turn) where a loop over a plain tuple, list or set binds it."""
        many = {}
        for node in self.nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and self._many(node.value):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    many[last_name(target)] = self._many(node.value)
        for node in self.nodes:
            rows = [node] if isinstance(node, ast.For) else getattr(node, "generators", [])
            for row in rows:
                names = self._many(row.iter) or (many.get(row.iter.id, ()) if isinstance(row.iter, ast.Name) else ())
                for inner in ast.walk(node) if names and isinstance(row.target, ast.Name) else ():
                    if isinstance(inner, ast.Name) and inner.id == last_name(row.target):
                        yield id(inner), names

    def _many(self, node: ast.expr) -> tuple[str, ...]:
        plain = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else []
        return tuple(
            name
            for each in plain
            if not isinstance(each, ast.Constant) or isinstance(each.value, str)
            if (name := self._text(each))
        )

    def _plain(self, node: ast.expr) -> Iterator[tuple[str]]:
        if id(node) in self.loops:
            yield from ((name,) for name in self.loops[id(node)])
            return
        name = self._text(node)
        if name:
            yield (name,)

    def _text(self, node: ast.expr, depth: int = 0) -> str:
        """What an expression of strings, constants and + comes to; '' where it isn't plain."""
        if isinstance(node, ast.Constant):
            return node.value.decode("utf-8", "replace") if isinstance(node.value, bytes) else str(node.value)
        if isinstance(node, ast.Name):
            there = self.imported.get(node.id, "")
            return self.constants.get(node.id, "") or (self.foreign.get(there, "") if there else "")
        if isinstance(node, ast.Attribute | ast.Subscript) and depth < 20:
            return self._member(node, depth + 1)
        if depth > 20:
            return ""
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [node.left, node.right]
        elif isinstance(node, ast.JoinedStr):
            parts = [each.value if isinstance(each, ast.FormattedValue) else each for each in node.values]
        said = [self._text(each, depth + 1) for each in parts]
        return "".join(said) if all(said) else ""

    def _member(self, node: ast.Attribute | ast.Subscript, depth: int) -> str:
        """The string that `Names.TOKEN`, `Names.TOKEN.value` or `NAMES["token"]` is; of a module's, too."""
        if isinstance(node, ast.Subscript):
            return self.members.get((last_name(node.value), self._text(node.slice, depth)), "")
        if node.attr == "value" and isinstance(node.value, ast.Attribute):
            return self._member(node.value, depth)
        owner = last_name(node.value)
        module = owner in self.imported and UPPER.fullmatch(node.attr)
        return self.members.get((owner, node.attr), "") or (self.foreign.get(node.attr, "") if module else "")

    # ------------------------------------------------------------ functions

    def _reader(self, name: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, facts: Facts) -> None:
        """Note a function that reads the variable that one of its parameters names."""
        names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        bound = 1 if names[:1] in (["self"], ["cls"]) else 0
        for inner in ast.walk(node):
            key: ast.expr | None = None
            if isinstance(inner, ast.Subscript) and self._whole(inner.value):
                key = inner.slice
            elif isinstance(inner, ast.Call):
                name_of = last_name(inner.func)
                through = None if name_of in _READS else self._given(name_of, inner, facts)
                key = self._direct(inner) or through
            if isinstance(key, ast.Name) and key.id in names:
                facts.readers[name] = names.index(key.id) - bound
                facts.parameters[name] = key.id

    def _parameters(self, facts: Facts) -> set[str]:
        """Parameters that are the environment, as some caller passes it."""
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
                bound = 1 if names[:1] in (["self"], ["cls"]) else 0
                found |= {name for at, name in enumerate(names) if (node.name, at - bound) in facts.given}
        self.aliases |= found
        return found

    def _prefixed(self) -> Iterator[tuple[str, ast.AST]]:
        """(prefix, node) of everything within `with env.prefixed("APP_")`."""
        for node in self.nodes:
            if not isinstance(node, ast.With):
                continue
            for call in (item.context_expr for item in node.items):
                if isinstance(call, ast.Call) and last_name(call.func) == "prefixed" and call.args:
                    prefix = self._text(call.args[0])
                    yield from ((prefix, inner) for row in node.body for inner in ast.walk(row))


def _assigns(node: ast.stmt) -> TypeGuard[ast.Assign]:
    return isinstance(node, ast.Assign)


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
