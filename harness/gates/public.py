"""The public functions and methods of a source file."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import TypeGuard

from harness.gates.excluded import spared
from harness.gates.javascript import Code, lex
from harness.gates.jstests import functions
from harness.gates.pyassert import FUNCTIONS
from harness.gates.pytests import Unreadable, tree
from harness.gates.testset import MODULE

_HIDDEN = frozenset({"private", "protected"})


@dataclass(frozen=True, slots=True)
class Public:
    """One function that others may call."""

    name: str
    """`rebate`, `Shop.open`."""
    line: int
    last: int
    """The first and the last line that it may be reported at: its name's, and its body's first."""
    text: str
    """What it says, without layout: one that only moved says the same."""
    told: bool = True
    """Whether a report can tell that it was entered: of what stands on the line that defines it, none can."""


def public(path: str, data: bytes, shown: Set[str] = frozenset()) -> list[Public]:
    """The public functions of a file; none where it can't be read, which stops whatever imports it.

    `shown` are private names that are public under another one.
    """
    if not path.endswith(MODULE):
        return list(_script(lex(data.decode("utf-8", "replace"))))
    try:
        return list(_python(tree(data).body, "", spared(data), shown))
    except Unreadable:
        return []


def aliased(path: str, data: bytes) -> frozenset[str]:
    """The private names that a Python file gives a public one: `price = _price`, `from .a import _price as price`."""
    if not path.endswith(MODULE):
        return frozenset()
    try:
        return frozenset(name for node in tree(data).body for name in _aliases(node) if name.startswith("_"))
    except Unreadable:
        return frozenset()


def _aliases(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names if alias.asname and not alias.asname.startswith("_"))
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(each, ast.Name) and not each.id.startswith("_") for each in targets):
            # `price = cached(_price)` calls it, too
            given = [node.value, *(node.value.args if isinstance(node.value, ast.Call) else [])]
            yield from (each.id if isinstance(each, ast.Name) else each.attr for each in given if _reference(each))


def _reference(node: ast.expr) -> TypeGuard[ast.Name | ast.Attribute]:
    return isinstance(node, ast.Name | ast.Attribute)


def _python(body: list[ast.stmt], prefix: str, free: frozenset[int], shown: Set[str]) -> Iterator[Public]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _python([*node.body, *node.orelse], prefix, free, shown)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            names = [each.id for each in node.targets if isinstance(each, ast.Name) and not each.id.startswith("_")]
            yield from (Public(prefix + name, node.lineno, node.lineno, ast.dump(node), False) for name in names)
        elif not isinstance(node, (*FUNCTIONS, ast.ClassDef)) or (node.name[:1] == "_" and node.name not in shown):
            continue
        elif isinstance(node, ast.ClassDef):
            yield from _python(node.body, f"{prefix}{node.name}.", free, shown)
        elif node.body[-1].lineno not in free:
            told = node.body[-1].end_lineno != node.lineno
            yield Public(f"{prefix}{node.name}", node.lineno, node.body[0].lineno, ast.dump(node), told)


def _script(code: Code) -> Iterator[Public]:
    """What is exported, the methods of exported classes that are not private, and those of exported objects."""
    exported = set(_exported(code))
    depths = _depths(code)
    classes = [*_classes(code, exported), *_objects(code, exported, depths)]
    seen: set[int] = set()
    for name, start, end in functions(code):
        # the generator gives the name's own token, or the one after it
        at = start if code.text(start) == name else start - 1
        if at in seen:
            continue
        owner = next((own for own, first, last in classes if first < at < last and depths[at] == depths[first] + 1), "")
        public = _member(code, at) if owner else name in exported and depths[at] == 0
        if public and not name.startswith(("_", "#")) and name != "constructor":
            seen.add(at)
            text = " ".join(token.text for token in code.tokens[at : end + 1])
            body = next((i for i in range(at, end) if code.text(i) in ("{", "=>")), at)
            yield Public(f"{owner}.{name}" if owner else name, code.tokens[at].line, code.tokens[body].line, text)


def _member(code: Code, at: int) -> bool:
    """Whether a class's member is public: no `private` stands before it on its way from the member before."""
    while at > 0 and code.text(at - 1) not in (";", "}", "{", ")"):
        at -= 1
        if code.text(at) in _HIDDEN:
            return False
    return True


def _depths(code: Code) -> list[int]:
    """For every token, how many brackets are open at it."""
    ends = {closing for closing in code.closes.values()}
    out, depth = [], 0
    for index in range(len(code.tokens)):
        depth -= index in ends
        out.append(depth)
        depth += index in code.closes
    return out


def _classes(code: Code, exported: set[str]) -> Iterator[tuple[str, int, int]]:
    for index, token in enumerate(code.tokens):
        if token.kind == "name" and token.text == "class" and code.text(index + 1) in exported:
            opening = next((i for i in range(index, min(index + 60, len(code.tokens))) if code.text(i) == "{"), 0)
            if opening:
                yield code.text(index + 1), opening, code.end(opening)


def _objects(code: Code, exported: set[str], depths: list[int]) -> Iterator[tuple[str, int, int]]:
    """Objects and classes without a name that are exported under one; of objects, those that are mostly functions."""
    starts = [start for _, start, _ in functions(code)]
    for index, token in enumerate(code.tokens):
        name, at = _declared(code, index) if token.text == "=" else "", index + 1
        if not name or depths[index] or not (name in exported or name == "exports"):
            continue
        if code.text(at) == "class":
            opening = next((i for i in range(at, min(at + 60, len(code.tokens))) if code.text(i) == "{"), 0)
            if opening and code.text(at + 1) in ("{", "extends"):
                yield name, opening, code.end(opening)
            continue
        at += 4 * (code.text(at) == "Object" and code.text(at + 2) in ("freeze", "seal"))
        inside = range(at + 1, code.end(at)) if code.text(at) == "{" else range(0)
        members = 1 + sum(code.text(i) == "," and depths[i] == depths[at] + 1 and i + 1 < inside.stop for i in inside)
        if inside and 2 * sum(start in inside and depths[start] == depths[at] + 1 for start in starts) >= members:
            yield name, at, inside.stop


def _declared(code: Code, equals: int) -> str:
    """The name that a value is given to, its type left out."""
    for at in range(equals - 1, max(-1, equals - 30), -1):
        if code.text(at) in ("const", "let", "var"):
            return code.text(at + 1) if code.text(at + 2) in (":", "=") else ""
        if code.text(at) in (";", "{", "}", "=>"):
            break
    return code.text(equals - 1)


def _exported(code: Code) -> Iterator[str]:
    for index, token in enumerate(code.tokens):
        if token.kind != "name" or token.text not in ("export", "exports"):
            continue
        at = index + 1
        while code.text(at) in (
            "default",
            "async",
            "function",
            "const",
            "let",
            "var",
            "class",
            "abstract",
            "=",
            ".",
            "*",
        ):
            at += 1
        if code.text(at) == "{":
            yield from (each.text for each in code.tokens[at + 1 : code.end(at)] if each.kind == "name")
        elif code.kind(at) == "name":
            yield code.text(at)
