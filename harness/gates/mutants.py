"""Small faults for changed lines: what a test that asks for the right answer has to notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from copy import deepcopy
from dataclasses import dataclass

from harness.gates.javascript import lex
from harness.gates.pyassert import FUNCTIONS
from harness.gates.pytests import tree
from harness.gates.testset import MODULE

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_COUNT: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_MARKS = {
    "===": "!==", "!==": "===", "==": "!=", "!=": "==", "<": ">=", ">": "<=", "<=": ">", ">=": "<", "&&": "||",
    "||": "&&", "??": "&&", "+": "-", "-": "+", "*": "/", "/": "*", "%": "*",
}  # fmt: skip
_WORDS = {"true": "false", "false": "true"}
_SPACED = frozenset("<>+-*/%")
"""Marks that are an operator between spaces, and may be something else without."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A source file with one fault."""

    path: str
    line: int
    what: str
    """`n > 10 became n <= 10`."""
    content: bytes


def mutants(path: str, data: bytes, lines: Set[int]) -> list[Mutant]:
    """Every mutant of the lines given; raises Unreadable where the file can't be read."""
    return list(_python(path, tree(data), lines) if path.endswith(MODULE) else _script(path, data, lines))


def _python(path: str, module: ast.Module, lines: Set[int]) -> Iterator[Mutant]:
    for index, node in enumerate(ast.walk(module)):
        if getattr(node, "lineno", 0) not in lines or not _may(node):
            continue
        copy = deepcopy(module)
        other = next(each for at, each in enumerate(ast.walk(copy)) if at == index)
        before = ast.unparse(node)
        if _change(other):
            after = ast.unparse(ast.fix_missing_locations(copy))
            yield Mutant(path, node.lineno, f"{before[:80]} became {ast.unparse(other)[:80]}", after.encode())  # type: ignore[attr-defined]


def _may(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare | ast.BinOp | ast.BoolOp | ast.Return | ast.Constant | ast.If | ast.UnaryOp)


def _change(node: ast.AST) -> bool:
    """Make `node` wrong in place; False where nothing fits."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        node.ops = [_COMPARE[type(node.ops[0])]()]
    elif isinstance(node, ast.BinOp) and type(node.op) in _COUNT:
        node.op = _COUNT[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.Return) and node.value is not None and not _none(node.value):
        node.value = ast.Constant(None)
    elif isinstance(node, ast.If) and not isinstance(node.test, ast.Compare | ast.BoolOp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int) and not isinstance(node.value, str):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    else:
        return False
    return True


def _none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def inside(path: str, data: bytes) -> frozenset[int]:
    """The lines of a file that lie in a function: what runs as a module is loaded is seldom asked by a test."""
    if not path.endswith(MODULE):
        return frozenset(range(1, data.count(b"\n") + 2))
    out: set[int] = set()
    for node in ast.walk(tree(data)):
        if isinstance(node, FUNCTIONS):
            out.update(range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(out)


def _script(path: str, data: bytes, lines: Set[int]) -> Iterator[Mutant]:
    text = data.decode("utf-8", "replace")
    code, rows = lex(text), text.splitlines()
    for index, token in enumerate(code.tokens):
        if token.line not in lines or code.text(index - 1) in ("import", "from"):
            continue
        end = token.at + len(token.text)
        new = ""
        if token.kind == "mark" and token.text in _MARKS:
            between = text[max(0, token.at - 1) : token.at].isspace() and text[end : end + 1].isspace()
            new = _MARKS[token.text] if between or token.text not in _SPACED else ""
        elif token.kind == "name":
            new = _WORDS.get(token.text, "")
        elif token.kind == "number" and token.text.isdecimal() and code.text(index - 1) != ".":
            new = str(int(token.text[:15]) + 1)
        if new:
            row = rows[token.line - 1].strip()[:80] if token.line <= len(rows) else ""
            yield Mutant(path, token.line, f"{token.text} became {new} in `{row}`", (text[: token.at] + new + text[end:]).encode())
