"""Facts of Python files: comments that silence a tool, classes, what is raised, what docstrings leave out.

A program of its own, for the sandbox: it imports nothing of ours. Arguments: a file with the names, each ended by a
zero byte, and the file that its answer goes to: {name: {"error": why it can't be read or '', "facts": [{line, kind,
…}]}}.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

Fact = dict[str, Any]
Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
CODES = r"(?:\s*[:\[=]\s*(?P<codes>[\w-]+(?:\s*,\s*[\w-]+)*))?"
SILENCES = [
    ("noqa", re.compile(r"#\s*noqa\b(?:\s*:\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?", re.I)),
    ("noqa for a file", re.compile(r"#\s*(?:flake8|ruff)\s*:\s*(?:noqa|disable)\b" + CODES)),
    ("type: ignore", re.compile(r"#\s*type\s*:\s*ignore\b" + CODES)),
    (
        "pyright",
        re.compile(r"#\s*(?:based)?pyright\s*:\s*(?:ignore|basic|standard|off|\w+\s*=\s*(?:false|none))\b" + CODES),
    ),
    ("mypy", re.compile(r"#\s*mypy\s*:\s*(?P<codes>[\w-]+)")),
    ("ty", re.compile(r"#\s*(?:ty|pyrefly)\s*:\s*ignore\b" + CODES)),
    ("pyre", re.compile(r"#\s*pyre-(?:ignore|fixme|unsafe)(?:-all-errors)?\b" + CODES)),
    ("pylint", re.compile(r"#\s*pylint\s*:\s*(?:disable(?:-next)?|skip-file)\b" + CODES)),
    ("coverage ignore", re.compile(r"#\s*pragma\s*:?\s*no\s*(?:cover|branch)\b", re.I)),
    ("mutation ignore", re.compile(r"#\s*pragma\s*:?\s*no\s*mutate\b", re.I)),
    ("nosec", re.compile(r"#\s*(?:nosec|nosemgrep|NOSONAR|lgtm|skipcq)\b" + CODES)),
    ("formatter", re.compile(r"#\s*(?:fmt\s*:\s*(?:off|skip)|yapf\s*:\s*disable|autopep8\s*:\s*off)\b")),
    ("isort", re.compile(r"#\s*isort\s*:\s*(?:skip|skip_file|off|dont-add-imports?)\b")),
    ("pytype", re.compile(r"#\s*pytype\s*:\s*(?:disable|skip-file)\b" + CODES)),
    ("secret", re.compile(r"#\s*pragma\s*:\s*(?:allowlist|whitelist)\s+(?:nextline\s+)?secret\b")),
]
NAMES: Mapping[str, str] = MappingProxyType({})
TYPING = ("typing", "typing_extensions")
ALIASES = ("Assign", "AnnAssign", "TypeAlias")
_USUAL = """NotImplementedError AssertionError StopIteration StopAsyncIteration KeyboardInterrupt SystemExit
GeneratorExit"""
UNDOCUMENTED = frozenset(_USUAL.split())
PARAMETERS = re.compile(
    r"^\s*(?:(?:Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|Other Parameters)\s*:?\s*$"
    r"|[:@]param(?:eter)?\b)",
    re.M,
)
SECTION = re.compile(r"^\s*(?:(?:Returns?|Yields?|Raises|Examples?)\s*:?\s*$|[:@](?:returns?|raises?|r?type)\b)", re.M)
RETURNS = re.compile(r"\b(?:return|yield)|^\s*[:@]rtype", re.I | re.M)
NAMED = re.compile(r"\b[A-Z]\w+")
"""What in a docstring may be the name of a class."""
RAISES = re.compile(r"rais|error|exception", re.I)
ROOTS, GROUPS = {"Exception", "BaseException"}, {"ExceptionGroup", "BaseExceptionGroup"}
LOOKUPS = {"__getitem__", "__delitem__", "__missing__"}
PLACEHOLDER = re.compile(r"(?:todo|tbd|fixme|xxx)\s*[:!.-]", re.I)
EMPTY = {"", "todo", "tbd", "fixme", "xxx", "docstring", "doc", "description", "summary"}


def silences(text: str) -> Iterator[Fact]:
    """Comments that silence a tool; strings that hold the words are none."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        for tool, form in SILENCES:
            for match in form.finditer(token.string):
                named = (match.groupdict().get("codes") or "").replace(",", " ").split()
                fact = {"line": token.start[0], "kind": "silence", "tool": tool, "text": token.string[:200]}
                yield {**fact, "codes": named}


