"""Turns the assertions of Python tests round: a test that still passes has none that was ever asked."""

from __future__ import annotations

import ast

from harness.gates.pyassert import RAISES, asserting, raising
from harness.gates.pytests import Unreadable, tree

_SAID = "the assertion holds, and was turned round"


class _Turned(ast.NodeTransformer):
    """`assert x` becomes `assert not x`; what asserts by a call or a `with` has to raise."""

    def __init__(self, defined: frozenset[str]) -> None:
        self.defined = defined

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """A plain assertion."""
        return ast.Assert(ast.UnaryOp(ast.Not(), node.test), ast.Constant(_SAID))

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """`self.assertEqual(…)`, `mock.assert_called()`, `pytest.raises(E, f)`."""
        name = asserting(node.value, self.defined)
        return _raising(node) if name.lower().startswith("assert") or name in RAISES else node

    def visit_With(self, node: ast.With) -> ast.AST:
        """`with pytest.raises(…)`."""
        self.generic_visit(node)
        return _raising(node, "BaseException") if any(raising(item) for item in node.items) else node

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        """The same, asynchronous."""
        self.generic_visit(node)
        return _raising(node, "BaseException") if any(raising(item) for item in node.items) else node


def _raising(node: ast.stmt, caught: str = "Exception") -> ast.AST:
    """The statement, which now fails where it did not raise."""
    # pytest's own "did not raise" is no Exception
    handler = ast.ExceptHandler(ast.Name(caught, ast.Load()), None, [ast.Pass()])
    failing = ast.Raise(ast.Call(ast.Name("AssertionError", ast.Load()), [ast.Constant(_SAID)], []), None)
    return ast.Try([node], [handler], [failing], [])


def inverted(data: bytes, defined: frozenset[str]) -> bytes:
    """A file of tests with its assertions turned round; raises Unreadable. `defined` names the tests' own functions,
    whose assertions are turned round where they stand, and not again where they are called."""
    module = _Turned(defined).visit(tree(data))
    try:
        return ast.unparse(ast.fix_missing_locations(module)).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the file can't be written anew ({error})") from error
