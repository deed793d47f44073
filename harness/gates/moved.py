"""Python that moved to another module: the base's tests are told where it is now, so that they can still be run."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from posixpath import dirname

from harness.gates.pyassert import FUNCTIONS
from harness.gates.pytests import Unreadable, tree
from harness.gates.sources import production
from harness.gates.testset import MODULE
from harness.ports import Bench, Subject

_INIT = "/__init__.py"


@dataclass(slots=True)
class Moves:
    """What is not where it was."""

    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """(path, name of a function, class or constant) -> the path of the one module that has it now"""
    modules: dict[str, str] = field(default_factory=dict)
    """path of a module that is gone -> the one that has all that was public in it"""
    gone: set[str] = field(default_factory=set)
    """Paths of modules that are there no more."""
    paths: frozenset[str] = frozenset()
    """All files of both trees."""

    def find(self, dotted: str) -> str:
        """The path of the module that moved in whole or in part and is called so, or ''."""
        ends = dotted.replace(".", "/")
        known = {*self.modules, *(path for path, _ in self.names)}
        found = [path for path in known if f"/{_stem(path)}".endswith(f"/{ends}")]
        return found[0] if len(found) == 1 and ends else ""

    def called(self, path: str) -> str:
        """The dotted name of a module, from the folder above its outermost package."""
        stem, parts, folder = _stem(path), _stem(path).split("/"), dirname(path)
        for name in ("src", "lib"):
            if name in parts[:-1]:
                return ".".join(parts[parts.index(name) + 1 :])
        top = folder
        while top and f"{top}{_INIT}" in self.paths:
            top = dirname(top)
        return (stem.removeprefix(f"{top}/") if top != folder else stem).replace("/", ".")


def moves(before: str, subject: Subject, bench: Bench) -> Moves:
    """What moved between two trees: what is gone from one module and new in one other, by its name."""
    changed = bench.changed(before, subject.tree)
    paths = [path for path in changed if path.endswith(MODULE) and production(path, subject.config)]
    old = {path: _defined(bench.read(before, path)) for path in paths}
    new = {path: _defined(bench.read(subject.tree, path)) for path in paths}
    homes: dict[str, list[str]] = {}
    for path, names in new.items():
        for name in names:
            if names[name] and name not in old[path]:
                homes.setdefault(name, []).append(path)
    found = Moves(paths=frozenset({*bench.paths(before), *bench.paths(subject.tree)}))
    for path, names in old.items():
        gone = [name for name in names if names[name] and name not in new[path]]
        for name in gone:
            places = homes.get(name, [])
            same = [each for each in places if new[each][name] == names[name]]
            place = same if len(same) == 1 else places
            if len(place) == 1:
                found.names[path, name] = place[0]
        if changed[path] == "D":
            found.gone.add(path)
        targets = {found.names.get((path, name), "") for name in gone if not name.startswith("_")}
        if path in found.gone and len(targets) == 1 and "" not in targets:
            found.modules[path] = targets.pop()
    return found


def followed(files: Mapping[str, bytes | None], found: Moves) -> dict[str, bytes | None]:
    """Files of tests that import what moved from where it is now; all others as they are."""
    if not found.names:
        return dict(files)
    return {path: _followed(path, data, found) for path, data in files.items()}


def _followed(path: str, data: bytes | None, found: Moves) -> bytes | None:
    if data is None or not path.endswith(MODULE):
        return data
    try:
        turned = _Follows(path, found)
        module = turned.visit(tree(data))
        if not turned.touched:
            return data
        at = 0
        while at < len(module.body) and (_text(module.body[at]) or _future(module.body[at])):
            at += 1
        module.body[at:at] = turned.imports()
        return ast.unparse(ast.fix_missing_locations(module)).encode("utf-8", "surrogatepass")
    except (Unreadable, ValueError, RecursionError):
        return data


class _Follows(ast.NodeTransformer):
    """Rewrites the imports of one file, and the dotted names in it, texts such as those of `mock.patch` included."""

    def __init__(self, path: str, found: Moves) -> None:
        self.path, self.found = path, found
        self.local: dict[str, str] = {}
        """name in this file -> path of the module that it stands for"""
        self.needed: dict[str, str] = {}
        self.touched = False

    def imports(self) -> list[ast.stmt]:
        """What the rewritten names need."""
        return [ast.Import([ast.alias(name, alias)]) for name, alias in self.needed.items()]

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        """`import shop.price`, with another name or without."""
        for alias in list(node.names):
            path = self.found.find(alias.name)
            if path:
                self.local[alias.asname or alias.name] = path
            if path in self.found.modules:
                self.touched = True
                alias.name = self.found.called(self.found.modules[path])
            elif path in self.found.gone:
                self.touched = True
                node.names.remove(alias)
        return node if node.names else None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        """`from shop.price import price`, `from shop import price`; each name from where it is now."""
        kept, out = [], list[ast.stmt]()
        for alias in node.names:
            base = self._based(node)
            path, inner = self.found.find(base), self.found.find(f"{base}.{alias.name}".strip("."))
            home = self.found.names.get((path, alias.name), "")
            if home:
                out.append(ast.ImportFrom(self.found.called(home), [alias], 0))
            elif inner in self.found.modules:
                above, _, last = self.found.called(self.found.modules[inner]).rpartition(".")
                renamed = ast.alias(last, alias.asname or alias.name)
                out.append(ast.ImportFrom(above, [renamed], 0) if above else ast.Import([renamed]))
            else:
                if inner:
                    self.local[alias.asname or alias.name] = inner
                kept += [] if inner in self.found.gone else [alias]
        if not out and len(kept) == len(node.names):
            return node
        self.touched = True
        return [*([ast.ImportFrom(node.module, kept, node.level)] if kept else []), *out]

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """`price.gross`, `shop.price.gross`."""
        self.generic_visit(node)
        said = ast.unparse(node.value) if isinstance(node.value, ast.Name | ast.Attribute) else ""
        path = self.local.get(said, "")
        home = self.found.names.get((path, node.attr), "")
        if "." in said and path in self.found.modules:
            self.touched = True
            where = ast.parse(self.found.called(self.found.modules[path]), mode="eval").body
            return ast.Attribute(where, node.attr, node.ctx)
        if not home or path in self.found.modules:
            return node
        name = self.found.called(home)
        alias = self.needed.setdefault(name, f"_moved_{len(self.needed)}")
        self.touched = True
        return ast.Attribute(ast.Name(alias, ast.Load()), node.attr, node.ctx)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """`"shop.price.gross"`."""
        if not isinstance(node.value, str) or "." not in node.value or len(node.value) > 300:
            return node
        words = node.value.split(".")
        for count in range(len(words) - 1, 0, -1):
            path = self.found.find(".".join(words[:count]))
            home = self.found.names.get((path, words[count]), "") or self.found.modules.get(path, "")
            if home:
                self.touched = True
                return ast.Constant(".".join([self.found.called(home), *words[count:]]))
        return node

    def _based(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        folder = dirname(self.path)
        for _ in range(node.level - 1):
            folder = dirname(folder)
        return f"{folder}/{node.module or ''}".strip("/").replace("/", ".").strip(".")


def _defined(data: bytes | None) -> dict[str, str]:
    """name -> what a module says of it at its top; '' for what it imports, and has no less for that."""
    try:
        body = tree(data or b"").body
    except Unreadable:
        return {}
    out: dict[str, str] = {}
    for node in _flat(body):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            out[node.name] = ast.dump(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            out |= {each.id: ast.dump(node) for each in targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            out |= {alias.asname or alias.name.partition(".")[0]: "" for alias in node.names}
    return out


def _flat(body: Collection[ast.stmt]) -> list[ast.stmt]:
    out: list[ast.stmt] = []
    for node in body:
        inner = [*node.body, *node.orelse] if isinstance(node, ast.If | ast.Try) else []
        out += _flat(inner) if inner else [node]
    return out


def _text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _stem(path: str) -> str:
    return path.removesuffix(_INIT).removesuffix(".py")
