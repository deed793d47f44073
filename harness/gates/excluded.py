"""What is left out of a coverage report by directives and configuration, and which of it nobody would measure."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator

from harness.gates.javascript import comments
from harness.gates.pyassert import FUNCTIONS, chain
from harness.gates.pytests import Unreadable, tree
from harness.gates.testset import MODULE

DIRECTIVE = re.compile(
    r"pragma:?\s*no\s*(?:cover|branch)\b|(?:istanbul|c8|v8)\s+ignore\b|node:coverage\s+(?:ignore|disable)\b", re.I
)
_SPARED = frozenset({"overload", "abstractmethod", "abstractproperty"})

_MAIN = frozenset(
    ast.dump(ast.parse(text, mode="eval").body) for text in ("__name__ == '__main__'", "'__main__' == __name__")
)


def directives(path: str, data: bytes) -> list[tuple[int, str]]:
    """(line, text of the line) of every comment that leaves code out of the figures."""
    text = data.decode("utf-8", "replace")
    if not DIRECTIVE.search(text):
        return []
    found = _comments(text) if path.endswith(MODULE) else comments(text)
    lines = text.splitlines()
    return [(line, lines[line - 1].strip()) for line, comment in found if DIRECTIVE.search(comment)]


def _comments(text: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError):
        return


def new(before: Iterable[tuple[int, str]], after: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """The rows of `after` whose text is not among those of `before`, each as often as it is more."""
    left = Counter(text for _, text in before)
    out = []
    for line, text in after:
        if left[text] > 0:
            left[text] -= 1
        else:
            out.append((line, text))
    return out


def spared(data: bytes) -> frozenset[int]:
    """Lines of a Python file that may be left out: what only type checkers read, abstract bodies, `__main__` blocks."""
    try:
        module = tree(data)
    except Unreadable:
        return frozenset()
    out: set[int] = set()
    for node in ast.walk(module):
        if _spared(node) and isinstance(node, ast.stmt):
            out.update(range(node.lineno - _decorated(node), (node.end_lineno or node.lineno) + 1))
    return frozenset(out)


def _spared(node: ast.AST) -> bool:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return _declares(node)
    if isinstance(node, ast.If):
        return not node.orelse and (_checking(node.test) or _main(node.test))
    if isinstance(node, ast.Raise) and node.exc is not None:
        return (chain(node.exc) or [""])[-1] == "NotImplementedError"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _declares(node: ast.stmt) -> bool:
    """Whether a function or class has no code of its own: it says what others have to have."""
    if isinstance(node, ast.ClassDef):
        return all(_declares(each) for each in node.body)
    if isinstance(node, FUNCTIONS):
        marked = any((chain(decorator) or [""])[-1] in _SPARED for decorator in node.decorator_list)
        return all(_stub(each) or (marked and _idle(each)) for each in node.body)
    return isinstance(node, ast.Pass) or _stub(node) or (isinstance(node, ast.AnnAssign) and node.value is None)


def _idle(node: ast.stmt) -> bool:
    """Whether a statement does nothing but stand where one has to."""
    if isinstance(node, ast.Return):
        return isinstance(node.value, ast.Constant | ast.Name | None)
    return isinstance(node, ast.Pass | ast.Raise)


def _stub(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name | ast.Attribute) and (chain(test) or [""])[-1] == "TYPE_CHECKING"


def _main(test: ast.expr) -> bool:
    return ast.dump(test) in _MAIN


def _decorated(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return node.lineno - decorators[0].lineno if decorators else 0
