"""Python helpers that are called as assertions are, and assert nothing."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence

from harness.gates.pyassert import FUNCTIONS, chain, strengths

NAMED = re.compile(rb"\bdef\s+_*(?:assert|expect)\w|\b_*(?:assert|expect)_\w+\s*=")
_NAME = re.compile(r"_*(?:assert|expect)\w+")
_PLAIN = frozenset(dir(builtins)) - {"exec", "eval", "exit", "quit", "getattr", "__import__"}
_ASKS = re.compile(r"_*(?:assert|expect|raises|warns|fail|verify|check|validate|ensure|should)", re.I)

Body = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def idle(trees: Sequence[ast.Module]) -> frozenset[str]:
    """The names of assertions all of whose definitions call nothing but what is known, and can't fail."""
    found: dict[str, list[bool]] = {}
    for tree in trees:
        for name, quiet in _defined(tree):
            found.setdefault(name, []).append(quiet)
    return frozenset(name for name, quiet in found.items() if all(quiet))


def _defined(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """(name, whether it asserts nothing) of every function and every `expect_it = print` of a file."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS) and _NAME.fullmatch(node.name):
            yield node.name, not node.decorator_list and _quiet(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and _NAME.fullmatch(target.id):
                    yield target.id, _value(node.value)
        elif isinstance(node, ast.alias) and node.asname and _NAME.fullmatch(node.asname):
            yield node.asname, False


def _value(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id in _PLAIN) or (isinstance(node, ast.Lambda) and _quiet(node))


def _quiet(body: Body) -> bool:
    """Whether nothing in it raises, asserts, or calls what may."""
    if not isinstance(body, ast.Lambda) and any(True for _ in strengths(body, frozenset())):
        return False
    for node in ast.walk(body):
        if isinstance(node, ast.Raise | ast.Assert | ast.Yield | ast.YieldFrom | ast.With | ast.AsyncWith | ast.Await):
            return False
        if isinstance(node, ast.Call):
            words = chain(node.func)
            if not words or _ASKS.match(words[-1]) or (len(words) == 1 and words[0] not in _PLAIN):
                return False
        if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
            return False
    return True
