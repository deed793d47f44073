"""Classes of settings in Python, whose fields are environment variables."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from harness.gates.variable import Reading


def fields(node: ast.ClassDef, text: Callable[[ast.expr], str]) -> Iterator[Reading]:
    """The variables of a class: its fields, with the prefix of its configuration, or their aliases. `text` says what
    string an expression is, '' where it is none."""
    prefix = ""
    for inner in ast.walk(node):
        if (isinstance(inner, ast.keyword) and inner.arg == "env_prefix") or (
            isinstance(inner, ast.Assign) and last_name(inner.targets[0]) == "env_prefix"
        ):
            prefix = text(inner.value) or prefix
    for row in node.body:
        if not isinstance(row, ast.AnnAssign) or not isinstance(row.target, ast.Name):
            continue
        name, kind = row.target.id, ast.unparse(row.annotation)
        if name.startswith("_") or name == "model_config" or "ClassVar" in kind:
            continue
        aliases = [*_aliases(row.value), *_aliases(row.annotation)]
        yield Reading(tuple(aliases) or ((prefix + name).upper(), prefix + name), row.lineno)


def _aliases(value: ast.expr | None) -> Iterator[str]:
    for call in ast.walk(value) if value is not None else ():
        if isinstance(call, ast.Call) and last_name(call.func) == "Field":
            for keyword in call.keywords:
                if keyword.arg in ("alias", "validation_alias", "env"):
                    yield from (
                        str(each.value)
                        for each in ast.walk(keyword.value)
                        if isinstance(each, ast.Constant) and isinstance(each.value, str)
                    )


def last_name(node: ast.expr) -> str:
    """The last name of an expression such as `a.b`; '' where it has none."""
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
