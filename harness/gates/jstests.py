"""Reads the tests of JavaScript and TypeScript files: vitest's, jest's, mocha's and those of `node:test`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from harness.gates.javascript import MOST_BYTES, Code, lex, value
from harness.gates.jsassert import NAMED, Asserted, assertions, generic, idle, imported, refusals
from harness.gates.jsguard import firm, guards, hollow
from harness.gates.testcase import TRIVIAL, Test

MOST_LEVELS = 4
_TESTS = frozenset({"it", "test", "specify", "xit", "xtest", "fit", "ftest"})
_GROUPS = frozenset({"describe", "suite", "context", "xdescribe", "fdescribe"})
_OFF = frozenset({"skip", "todo", "fails", "failing", "xit", "xtest", "xdescribe"})
_ONLY = frozenset({"only", "fit", "ftest", "fdescribe"})
_ASSERTING = re.compile(rb"\b(?:assert|expect)[A-Z_]")
_NEVER = frozenset({("skipIf", "true"), ("runIf", "false")})
_TABLES = ("each", "for")
_CONTEXT = frozenset({"t", "this", "ctx", "context"})
_NOT = frozenset({"if", "for", "while", "switch", "catch", "function", "return", "expect", "require", "import"})


@dataclass(frozen=True, slots=True)
class _Call:
    """`it.only.each(…)("title", …)`: its words, its title, and the tokens between its parentheses."""

    words: tuple[str, ...]
    title: str
    start: int
    end: int
    rows: int = 1


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    code: Code
    asserts: frozenset[str]
    others: Mapping[str, tuple[str, ...]]
    """What the functions of tests and groups are called here, too: `check` -> `test`."""
    shadowed: bool
    """Whether its `expect` is a function of its own."""

    def known(self, helpers: Mapping[str, object]) -> frozenset[str]:
        """Names whose functions are followed."""
        return (frozenset(helpers) - {"expect"}) | ({"expect"} if self.shadowed else frozenset())


def _opened(path: str, code: Code) -> _File:
    shadowed = any(
        code.text(at) in ("const", "let", "var", "function") and code.text(at + 1) == "expect"
        and (code.text(at) == "function" or _assigned(code, at + 3))
        for at in range(len(code.tokens))
    )  # fmt: skip
    return _File(path, code, imported(code), dict(_others(code)), shadowed)


def _others(code: Code) -> Iterator[tuple[str, tuple[str, ...]]]:
    """`import { test as check }`, `const { test: check } = …`, `const check = it.skip;`, `… = test.extend(…);`"""
    for index, token in enumerate(code.tokens):
        if token.text not in _TESTS | _GROUPS or token.kind != "name" or code.text(index - 1) in (".", "?."):
            continue
        named, way = code.text(index + 2), code.text(index + 1)
        listed = code.text(index - 1) in ("{", ",") and code.kind(index + 2) == "name"
        if listed and (way == "as" or (way == ":" and code.text(index + 3) in ("}", ",", "="))):
            yield named, (token.text,)
        elif code.text(index - 1) == "=" and code.text(index - 3) in ("const", "let", "var"):
            at, words = index + 1, [token.text]
            while code.text(at) == "." and code.kind(at + 1) == "name":
                words.append(code.text(at + 1))
                at += 2
            ends = code.text(at) in (";", "") or code.tokens[at].line > code.tokens[at - 1].line
            extended = words[-1] == "extend"
            if ends or extended:
                yield code.text(index - 2), tuple(words[: len(words) - extended])


@dataclass(slots=True)
class _Helper:
    """A function that a test file defines: where its body lies."""

    file: _File
    start: int
    end: int


def read(files: Mapping[str, bytes], beside: Mapping[str, bytes] | None = None) -> tuple[list[Test], dict[str, str]]:
    """(the tests of all files, path -> why it can't be read). Helpers are found in whichever of the files they lie, and
    those that are named like assertions in the sources `beside` them."""
    broken = {
        path: f"the file is larger than {MOST_BYTES >> 20} MB" for path, d in files.items() if len(d) > MOST_BYTES
    }
    read = {path: lex(data.decode("utf-8", "replace")) for path, data in files.items() if path not in broken}
    opened = [_opened(path, code) for path, code in read.items()]
    helpers: dict[str, list[_Helper]] = {}
    for file in opened:
        for name, start, end in functions(file.code):
            helpers.setdefault(name, []).append(_Helper(file, start, end))
        helpers |= {name: [] for name in idle(file.code, file.asserts) if name not in helpers}
    for path, data in (beside or {}).items():
        if len(data) <= MOST_BYTES and _ASSERTING.search(data):
            code = lex(data.decode("utf-8", "replace"))
            file = _opened(path, code)
            for name, start, end in functions(code):
                if NAMED.match(name) and name not in helpers:
                    helpers[name] = [_Helper(file, start, end)]
    out: list[Test] = []
    for file in opened:
        out += _tests(file, 0, len(file.code.tokens), "", (False, False), helpers)
    return out, broken


def functions(code: Code) -> Iterator[tuple[str, int, int]]:
    """(name, first token, last token) of every named function, method and arrow function of a file."""
    for index, token in enumerate(code.tokens):
        named = code.text(index - 1) in ("const", "let", "var", "function") and token.text == "expect"
        if token.kind != "name" or (token.text in _NOT and not named):
            continue
        opening = generic(code, index + 1)
        if code.text(opening) == "(" and code.text(index - 1) not in (".", "new"):
            body = _body(code, code.end(opening) + 1)
            if body:
                yield token.text, index + 1, code.end(body)
        elif code.text(index + 1) in ("=", ":") and code.text(index - 1) not in ("case", "?"):
            body = _assigned(code, index + 2) or _assigned(code, _typed(code, index))
            if body:
                yield token.text, index, code.end(body) if code.text(body) == "{" else _statement(code, body)


def _typed(code: Code, index: int) -> int:
    """The index behind the `=` of `const name: Type = …`; the end of the file where the name is none of a constant."""
    if code.text(index - 1) in ("const", "let", "var"):
        at = index + 2
        while at < min(index + 60, len(code.tokens)) and code.text(at) not in (";", "const", "function"):
            if code.text(at) == "=":
                return at + 1
            at = code.end(at) + 1 if code.text(at) in ("(", "[", "{") else at + 1
    return len(code.tokens)


def _assigned(code: Code, at: int) -> int:
    """The index of the body of the function that begins at `at`, behind a `=` or a `:`; 0 where there is none."""
    at += code.text(at) == "async"
    if code.text(at) == "function":
        at += 1 + (code.text(at + 1) == "*")
        at += code.kind(at) == "name"
        at = generic(code, at)
        return _body(code, code.end(at) + 1) if code.text(at) == "(" else 0
    if code.kind(at) == "name":
        return at + 2 if code.text(at + 1) == "=>" else 0
    at = generic(code, at)
    return _arrow(code, code.end(at) + 1) if code.text(at) == "(" else 0


def _body(code: Code, at: int) -> int:
    """The index of the `{` after a parameter list, its return type skipped; 0 where there is none."""
    if code.text(at) == ":":
        for index in range(at + 1, min(at + 40, len(code.tokens))):
            if code.text(index) == "{" and code.text(index - 1) not in (":", "<", "|", "&", ","):
                return index
            if code.text(index) in (";", "=>", "="):
                return 0
        return 0
    return at if code.text(at) == "{" else 0


def _arrow(code: Code, at: int) -> int:
    """The index of what follows the `=>` after a parameter list; 0 where there is none."""
    for index in range(at, min(at + 30, len(code.tokens))):
        if code.text(index) == "=>":
            return index + 1
        if code.text(index) not in (":", "<", ">", ".", "|", "[", "]", ",") and code.kind(index) != "name":
            return 0
    return 0


def _statement(code: Code, at: int) -> int:
    """The last token of the expression that begins at `at`."""
    line = code.tokens[at].line if at < len(code.tokens) else 0
    while at < len(code.tokens) and code.text(at) != ";":
        token = code.tokens[at]
        if (
            token.line > line
            and code.text(at - 1) not in (".", "=>", "&&", "||", "+")
            and token.text not in (".", "?.")
        ):
            return at - 1
        at = code.end(at) if token.text in ("(", "[", "{") else at
        line = code.tokens[at].line
        at += 1
    return at - 1


def _call(file: _File, index: int) -> _Call | None:
    """The call of a test or group function whose name is the token at `index`."""
    code = file.code
    name, before = code.text(index), code.text(index - 1)
    words = [*file.others.get(name, (name,))] if before not in (".", "?.") else [name]
    if words[0] not in _TESTS | _GROUPS or (before in (".", "?.") and not (name == "test" and _subtest(code, index))):
        return None
    at, rows = index + 1, 1
    while at < len(code.tokens):
        if code.text(at) == ".":
            words.append(code.text(at + 1))
            at += 2
        elif code.kind(at) == "template" and words[-1] in _TABLES:
            # the first of its lines names the columns
            rows = max(1, sum(bool(line.strip("` \r\t")) for line in code.text(at).split("\n")) - 1)
            words.append("(")
            at += 1
        elif code.text(at) == "<" and words[-1] in _TABLES and generic(code, at) > at:
            at = generic(code, at)
        elif code.text(at) == "(" and words[-1] in (*_TABLES, "skipIf", "runIf", "extend") and words[-1] != words[0]:
            rows = _rows(code, at) if words[-1] in _TABLES else rows
            words.append("skip" if (words[-1], code.text(at + 1)) in _NEVER else "(")
            at = code.end(at) + 1
        else:
            break
    if code.text(at) != "(" or code.kind(at + 1) not in ("string", "template", "name"):
        return None
    title = value(code.tokens[at + 1]) if code.kind(at + 1) != "name" else code.text(at + 1)
    return _Call(tuple(words), title, at + 1, code.end(at), rows)


def _subtest(code: Code, index: int) -> bool:
    """Whether `t.test("…", …)` opens a test within one, and is no regular expression's method."""
    return code.text(index + 1) == "(" and code.kind(index + 2) == "string" and code.text(index + 3) == ","


def _rows(code: Code, opening: int) -> int:
    """The rows of `each([…])`; one where they are not written down."""
    if code.text(opening + 1) != "[":
        return 1
    closing, at, rows = code.end(opening + 1), opening + 2, 1
    while at < closing:
        rows += code.text(at) == "," and at + 1 < closing
        at = code.end(at) + 1 if code.text(at) in ("(", "[", "{") else at + 1
    return rows


def _tests(
    file: _File, start: int, end: int, prefix: str, marks: tuple[bool, bool], helpers: dict[str, list[_Helper]]
) -> Iterator[Test]:
    """The tests among the tokens of [start, end)."""
    code, index = file.code, start
    while index < end:
        call = _call(file, index) if code.kind(index) == "name" else None
        if call is None:
            index += 1
            continue
        options = (
            {code.text(at) for at in range(call.start + 1, min(call.start + 16, call.end))}
            if (code.text(call.start + 2) == "{")
            else set()
        )
        skipped = marks[0] or bool(_OFF & {*call.words}) or _option(code, call, options, "skip", "todo")
        only = marks[1] or bool(_ONLY & {*call.words}) or _option(code, call, options, "only")
        name = f"{prefix} > {call.title}" if prefix else call.title
        if call.words[0] in _GROUPS or "describe" in call.words:
            yield from _tests(file, call.start, call.end, name, (skipped, only), helpers)
        else:
            yield _test(file, call, name, (skipped, only), helpers)
            yield from _subtests(file, call, name, (skipped, only), helpers)
        index = max(call.end, index + 1)


def _subtests(
    file: _File, call: _Call, name: str, marks: tuple[bool, bool], helpers: dict[str, list[_Helper]]
) -> Iterator[Test]:
    """The tests that a test opens within itself: `await t.test("…", …)`."""
    for index in range(call.start + 1, call.end):
        inner = _call(file, index) if file.code.text(index) == "test" and file.code.text(index - 1) == "." else None
        if inner is not None:
            yield _test(file, inner, f"{name} > {inner.title}", marks, helpers)


def _option(code: Code, call: _Call, options: set[str], *names: str) -> bool:
    """Whether the options after the title, or the test's own context, say one of `names`."""
    if options & {*names}:
        at = next(i for i in range(call.start, call.end) if code.text(i) in names)
        if code.text(at + 2) != "false":
            return True
    if call.words[0] in _GROUPS or "describe" in call.words:
        return False
    return any(
        code.text(index) in names and code.text(index + 1) == "("
        and (code.text(index - 2) in _CONTEXT if code.text(index - 1) == "." else code.text(index - 1) in ("{", ";"))
        for index in range(call.start, call.end)
    )  # fmt: skip


def _test(file: _File, call: _Call, name: str, marks: tuple[bool, bool], helpers: dict[str, list[_Helper]]) -> Test:
    code = file.code
    known = file.known(helpers)
    guard = guards(code, call.start, call.end)
    own = [
        replace(row, strength=TRIVIAL) if hollow(code, row, guard, call.start, call.end) else row
        for row in [*assertions(code, call.start, call.end, file.asserts, known), *refusals(code, call.start, call.end)]
    ]
    reached = [row for helper in _reached(file, call, helpers) for row in _inside(helper, known)]
    return Test(
        path=file.path,
        line=code.tokens[call.start].line,
        name=name,
        strengths=tuple(row.strength for row in [*own, *reached]),
        own=frozenset(_text(code, row) for row in own),
        parts=frozenset(_parts(code, call)),
        skipped=marks[0],
        only=marks[1],
        plain=_plain([*own, *reached]),
        cases=call.rows,
        firm=_firm(file, call, own, helpers),
        local=tuple(dict.fromkeys(_declared(code, call))),
        promised="todo" in call.words,
    )


def _plain(rows: list[Asserted]) -> bool:
    """Whether all assertions can be turned round; what is said in plain words beside them needs not be."""
    forms = {row.form for row in rows} - {"refusal"}
    return bool(forms) and "other" not in forms


def _firm(file: _File, call: _Call, own: list[Asserted], helpers: dict[str, list[_Helper]]) -> int:
    """How many assertions a test makes in any case."""
    guard = guards(file.code, call.start, call.end)
    count = sum(firm(file.code, row, guard) for row in own)
    for helper in _reached(file, call, helpers, guard.free):
        inner = guards(helper.file.code, helper.start, helper.end)
        count += sum(firm(helper.file.code, row, inner) for row in _inside(helper, file.known(helpers)))
    return count


def _declared(code: Code, call: _Call) -> Iterator[str]:
    for index in range(call.start, call.end):
        if code.text(index) in ("const", "let", "var") and code.kind(index + 1) == "name":
            yield code.text(index + 1)


def _parts(code: Code, call: _Call) -> Iterator[str]:
    part: list[str] = []
    for index, token in enumerate(code.tokens[call.start : call.end], call.start):
        trailing = token.text == "," and code.text(index + 1) in (")", "]", "}")
        if trailing or token.text == "async":
            continue
        ends = token.kind == "mark" and token.text in ";,{}"
        if part and (ends or _begins(code, index)):
            yield " ".join(part)
            part = []
        if not ends:
            part.append(f'"{value(token)}"' if token.kind == "string" else token.text)
    if part:
        yield " ".join(part)


def _begins(code: Code, index: int) -> bool:
    """Whether a token begins a statement because it stands on a new line, where no `;` is written."""
    token, last = code.tokens[index], code.tokens[index - 1]
    if token.line == last.line or token.kind not in ("name", "string"):
        return False
    return last.kind != "mark" or last.text in (")", "]", "}")


def _text(code: Code, row: Asserted) -> str:
    return " ".join(token.text for token in code.tokens[row.start : row.end])


def _inside(helper: _Helper, known: frozenset[str]) -> list[Asserted]:
    code = helper.file.code
    rows = assertions(code, helper.start, helper.end, helper.file.asserts, known)
    return [*rows, *refusals(code, helper.start, helper.end)]


def _reached(
    file: _File, call: _Call, helpers: dict[str, list[_Helper]], asked: Callable[[int], bool] = lambda _: True
) -> list[_Helper]:
    """The functions of the tests that a test uses where it is `asked`, and those that these use."""
    seen: dict[int, _Helper] = {}
    front = [(file.code, call.start, call.end)]
    for level in range(MOST_LEVELS):
        found: list[_Helper] = []
        for code, start, end in front:
            for index, token in enumerate(code.tokens[start:end], start):
                if token.kind == "name" and token.text in helpers and (level or asked(index)):
                    found += [h for h in helpers[token.text][:20] if id(h) not in seen and not _holds(h, file, call)]
                    seen |= {id(h): h for h in found}
        front = [(helper.file.code, helper.start, helper.end) for helper in found]
    return list(seen.values())


def _holds(helper: _Helper, file: _File, call: _Call) -> bool:
    """Whether a helper lies within the test or around it: its assertions are the test's own already."""
    return helper.file is file and (
        (helper.start >= call.start and helper.end <= call.end) or helper.start <= call.start <= helper.end
    )