def last(node: ast.expr | None) -> str:
    """The name of a class as it is written, without what it is reached through."""
    if isinstance(node, ast.Subscript):
        return last(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def made(node: ast.expr | None, values: dict[str, list[ast.expr]], depth: int = 0) -> list[str]:
    """The classes that a raised expression may be made of; `values` are what names of the file stand for."""
    if node is None or depth > 10:
        return []
    if isinstance(node, ast.IfExp | ast.BoolOp):
        parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
        return [name for value in parts for name in made(value, values, depth + 1)]
    if isinstance(node, ast.Call) and last(node.func) == "with_traceback" and isinstance(node.func, ast.Attribute):
        return made(node.func.value, values, depth + 1)
    if depth == 0 and (bases := unnamed(node)):
        return bases
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Call) and last(node.func.func) == "getattr":
        drawn = node.func.args[1] if len(node.func.args) > 1 else None
        return [str(drawn.value)] if isinstance(drawn, ast.Constant) else []
    called = f"{last(node.func)}()" if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    if called in values:
        return [last(value) for value in values[called]]
    name = last(node.func if isinstance(node, ast.Call) else node)
    if name in GROUPS and isinstance(node, ast.Call) and isinstance(node.args[-1], ast.List | ast.Tuple):
        return [each for value in node.args[-1].elts for each in made(value, values, depth + 1)]
    if name in values and isinstance(node, ast.Name | ast.Call):
        return [each for value in values[name] for each in made(value, values, depth + 1)]
    return [name] if name[:1].isupper() or name[:2].strip("_")[:1].isupper() else []


def unnamed(node: ast.expr) -> list[str]:
    """The bases of a class that `type("X", (Base,), {})` makes on the spot."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
        node = node.func
    if isinstance(node, ast.Call) and last(node.func) == "type" and len(node.args) > 1:
        return [last(base) for base in node.args[1].elts] if isinstance(node.args[1], ast.Tuple) else []
    return []


def stands(body: ast.AST) -> dict[str, list[ast.expr]]:
    """name -> what a variable is given in `body`, or a function of it returns; name() -> the class that it calls so."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(body):
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) else None
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in (each for each in targets if isinstance(each, ast.Name)):
            if isinstance(value, ast.Call | ast.IfExp | ast.BoolOp):
                found.setdefault(target.id, []).append(value)
            elif value and last(value) in ROOTS and target.id[:1].islower():
                found.setdefault(f"{target.id}()", []).append(value)
        if isinstance(node, FUNCTIONS):
            values = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
            if values:
                found.setdefault(node.name, []).extend(values)
    return {name: values for name, values in found.items() if all(last(v) != name for v in values)}


def raised(tree: ast.Module) -> Iterator[Fact]:
    """What each raise raises; a caught exception that is raised again is none."""
    values = stands(tree)
    functions = (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS))
    lookups = {id(inner) for node in functions if node.name in LOOKUPS for inner in ast.walk(node)}
    for node in ast.walk(tree):
        thrown = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            # what a generator or a future is made to raise
            thrown = node.args[-1] if node.func.attr in ("throw", "set_exception") else None
        for name in made(thrown, values):
            line = node.lineno  # type: ignore[attr-defined]
            if not (id(node) in lookups and name in ("KeyError", "IndexError")):
                yield {"line": line, "kind": "throw", "name": name, "text": ast.unparse(node)[:120]}


def suppressed(tree: ast.Module) -> Iterator[Fact]:
    """`suppress(Exception)`: it catches everything, and nobody hears of it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.withitem) or not isinstance(node.context_expr, ast.Call):
            continue
        call = node.context_expr
        blind = [last(each) for each in call.args if last(each) in ROOTS]
        if blind and last(call.func) == "suppress":
            text = f"suppress({blind[0]}) catches every error: name those that may come"
            yield {"line": call.lineno, "kind": "blind", "text": text}


def swallowed(tree: ast.Module) -> Iterator[Fact]:
    """Handlers of everything under another name, and what leaves a `finally` with every error."""
    wide = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and _roots(node.value)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name) and node.type.id in wide:
            if not any(_tells(each) for row in node.body for each in ast.walk(row)):
                text = f"{node.type.id} catches every error: name those that may come"
                yield {"line": node.lineno, "kind": "blind", "text": text}
        elif isinstance(node, ast.Try):
            text = "leaving a `finally` drops every error that is on its way: take it out"
            leaves = (each for each in node.finalbody if isinstance(each, ast.Return | ast.Break | ast.Continue))
            yield from ({"line": each.lineno, "kind": "blind", "text": text} for each in leaves)


def _roots(node: ast.expr) -> bool:
    return any(last(each) in ROOTS for each in (node.elts if isinstance(node, ast.Tuple | ast.List) else [node]))


def _tells(node: ast.AST) -> bool:
    """Whether somebody hears of what was caught."""
    logs = isinstance(node, ast.Call) and (
        last(node.func) == "exception" or "exc_info" in {k.arg for k in node.keywords}
    )
    return logs or isinstance(node, ast.Raise)


def declared(tree: ast.Module) -> Iterator[Fact]:
    """Classes with their bases and methods, and other names for what is imported or assigned."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = [each.name for each in node.body if isinstance(each, FUNCTIONS)]
            above = [name for base in node.bases if (name := last(base))]
            yield {"line": node.lineno, "kind": "class", "name": node.name, "above": above, "methods": methods}
            for each in node.body:
                if isinstance(each, FUNCTIONS):
                    yield {"line": each.lineno, "kind": "method", "name": each.name, "above": above}
        elif isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                if alias.asname and alias.asname != alias.name:
                    to = alias.name.rpartition(".")[2]
                    yield {"line": node.lineno, "kind": "alias", "name": alias.asname, "to": to}
            module = node.module if isinstance(node, ast.ImportFrom) and not node.level else None
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [module or ""]
            for name in names:
                yield {"line": node.lineno, "kind": "import", "name": name.partition(".")[0]}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Attribute):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield {"line": node.lineno, "kind": "alias", "name": target.id, "to": last(node.value)}


