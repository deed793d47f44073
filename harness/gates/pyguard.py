"""What a Python test asks in any case: no condition, early return or catching handler stands before it, and no
tautology is left."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from harness.gates.pyassert import FUNCTIONS, Function, chain

_CAUGHT = frozenset({"AssertionError", "Exception", "BaseException", "suppress"})
_ENDS = (ast.Return, ast.Continue, ast.Break)
_APART = (*FUNCTIONS, ast.ClassDef, ast.expr)


def unguarded(function: Function) -> Function:
    """The function without what is asked under a condition only, and without assertions of one value with itself."""
    same = _Same(function)
    body = list(_kept(function.body, same)) or [ast.Pass()]
    made = type(function)(**{**dict(ast.iter_fields(function)), "body": body})
    return ast.copy_location(made, function)


def dull(function: Function) -> frozenset[str]:
    """The assertions of a function that compare a value with itself, as they are written."""
    same = _Same(function)
    out: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and (
            same.fixed(node.test) or (same.sides(node.test) and not _calls(node.test))
        ):
            out.add(f"assert {ast.unparse(node.test)}")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and same.arguments(node.value):
            out |= set() if any(map(_calls, node.value.args)) else {ast.unparse(node.value)}
    return frozenset(out)


def _calls(node: ast.expr) -> bool:
    """Whether something is called in an expression: a second call may well give another value."""
    return any(isinstance(inner, ast.Call) for inner in ast.walk(node))


def _kept(body: Sequence[ast.stmt], same: _Same) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.Assert) and (same.sides(node.test) or same.fixed(node.test)):
            continue
        if isinstance(node, ast.Expr) and same.arguments(node.value):
            continue
        if isinstance(node, ast.If):
            # of two branches one is asked in any case
            yield from _kept(node.orelse, same)
        elif isinstance(node, ast.Try):
            yield from [] if any(_swallows(handler) for handler in node.handlers) else _kept(node.body, same)
            yield from _kept([*node.orelse, *node.finalbody], same)
        elif isinstance(node, ast.With | ast.AsyncWith):
            yield from _within(node, same)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
            empty = isinstance(node, ast.For) and isinstance(node.iter, ast.List | ast.Tuple) and not node.iter.elts
            yield from [] if empty else [ast.Expr(_head(node)), *_kept(node.body, same)]
        elif isinstance(node, FUNCTIONS):
            yield unguarded(node)
        elif not isinstance(node, ast.Match):
            yield node
        if isinstance(node, (*_ENDS, ast.If)) and any(isinstance(inner, _ENDS) for inner in _own(node)):
            return


def _within(node: ast.With | ast.AsyncWith, same: _Same) -> Iterator[ast.stmt]:
    if not any(_catches(item.context_expr) for item in node.items):
        body = list(_kept(node.body, same)) or [ast.Pass()]
        yield ast.copy_location(type(node)(items=node.items, body=body), node)


def _head(node: ast.For | ast.AsyncFor | ast.While) -> ast.expr:
    return node.test if isinstance(node, ast.While) else node.iter


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """A statement and those in it, but for the functions' own."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _APART):
            yield from _own(child)


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether a failed assertion ends in a handler."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    if not any(kind is None or (chain(kind)[-1:] and chain(kind)[-1] in _CAUGHT) for kind in kinds):
        return False
    again = (isinstance(n, ast.Raise | ast.Assert) or _fails(n) for each in handler.body for n in ast.walk(each))
    return not any(again)


def _fails(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and chain(node.func)[-1:] == ["fail"]


def _catches(node: ast.expr) -> bool:
    """Whether it is `suppress(AssertionError)` or wider."""
    if not isinstance(node, ast.Call) or chain(node.func)[-1:] != ["suppress"]:
        return False
    return any(chain(argument)[-1:] and chain(argument)[-1] in _CAUGHT for argument in node.args)


class _Same:
    """Knows whether two expressions of a function are one and the same value: names of one value are followed."""

    def __init__(self, function: Function) -> None:
        stored: dict[str, list[ast.expr | None]] = {}
        calls: set[str] = set()
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                stored.setdefault(node.id, []).append(None)
            if isinstance(node, ast.Assign | ast.Expr | ast.AnnAssign):
                calls |= {ast.dump(n) for n in ast.walk(node) if isinstance(n, ast.Call)}
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                stored.setdefault(node.targets[0].id, []).append(node.value)
        # a call between two others may change what they answer
        follow = len(calls) <= 1
        self.values: dict[str, ast.expr] = {}
        for name, values in stored.items():
            value = next((each for each in values if each is not None), None)
            if len(values) == 2 and value is not None and (follow or isinstance(value, ast.Name | ast.Constant)):
                self.values[name] = value

    def sides(self, test: ast.expr) -> bool:
        """Whether a comparison holds whatever is compared."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            return all(self.sides(each) for each in test.values)
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return False
        if not isinstance(test.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE):
            return False
        return self._alike(test.left, test.comparators[0])

    def fixed(self, test: ast.expr) -> bool:
        """Whether `assert ok` asks for a variable that is one literal throughout."""
        return isinstance(test, ast.Name) and isinstance(self._value(test), ast.Constant)

    def arguments(self, call: ast.expr) -> bool:
        """Whether `assertEqual(a, b)` holds whatever is compared."""
        if not isinstance(call, ast.Call) or len(call.args) < 2:
            return False
        name = (chain(call.func) or [""])[-1].lower().replace("_", "")
        asserts = name.startswith("assert") and "equal" in name and "not" not in name
        return asserts and self._alike(call.args[0], call.args[1])

    def _alike(self, one: ast.expr, other: ast.expr) -> bool:
        for left, right in ((one, other), (other, one)):
            right = self._value(right)
            branches = [right.body, right.orelse] if isinstance(right, ast.IfExp) else [right]
            if any(ast.dump(self._value(left)) == ast.dump(self._value(branch)) for branch in branches):
                return True
        return False

    def _value(self, node: ast.expr) -> ast.expr:
        for _ in range(8):
            if not isinstance(node, ast.Name) or node.id not in self.values:
                break
            node = self.values[node.id]
        return node
