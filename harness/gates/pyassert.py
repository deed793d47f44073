"""Assertions in Python: which statements are some, in every usual framework, and how strong each is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.gates.testcase import COMPARED, EQUAL, TRIVIAL, TRUTH

RAISES = frozenset({"raises", "warns", "deprecated_call"})
_SAYING = frozenset({"assert_that", "expect"})
Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FAILS = frozenset({"fail", "raise_for_status", "verify"})
_SHORT = frozenset({"eq_", "ok_"})
"""Assertions of nose."""
_FLUENT = frozenset({"check"})
"""Names whose methods assert: `check.equal(a, b)`."""
_WORDS = ("assert", "expect")
_TRUTHS = ("true", "false", "truthy", "falsy", "called", "not_none", "isnotnone", "any")
_SAME = (ast.Eq, ast.Is, ast.LtE, ast.GtE)
_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.LtE: ast.GtE, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.Gt: ast.Lt}
_PURE = frozenset({"all", "any", "bool", "len", "str", "int", "repr", "sorted", "list", "set", "tuple"})
_MISSPELT = frozenset({"called_with", "called_once_with", "called_once", "not_called", "has_calls", "any_call"})
"""What a mock has no method for: it makes one up, which is true."""
_BROAD = frozenset({"Exception", "BaseException"})


def chain(node: ast.expr) -> list[str]:
    """The names of `a.b(…).c`, first to last."""
    out: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            out.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Await | ast.Subscript):
            node = node.value
        else:
            return [*out, node.id][::-1] if isinstance(node, ast.Name) else out[::-1]


def asserting(node: ast.expr, defined: frozenset[str]) -> str:
    """The name by which a call asserts, such as `assertEqual`; '' where it does not, or where `defined` says more."""
    node = node.value if isinstance(node, ast.Await) else node
    if not isinstance(node, ast.Call):
        return ""
    names = chain(node.func)
    for name in names:
        low = name.lower().lstrip("_")
        if name not in defined and (low.startswith(_WORDS) or low in RAISES or low in _FAILS | _SHORT):
            return name
    recorded = names[0].endswith("_regression") and names[-1] == "check" if len(names) > 1 else False
    return names[-1] if recorded or (len(names) > 1 and names[0] in _FLUENT - defined) else ""


def raising(item: ast.withitem) -> str:
    """`raises` or the like where a `with` statement asserts, '' elsewhere."""
    if not isinstance(item.context_expr, ast.Call):
        return ""
    names = chain(item.context_expr.func)
    last = names[-1] if names else ""
    return last if last in RAISES or last.startswith("assert") else ""


def strengths(function: Function, defined: frozenset[str]) -> Iterator[tuple[int, str, bool]]:
    """(strength, text, whether it can be inverted) of every assertion that a function itself makes."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            yield truth(node.test), f"assert {ast.unparse(node.test)}", True
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if raising(item):
                    yield _raised(item.context_expr), ast.unparse(item.context_expr), True
        elif isinstance(node, ast.Expr | ast.Return) and node.value and (name := asserting(node.value, defined)):
            plain = isinstance(node, ast.Expr) and (name.lower().startswith("assert") or name in RAISES)
            yield _called(name, node.value), ast.unparse(node.value), plain
        elif isinstance(node, ast.Raise) and node.exc and chain(node.exc)[-1:] == ["AssertionError"]:
            yield COMPARED, ast.unparse(node), False


def _raised(call: ast.expr) -> int:
    broad = isinstance(call, ast.Call) and call.args and chain(call.args[0])[-1:] and chain(call.args[0])[-1] in _BROAD
    return TRUTH if broad and isinstance(call, ast.Call) and not call.keywords else COMPARED