def anything(node: ast.expr, names: Mapping[str, str] = NAMES, depth: int = 0) -> bool:
    """Whether a type is Any itself, or a choice that has it in it; what holds Any, like `dict[str, Any]`, is none.

    `names` are what the file calls things of `typing` -> their own names.
    """
    if depth > 10:
        return False
    if isinstance(node, ast.Subscript) and last(node.value) in {"Optional", "Union", "Final", "ClassVar", "Annotated"}:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        kept = parts[:1] if last(node.value) == "Annotated" else parts
        return any(anything(each, names, depth + 1) for each in kept)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return anything(node.left, names, depth + 1) or anything(node.right, names, depth + 1)
    return isinstance(node, ast.Name | ast.Attribute) and names.get(last(node), last(node)) == "Any"


def quoted(node: ast.expr) -> ast.expr:
    """An annotation without the quotes around it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return ast.parse(node.value.strip(), mode="eval").body
        except SyntaxError:
            return node
    return node


def renamed(tree: ast.Module) -> dict[str, str]:
    """Other names that a file gives what it imports from `typing` -> their own."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module in TYPING]
    return {alias.asname: alias.name for node in found for alias in node.names if alias.asname}


def disguised(tree: ast.Module) -> Iterator[Fact]:
    """Any under another name, and what takes a function out of the checks."""
    names = renamed(tree)
    for node in ast.walk(tree):
        text = ""
        value = getattr(node, "value", None) if type(node).__name__ in ALIASES else None
        rule = "types-disguise"
        if isinstance(node, ast.AnnAssign) and anything(quoted(node.annotation), names):
            rule, text = "types-any", f"{ast.unparse(node.target)[:80]} is Any: write the type, or object"
        elif value is not None and anything(value, names):
            text = "another name for Any hides it: write the type"
        elif isinstance(node, ast.Call) and names.get(last(node.func), last(node.func)) == "cast" and node.args:
            if anything(quoted(node.args[0]), names):
                text = "a cast to Any switches the checks off: cast to the type"
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)) and "no_type_check" in {
            names.get(last(each), last(each)) for each in node.decorator_list
        }:
            text = f"{node.name} is taken out of the type checks"
        if text:
            yield {"line": node.lineno, "kind": "any", "rule": rule, "text": text}  # type: ignore[attr-defined]
    for each in unchecked(tree):
        text = f"{each.name} stands where no type checker looks: take it out of the condition"
        yield {"line": each.lineno, "kind": "any", "rule": "types-disguise", "text": text}


