"""Small faults for changed lines: what a test that asks for the right answer has to notice.

Made here, and not by mutmut or Stryker: both run the tests in a way of their own and need their configuration in the
target, and what counts is what the target's own command reports, in the sandbox, in bounded time.
"""

from __future__ import annotations

import ast
from collections.abc import Set
from copy import copy
from dataclasses import dataclass

from harness.gates.javascript import Code, lex
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
class Spot:
    """A place in a source file where one fault fits."""

    path: str
    line: int
    index: int
    """Of the node or token, in the order in which a file is read."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A source file with one fault."""

    path: str
    line: int
    what: str
    """`n > 10 became n <= 10`."""
    content: bytes


def spots(path: str, data: bytes, lines: Set[int]) -> list[Spot]:
    """Every place on the lines given where a fault fits; raises Unreadable where the file can't be read."""
    if not path.endswith(MODULE):
        code = lex(data.decode("utf-8", "replace"))
        found = [index for index, token in enumerate(code.tokens) if token.line in lines and _instead(code, index)]
        return [Spot(path, code.tokens[index].line, index) for index in found]
    rows = [(getattr(node, "lineno", 0), index, node) for index, node in enumerate(ast.walk(tree(data)))]
    return [Spot(path, line, index) for line, index, node in rows if line in lines and _change(copy(node))]


def mutant(spot: Spot, data: bytes) -> Mutant:
    """The file with the fault at `spot`."""
    if spot.path.endswith(MODULE):
        module = tree(data)
        node = next(each for index, each in enumerate(ast.walk(module)) if index == spot.index)
        before = ast.unparse(node)[:80]
        _change(node)
        after = ast.unparse(ast.fix_missing_locations(module)).encode()
        return Mutant(spot.path, spot.line, f"{before} became {ast.unparse(node)[:80]}", after)
    text = data.decode("utf-8", "replace")
    code = lex(text)
    token, new = code.tokens[spot.index], _instead(code, spot.index)
    row = text.splitlines()[spot.line - 1].strip()[:80]
    content = text[: token.at] + new + text[token.at + len(token.text) :]
    return Mutant(spot.path, spot.line, f"{token.text} became {new} in `{row}`", content.encode())


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


def _instead(code: Code, index: int) -> str:
    """What makes a token of a script wrong; '' where nothing does."""
    token = code.tokens[index]
    if token.kind == "mark" and token.text in _MARKS:
        spaced = False
        if 0 < index < len(code.tokens) - 1:
            last, following = code.tokens[index - 1], code.tokens[index + 1]
            spaced = last.at + len(last.text) < token.at and token.at + len(token.text) < following.at
        return _MARKS[token.text] if spaced or token.text not in _SPACED else ""
    if token.kind == "name":
        return _WORDS.get(token.text, "")
    plain = token.kind == "number" and token.text.isdecimal() and len(token.text) < 15
    return str(int(token.text) + 1) if plain and code.text(index - 1) != "." else ""
