"""Environment variables that Python reads, from the syntax tree: no comment and no plain string counts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.gates.variable import UPPER, Facts, Reading

_LIBRARIES = frozenset({"decouple", "environs", "environ", "starlette.config"})
"""Packages whose objects are called with a variable's name."""
_OBJECTS = frozenset({"Env", "FileAwareEnv", "AutoConfig", "Config"})
_ENVIRON, _GETENV = ("environ", "environb"), ("getenv", "getenvb")
_READS = ("get", "pop", "setdefault", "__getitem__")
_DEFAULT_NAMES = {"db": "DATABASE_URL", "db_url": "DATABASE_URL", "cache": "CACHE_URL", "email": "EMAIL_URL"}
"""What methods of django-environ read when they are given no name."""
_EXPANDED = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
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
        self._names()
        self.loops = dict(self._loops())

    def gather(self, facts: Facts) -> None:
        """Add what this file tells of its functions, classes and objects."""
        facts.parsers |= self.objects
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._reader(node, facts)
            elif isinstance(node, ast.Call):
                for position, each in enumerate(node.args):
                    if self._whole(each) and _called(node.func):
                        facts.given.add((_called(node.func), position))
        for _ in range(4):  # classes below classes, in whatever order they stand
            for node in self.nodes:
                if isinstance(node, ast.ClassDef) and {_called(base) for base in node.bases} & facts.settings:
                    facts.settings.add(node.name)

    def readings(self, facts: Facts) -> Iterator[Reading]:
        """Every reading of the file."""
        if self.broken:
            for match in _TEXT.finditer(self.text):
                yield Reading((match[1],), self.text.count("\n", 0, match.start()) + 1)
            return
        self.objects |= {here for here, there in self.imported.items() if there in facts.parsers}
        prefixes = {id(inner): prefix for prefix, inner in self._prefixed()}
        idle = {id(node.value) for node in self.nodes if isinstance(node, ast.Expr)}
        passed = self._parameters(facts)
        for node in self.nodes:
            if isinstance(node, ast.ClassDef) and {_called(base) for base in node.bases} & facts.settings:
                yield from self._fields(node)
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
            yield from self._plain(direct) if not (_called(called) == "setdefault" and idle) else ()
        elif isinstance(called, ast.Attribute) and called.attr == "expandvars" and isinstance(first, ast.Constant):
            yield from ((match[1],) for match in _EXPANDED.finditer(str(first.value)))
        elif self._object(called):
            method = called.attr if isinstance(called, ast.Attribute) else ""
            if first is not None and method != "prefixed":
                yield from self._plain(first)
            elif method in _DEFAULT_NAMES and first is None:
                yield (_DEFAULT_NAMES[method],)
        elif _called(called) == "Env" and node.keywords and self._library(called):
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
            asks = self._drawn(called) in _GETENV
        else:
            asks = isinstance(called, ast.Attribute) and called.attr in _READS and self._whole(called.value)
        return call.args[0] if asks and call.args else None

    def _through(self, node: ast.Call, facts: Facts) -> Iterator[tuple[str, ...]]:
        """What a function of the project reads that takes the variable's name."""
        name = _called(node.func)
        name = self.imported.get(name, name) if isinstance(node.func, ast.Name) else name
        position = facts.readers.get(name, -1)
        if 0 <= position < len(node.args):
            yield from (names for names in self._plain(node.args[position]) if UPPER.fullmatch(names[0]))

    def _fields(self, node: ast.ClassDef) -> Iterator[Reading]:
        """The variables of a class of settings: its fields, with the prefix of its configuration, or their aliases."""
        prefix = ""
        for inner in ast.walk(node):
            if (isinstance(inner, ast.keyword) and inner.arg == "env_prefix") or (
                isinstance(inner, ast.Assign) and _called(inner.targets[0]) == "env_prefix"
            ):
                prefix = self._text(inner.value) or prefix
        for row in node.body:
            if not isinstance(row, ast.AnnAssign) or not isinstance(row.target, ast.Name):
                continue
            name, kind = row.target.id, ast.unparse(row.annotation)
            if name.startswith("_") or name == "model_config" or "ClassVar" in kind:
                continue
            aliases = [*self._aliases(row.value), *self._aliases(row.annotation)]
            yield Reading(tuple(aliases) or ((prefix + name).upper(), prefix + name), row.lineno)

    def _aliases(self, value: ast.expr | None) -> Iterator[str]:
        for call in ast.walk(value) if value is not None else ():
            if isinstance(call, ast.Call) and _called(call.func) == "Field":
                for keyword in call.keywords:
                    if keyword.arg in ("alias", "validation_alias", "env"):
                        yield from (
                            str(each.value)
                            for each in ast.walk(keyword.value)
                            if isinstance(each, ast.Constant) and isinstance(each.value, str)
                        )

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
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bound(_called(target), node.value)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                self._bound(_called(node.target), node.value)
            elif isinstance(node, ast.arguments):
                self._defaults(node)

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
            if node.module == "os" and name.name in _ENVIRON:
                self.aliases.add(here)
            elif node.module == "os" and name.name in _GETENV:
                self.getters.add(here)
            elif node.module == "decouple" and name.name == "config":
                self.objects.add(here)
            elif node.module in _LIBRARIES:
                self.imported[here] = f"{node.module}.{name.name}"

    def _bound(self, name: str, value: ast.expr) -> None:
        method = value.attr if isinstance(value, ast.Attribute) else ""
        if name.isupper() and isinstance(value, ast.Constant | ast.BinOp | ast.JoinedStr) and self._text(value):
            self.constants[name] = self._text(value)
        elif self._whole(value):
            self.aliases.add(name)
        elif isinstance(value, ast.Attribute) and (
            (method == "get" and self._whole(value.value)) or (method in _GETENV and self._system(value.value))
        ):
            self.getters.add(name)
        elif isinstance(value, ast.Call) and _called(value.func) in _OBJECTS and self._library(value.func):
            self.objects.add(name)

    def _library(self, called: ast.expr) -> bool:
        """Whether a class is one of the libraries that read the environment."""
        if isinstance(called, ast.Attribute):
            return isinstance(called.value, ast.Name) and self.imported.get(called.value.id, "") in _LIBRARIES
        known = self.imported.get(_called(called), "")
        return known.rpartition(".")[0] in _LIBRARIES

    def _object(self, called: ast.expr) -> bool:
        if isinstance(called, ast.Attribute):
            called = called.value
        return isinstance(called, ast.Name) and called.id in self.objects

    def _system(self, node: ast.expr) -> bool:
        """Whether an expression is the module os."""
        if isinstance(node, ast.Name):
            return node.id in self.os
        return (
            isinstance(node, ast.Call)
            and _called(node.func) in ("__import__", "import_module")
            and bool(node.args)
            and self._text(node.args[0]) == "os"
        )

    def _whole(self, node: ast.expr) -> bool:
        """Whether an expression is the whole environment."""
        if isinstance(node, ast.Name):
            return node.id in self.aliases
        if isinstance(node, ast.Attribute):
            return node.attr in _ENVIRON and self._system(node.value)
        if isinstance(node, ast.Dict):
            return any(key is None and self._whole(value) for key, value in zip(node.keys, node.values, strict=True))
        if not isinstance(node, ast.Call):
            return isinstance(node, ast.BoolOp) and any(map(self._whole, node.values))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy":
            return self._whole(node.func.value)
        if self._drawn(node) in _ENVIRON:
            return True
        return _called(node.func) == "dict" and len(node.args) == 1 and self._whole(node.args[0])

    def _drawn(self, node: ast.Call) -> str:
        """What `getattr(os, "…")` draws of the module; '' for any other call."""
        drawn = _called(node.func) == "getattr" and len(node.args) > 1 and self._system(node.args[0])
        return self._text(node.args[1]) if drawn else ""

    def _loops(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """(id of a name, what it stands for in turn) where a loop over a plain tuple, list or set binds it."""
        many = {}
        for node in self.nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and self._many(node.value):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    many[_called(target)] = self._many(node.value)
        for node in self.nodes:
            rows = [node] if isinstance(node, ast.For) else getattr(node, "generators", [])
            for row in rows:
                names = self._many(row.iter) or (many.get(row.iter.id, ()) if isinstance(row.iter, ast.Name) else ())
                for inner in ast.walk(node) if names and isinstance(row.target, ast.Name) else ():
                    if isinstance(inner, ast.Name) and inner.id == _called(row.target):
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
            return self.constants.get(node.id, "")
        if depth > 20:
            return ""
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [node.left, node.right]
        elif isinstance(node, ast.JoinedStr):
            parts = [each.value if isinstance(each, ast.FormattedValue) else each for each in node.values]
        said = [self._text(each, depth + 1) for each in parts]
        return "".join(said) if all(said) else ""

    # ------------------------------------------------------------ functions

    def _reader(self, node: ast.FunctionDef | ast.AsyncFunctionDef, facts: Facts) -> None:
        """Note a function that reads the variable that one of its parameters names."""
        names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        bound = 1 if names[:1] in (["self"], ["cls"]) else 0
        for inner in ast.walk(node):
            key: ast.expr | None = None
            if isinstance(inner, ast.Subscript) and self._whole(inner.value):
                key = inner.slice
            elif isinstance(inner, ast.Call):
                key = self._direct(inner)
            if isinstance(key, ast.Name) and key.id in names:
                facts.readers[node.name] = names.index(key.id) - bound

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
                if isinstance(call, ast.Call) and _called(call.func) == "prefixed" and call.args:
                    prefix = self._text(call.args[0])
                    yield from ((prefix, inner) for row in node.body for inner in ast.walk(row))


def _called(node: ast.expr) -> str:
    """The last name of an expression such as `a.b`; '' where it has none."""
    if isinstance(node, ast.Subscript):
        return _called(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