def unchecked(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """What is defined only where TYPE_CHECKING is false; where it is true the same name may have its types."""
    for node in (each for each in ast.walk(tree) if isinstance(each, ast.If)):
        no = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
        asked = node.test.operand if isinstance(node.test, ast.UnaryOp) else node.test
        if last(asked) != "TYPE_CHECKING":
            continue
        hidden, seen = (node.body, node.orelse) if no else (node.orelse, node.body)
        named = {each.name for each in seen if isinstance(each, (*FUNCTIONS, ast.ClassDef))}
        named |= {target.id for each in seen for target in ast.walk(each) if isinstance(target, ast.Name)}
        named |= {alias.asname or alias.name for each in seen for alias in getattr(each, "names", ())}
        for each in hidden:
            # `__getattr__` of a module is hidden from type checkers by custom
            if isinstance(each, (*FUNCTIONS, ast.ClassDef)) and each.name not in named and each.name[:2] != "__":
                yield each


def public(tree: ast.Module) -> Iterator[Function]:
    """The public functions of a module and methods of its public classes."""
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else []
        for each in (node, *inner):
            if isinstance(each, FUNCTIONS) and not each.name.startswith("_"):
                yield each


def within(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a function itself, and not in one inside it; of a `try` not what it catches."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            continue
        yield child
        yield from within(child)


def undocumented(node: Function, values: dict[str, list[ast.expr]]) -> Iterator[tuple[str, str]]:
    """(rule, text) of what a docstring leaves out."""
    doc = ast.get_docstring(node)
    marks = {last(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list}
    if doc is None or marks & {"overload", "override"}:
        return
    if nothing(doc, node.name):
        yield "docs-empty", f"the docstring of {node.name} says nothing"
        return
    sections = bool(PARAMETERS.search(doc))
    words = set(re.findall(r"\w+", doc))
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    described = doc[start.start() :] if (start := PARAMETERS.search(doc)) else ""
    listed = set(re.findall(r"\w+", described))
    for argument in given if sections else []:
        if argument.arg in {"self", "cls"} or argument.arg.startswith("_"):
            continue
        if argument.arg not in listed or unsaid(argument.arg, described):
            text = f"the docstring of {node.name} describes parameters, and {argument.arg} is not among them"
            yield "docs-param", text
    inside = list(within(node))
    returns = [each for each in inside if isinstance(each, ast.Return) and each.value is not None]
    gives = any(not (isinstance(each.value, ast.Constant) and each.value.value is None) for each in returns)
    if sections and gives and not RETURNS.search(doc) and not marks & {"property", "cached_property"}:
        yield "docs-returns", f"the docstring of {node.name} describes its parameters and not what it returns"
    told = sections or bool(SECTION.search(doc))
    for each in inside:
        for name in made(each.exc, values) if isinstance(each, ast.Raise) else []:
            if name not in words | UNDOCUMENTED and (told or not RAISES.search(doc)):
                yield "docs-raises", f"the docstring of {node.name} does not say that it raises {name}"


def nothing(doc: str, name: str) -> bool:
    """Whether a docstring is a placeholder, or the name of what it should describe."""
    plain = doc.strip(" .…-:`()\n")
    return plain.lower() in EMPTY or bool(PLACEHOLDER.match(doc.strip())) or ("_" in name and plain == name)


def unsaid(name: str, described: str) -> bool:
    """Whether a list of parameters names one and says nothing of it, neither there nor on the lines below."""
    form = re.compile(
        rf"^(?P<indent>[ \t]*)(?:[:@]param\b[^:\n]*\b{name}[ \t]*:|{name}[ \t]*(?:\([^)\n]*\))?[ \t]*:)[ \t]*$"
        r"(?P<next>(?:\n[ \t]*)*\n[ \t]*(?=\S)|\s*\Z)", re.M,
    )  # fmt: skip
    found = form.search(described)
    return found is not None and len(found["next"].rpartition("\n")[2]) <= len(found["indent"])


def documented(tree: ast.Module) -> Iterator[Fact]:
    """What docstrings leave out."""
    values = stands(tree)
    for node in tree.body:
        doc = ast.get_docstring(node) if isinstance(node, ast.ClassDef) and node.name[:1] != "_" else None
        if isinstance(node, ast.ClassDef) and doc is not None and nothing(doc, node.name):
            text = f"the docstring of {node.name} says nothing"
            yield {"line": node.lineno, "kind": "doc", "rule": "docs-empty", "text": text}
    for each in public(tree):
        told = NAMED.findall(ast.get_docstring(each) or "")
        for rule, text in dict.fromkeys(undocumented(each, values)):
            yield {"line": each.lineno, "kind": "doc", "rule": rule, "text": text, "told": told}


def scan(data: bytes) -> tuple[str, list[Fact]]:
    """(why it can't be read, or '', its facts)."""
    try:
        with io.BytesIO(data) as file:
            encoding, _ = tokenize.detect_encoding(file.readline)
        text = data.decode(encoding)
        tree = ast.parse(text)
        found = (raised, suppressed, swallowed, declared, disguised, documented)
        return "", [*silences(text), *(fact for part in found for fact in part(tree))]
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError, tokenize.TokenError) as error:
        return f"{type(error).__name__}: {error}", []


def main(names: Path, answer: Path) -> None:
    """Scan the files that are named, and write the answer."""
    found = {}
    for name in filter(None, names.read_bytes().decode("utf-8", "surrogateescape").split("\0")):
        error, facts = scan(Path(name).read_bytes())
        found[name] = {"error": error, "facts": facts}
    answer.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