def _called(name: str, call: ast.expr) -> int:
    call = call.value if isinstance(call, ast.Await) else call
    arguments = _arguments(call)
    low = name.lower()
    if low in ("asserttrue", "assert_", "assertfalse", "assert_true", "ok_") and arguments:
        return truth(arguments[0])
    if low in _FAILS:
        return COMPARED
    # in `assert_that(a).is_equal_to(b)` the last word says what is asked
    low = (chain(call) or [name])[-1].lower() if low in _SAYING else low
    mocked = "called" in low or "await" in low or "_with" in low or "_has_" in low
    if arguments and not mocked and all(_literal(argument) for argument in arguments):
        return TRIVIAL
    if len(arguments) >= 2 and _alike(arguments[0], arguments[1]) and "not" not in low:
        return TRIVIAL
    if low.endswith(_TRUTHS):
        return TRUTH
    exact = "equal" in low or "with" in low or low in ("assertis", "eq_") or low == "check"
    return EQUAL if exact and "not" not in low else COMPARED


def _arguments(call: ast.expr) -> list[ast.expr]:
    """What is given to every call of `a(b).c(d)`, first to last."""
    out: list[ast.expr] = []
    while isinstance(call, ast.Call | ast.Attribute | ast.Await):
        if isinstance(call, ast.Call):
            out = [*call.args, *out]
        call = call.func if isinstance(call, ast.Call) else call.value
    return out


def truth(test: ast.expr) -> int:
    """How strong `assert test` is."""
    # a tuple that holds anything is true, whatever it holds
    if _literal(test) or isinstance(test, ast.Lambda | ast.JoinedStr) or (isinstance(test, ast.Tuple) and test.elts):
        return TRIVIAL
    if isinstance(test, ast.BoolOp):
        each = [truth(operand) for operand in test.values]
        return max(each) if isinstance(test.op, ast.And) else min(each)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return min(TRUTH, truth(test.operand))
    if isinstance(test, ast.NamedExpr):
        return truth(test.value)
    if isinstance(test, ast.Compare):
        return _comparison(test)
    if isinstance(test, ast.Call):
        name = (chain(test.func) or [""])[-1]
        if name in _MISSPELT or (name in _PURE and test.args and all(_literal(each) for each in test.args)):
            return TRIVIAL
        if name == "isinstance" and len(test.args) == 2:
            return TRIVIAL if chain(test.args[1]) == ["object"] else COMPARED
        deep = any(isinstance(inner, ast.Compare) for inner in ast.walk(test))
        return COMPARED if deep or name in ("startswith", "endswith", "issubset", "isclose", "match") else TRUTH
    return TRUTH


def _comparison(test: ast.Compare) -> int:
    left, right, way = test.left, test.comparators[-1], test.ops[-1]
    if _literal(left) and all(_literal(each) for each in test.comparators):
        return TRIVIAL
    if len(test.ops) > 1:
        return COMPARED
    if isinstance(way, _SAME) and _alike(left, right):
        return TRIVIAL
    if _length(right):
        left, right, way = right, left, _TURNED.get(type(way), type(way))()
    if _length(left) and (type(way), ast.unparse(right)) in ((ast.GtE, "0"), (ast.Gt, "-1")):
        return TRIVIAL
    if isinstance(way, ast.IsNot) and isinstance(right, ast.Constant) and right.value is None:
        return TRUTH
    loose = any(
        isinstance(n, ast.Name | ast.Attribute) and chain(n)[-1:] in (["approx"], ["ANY"]) for n in ast.walk(test)
    )
    return EQUAL if isinstance(way, ast.Eq | ast.Is) and not loose else COMPARED


def _length(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and chain(node.func) == ["len"]


def _literal(node: ast.expr) -> bool:
    """Whether it is the same at every run: constants, and what is built of them."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return _literal(node.operand)
    if isinstance(node, ast.BinOp):
        return _literal(node.left) and _literal(node.right)
    return isinstance(node, ast.List | ast.Set | ast.Tuple) and all(_literal(each) for each in node.elts)


def _alike(one: ast.expr, other: ast.expr) -> bool:
    """Whether both sides are one and the same value; two calls may well differ, and are worth a comparison."""
    calls = any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(one))
    return not calls and ast.dump(one) == ast.dump(other)
