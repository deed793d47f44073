"""Reads the tests of Python files, pytest's and unittest's, from their syntax trees."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from types import MappingProxyType

from harness.gates.pyassert import FUNCTIONS, Function, chain, strengths
from harness.gates.pyguard import dull, unguarded
from harness.gates.pyidle import NAMED, idle
from harness.gates.testcase import Test

MOST_BYTES = 2 << 20
NONE: Mapping[str, bytes] = MappingProxyType({})
Helpers = Callable[[str], list[Function]]
"""name -> functions that tests call"""
MOST_LEVELS = 4
"""How deep a test's helpers are followed."""
_DEEP = re.compile(r"[(\[{]{60}|(?:not |[~+-]){60}")
"""Nesting on which the parser of older Pythons gives up with the whole process."""
USUAL = ("test",)
"""How functions begin that are tests, where nothing else is configured."""
_DESCRIBES = "describe_"
_SKIPS = frozenset({"skip", "xfail", "expectedFailure", "skipTest"})


class Unreadable(ValueError):
    """The file is no Python that can be read here; the message says why."""


def tree(data: bytes) -> ast.Module:
    """The syntax tree of a file; raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"the file is larger than {MOST_BYTES >> 20} MB")
    if _DEEP.search(data.decode("latin-1")):
        raise Unreadable("the file is nested too deeply")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"the file is no Python that can be read here ({error})") from error


def read(
    files: Mapping[str, bytes], beside: Mapping[str, bytes] = NONE, begins: tuple[str, ...] = USUAL
) -> tuple[list[Test], dict[str, str]]:
    """(the tests of all files, path -> why it can't be read). Helpers are found in whichever of the files they lie;
    what `beside` defines by an assertion's name without asserting anything is none. A function is a test whose name
    begins with one of `begins`, or has the form of one, such as `*_spec`.
    """
    trees: dict[str, ast.Module] = {}
    broken: dict[str, str] = {}
    for path, data in files.items():
        try:
            trees[path] = tree(data)
        except Unreadable as error:
            broken[path] = str(error)
    helpers = defined(trees.values())
    names = frozenset(helpers) | idle([*trees.values(), *_opened(beside)])
    out: list[Test] = []
    for path, module in trees.items():
        skipped = _marked(module)
        twice = _twice(module)
        for prefix, function, off in _functions(module.body, "", skipped, begins):
            out.append(_test(path, prefix, function, off, _called(helpers, begins), names, id(function) in twice))
    return out, broken


def _called(helpers: dict[str, list[Function]], begins: tuple[str, ...]) -> Callable[[str], list[Function]]:
    """name -> the functions of that name that tests call: a test is none."""
    return lambda name: [each for each in helpers.get(name, [])[:20] if not _collected(each, begins)]


def _opened(files: Mapping[str, bytes]) -> Iterator[ast.Module]:
    for data in files.values():
        if NAMED.search(data):
            with suppress(Unreadable):
                yield tree(data)


def defined(trees: Iterable[ast.Module]) -> dict[str, list[Function]]:
    """name -> the functions of that name that the files define."""
    out: dict[str, list[Function]] = {}
    for module in trees:
        for node in ast.walk(module):
            if isinstance(node, FUNCTIONS):
                out.setdefault(node.name, []).append(node)
    return out


def _functions(
    body: list[ast.stmt], prefix: str, skipped: bool, begins: tuple[str, ...]
) -> Iterator[tuple[str, Function, bool]]:
    """(its class, a test function, whether its class or module is skipped)."""
    for node in body:
        described = isinstance(node, FUNCTIONS) and node.name.startswith(_DESCRIBES)
        if isinstance(node, ast.ClassDef) or (isinstance(node, FUNCTIONS) and described):
            inner = f"{prefix}::{node.name}" if prefix else node.name
            # in a group of pytest-describe every function is a test that has no underscore before it
            named = ("[!_]*",) if described else begins
            yield from _functions(node.body, inner, skipped or _skips(node.decorator_list), named)
        elif isinstance(node, FUNCTIONS) and _collected(node, begins):
            yield prefix, node, skipped
        elif isinstance(node, ast.If | ast.Try):
            yield from _functions([*node.body, *node.orelse], prefix, skipped, begins)


def _collected(function: Function, begins: tuple[str, ...]) -> bool:
    """Whether a runner takes a function for a test; a fixture such as `tester` is none."""
    fixture = any((chain(each) or [""])[-1] == "fixture" for each in function.decorator_list)
    named = any(function.name.startswith(each) or fnmatchcase(function.name, each) for each in begins)
    return named and not fixture


def _twice(module: ast.Module) -> set[int]:
    """ids of the functions whose name is defined again beside them, so that they are never run."""
    out: set[int] = set()
    classes = (node.body for node in ast.walk(module) if isinstance(node, ast.ClassDef))
    for body in (module.body, *classes):
        last: dict[str, int] = {}
        for node in body:
            if isinstance(node, FUNCTIONS):
                out |= {last[node.name]} if node.name in last else set()
                last[node.name] = id(node)
    return out


def _test(
    path: str, prefix: str, function: Function, skipped: bool, helpers: Helpers,
    names: frozenset[str], shadowed: bool,
) -> Test:  # fmt: skip
    same = dull(function)
    own = [(0 if text in same else strength, text, plain) for strength, text, plain in strengths(function, names)]
    called = [row for helper in _reached(function, helpers) for row in strengths(helper, names)]
    first = function.body[:2]
    stops = any(isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and _last(n.value) in _SKIPS for n in first)
    return Test(
        path=path,
        line=function.lineno,
        name=f"{prefix}::{function.name}" if prefix else function.name,
        strengths=tuple(strength for strength, _, _ in [*own, *called]),
        own=frozenset(text for _, text, _ in own),
        parts=frozenset(_parts(function)),
        skipped=skipped or stops or _skips(function.decorator_list),
        plain=bool(own or called) and all(plain for _, _, plain in [*own, *called]),
        cases=_cases(function),
        firm=_firm(function, helpers, names),
        local=tuple(dict.fromkeys(_stored(function))),
        shadowed=shadowed,
    )


def _firm(function: Function, helpers: Helpers, names: frozenset[str]) -> int:
    """How many assertions a test makes in any case."""
    bare = unguarded(function)
    reached = [unguarded(helper) for helper in _reached(bare, helpers) if helper is not function]
    return sum(1 for each in (bare, *reached) for strength, _, _ in strengths(each, names) if strength)


def _stored(function: Function) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _parts(function: Function) -> Iterator[str]:
    """Its simple statements, the heads of the others, its decorators, and each row of a table by itself."""
    for decorator in function.decorator_list:
        rows = _rows(decorator)
        yield from ([ast.unparse(row) for row in rows] if rows else [ast.unparse(decorator)])
    arguments = function.args
    yield from (f"argument {each.arg}" for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
    for node in ast.walk(function):
        if isinstance(node, ast.With | ast.AsyncWith):
            yield from (ast.unparse(item) for item in node.items)
        elif isinstance(node, ast.If | ast.While):
            yield ast.unparse(node.test)
        elif isinstance(node, ast.For | ast.AsyncFor):
            yield ast.unparse(node.iter)
        elif isinstance(node, ast.Assert):
            yield f"assert {ast.unparse(node.test)}"
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        elif isinstance(node, ast.stmt) and not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Try)):
            yield ast.unparse(node)


def _reached(function: Function, helpers: Helpers) -> list[Function]:
    """The functions of the tests that a test calls or takes as a fixture, and those that these call."""
    seen: dict[int, Function] = {}
    front: list[Function] = [function]
    for _ in range(MOST_LEVELS):
        found: list[Function] = []
        for each in front:
            for name in _used(each):
                found += [f for f in helpers(name) if f is not function and id(f) not in seen]
                seen |= {id(f): f for f in found}
        front = found
    return list(seen.values())


def _used(function: Function) -> set[str]:
    names = {argument.arg for argument in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            names.update(chain(node.func)[-1:])
    return names


def _last(node: ast.expr) -> str:
    return (chain(node) or [""])[-1]


def _skips(decorators: list[ast.expr]) -> bool:
    return any(_last(decorator) in _SKIPS for decorator in decorators)


def _marked(module: ast.Module) -> bool:
    """Whether a module leaves all of its tests out."""
    for node in module.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            marks = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            if _skips(marks):
                return True
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _last(node.value) in _SKIPS:
            return True
    return False


def _cases(function: Function) -> int:
    """The rows of its parametrize marks, where they are written down; one without."""
    cases = 1
    for decorator in function.decorator_list:
        cases *= max(1, len(_rows(decorator)))
    return cases


def _rows(decorator: ast.expr) -> list[ast.expr]:
    if isinstance(decorator, ast.Call) and _last(decorator) == "parametrize" and len(decorator.args) > 1:
        rows = decorator.args[1]
        return rows.elts if isinstance(rows, ast.List | ast.Tuple | ast.Set) else []
    return []
