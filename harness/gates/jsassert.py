"""Assertions in JavaScript and TypeScript: where they begin, what they say, how strong they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.gates.javascript import Code, Token
from harness.gates.testcase import COMPARED, EQUAL, TRIVIAL, TRUTH

MODULES = re.compile(r"""(?:node:)?assert(?:/strict)?|chai|power-assert|uvu/assert|@hapi/code""")
NAMED = re.compile(r"(?:assert|expect)[A-Z_]")
"""How a function is called that is taken to assert something, where nobody knows what it does."""
_EXACT = re.compile(
    r"toBe|to(?:Strict)?Equal|toMatchObject|toHaveBeenCalledWith|toHave\w*With|toBeNull|equals?|eql|"
    r"(?:not)?(?:deep|strict)\w*Equal|deepEqual|strictEqual|same|is|toHaveProperty|toHaveLength|"
    r"toMatch\w*Snapshot|toHaveBeenCalledTimes|toBeUndefined|toBeTrue|toBeFalse|null|undefined",
    re.I,
)
_TRUTHS = re.compile(r"toBeDefined|toBeTruthy|toBeFalsy|ok|exist|isOk|isDefined|truthy|toHaveBeenCalled|called|exists")
_T_METHODS = frozenset(
    {"is", "not", "equal", "equals", "same", "deepEqual", "ok", "notOk", "true", "false", "truthy", "falsy", "throws",
     "rejects", "throwsAsync", "notThrows", "like", "regex", "match", "strictEqual", "snapshot", "fail", "has",
     "notEqual", "deepEquals"}
)  # fmt: skip
_MATCHER = re.compile(r"to(?:Be|Equal|Strict|Have|Contain|Match|Throw|Return|Satisfy|Resolve|Reject)\w*")
_CHAIN = frozenset(
    {"to", "be", "been", "is", "that", "which", "and", "has", "have", "with", "at", "of", "but", "does", "deep", "own",
     "resolves", "rejects", "not", "eventually", "nested", "soft", "poll"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asserted:
    """One assertion: the indices of its first token and of the one after its last."""

    start: int
    end: int
    strength: int
    form: str
    """`expect`, `assert` (a function of an assert module, by any name), `refusal` (`if (…) throw`), or `other`."""


def imported(code: Code) -> frozenset[str]:
    """Local names of what a file takes from the assert modules: `assert`, `strictEqual`, `eq` of `ok as eq`."""
    out = {"assert"}
    for index, token in enumerate(code.tokens):
        if token.kind == "string" and MODULES.fullmatch(token.text[1:-1]):
            start = index
            while start > 0 and index - start < 200 and code.text(start) not in ("import", "const", "let", "var", ";"):
                start -= 1
            names = code.tokens[start + 1 : index]
            for at, name in enumerate(names):
                after = names[at + 1].text if at + 1 < len(names) else ""
                if (
                    name.kind == "name"
                    and name.text not in ("from", "as", "require", "type")
                    and after not in ("as", ":")
                ):
                    out.add(name.text)
    return frozenset(out - {"strict", "expect", "should"}) | ({"strict"} & out)


def idle(code: Code, asserts: frozenset[str]) -> Iterator[str]:
    """Names such as `expectRow` of constants that are another name for what asserts nothing, such as `console.log`."""
    for index, token in enumerate(code.tokens):
        if token.text not in ("const", "let", "var") or not NAMED.match(code.text(index + 1)):
            continue
        if code.text(index + 2) == "=" and code.kind(index + 3) == "name":
            at = index + 4
            while code.text(at) == "." and code.kind(at + 1) == "name":
                at += 2
            mocked = code.text(index + 3) in ("vi", "jest", "sinon", "mock") and code.text(at) == "("
            alias = mocked or code.text(at) == ";" or code.tokens[min(at, len(code.tokens) - 1)].line > token.line
            if alias and code.text(index + 3) not in asserts | {"expect", "chai", "should"}:
                yield code.text(index + 1)


def assertions(
    code: Code, start: int, end: int, asserts: frozenset[str], defined: frozenset[str]
) -> Iterator[Asserted]:
    """The assertions among the tokens of [start, end); functions of `defined` are left to whoever follows them."""
    index = start
    while index < end:
        found = _at(code, index, asserts, defined) if code.kind(index) == "name" else None
        if found:
            yield found
        index = index + 1


def refusals(code: Code, start: int, end: int) -> Iterator[Asserted]:
    """`if (found !== wanted) throw new Error(…)`: an assertion in plain words, where the condition asks something."""
    for index in range(start, end):
        if code.text(index) != "if" or code.text(index + 1) != "(":
            continue
        closing = code.end(index + 1)
        at = closing + 1 + (code.text(closing + 1) == "{")
        if code.text(at) == "throw" and code.text(at + 1) == "new" and not _constant(code.tokens[index + 2 : closing]):
            yield Asserted(index, at + 1, COMPARED, "refusal")


def _at(code: Code, index: int, asserts: frozenset[str], defined: frozenset[str]) -> Asserted | None:
    name, before, after = code.text(index), code.text(index - 1), code.text(index + 1)
    member = before in (".", "?.")
    if name == "expect" and not member and name in defined:
        return None
    if name == "expect" and after == "(" and member:
        return Asserted(index, code.end(index + 1) + 1, COMPARED, "other")
    if name == "expect" and not member and after in ("(", ".", "<"):
        return _expect(code, index)
    if (
        name in asserts
        and (not member or (name == "assert" and code.text(index - 2) != "console"))
        and after in ("(", ".")
        and before != "function"
    ):
        return _assert(code, index)
    if name == "should" and member:
        return Asserted(index, index + 1, COMPARED, "other")
    if member and name in _T_METHODS and after == "(" and code.text(index - 2) in ("t", "tap", "test", "td"):
        return Asserted(index, code.end(index + 1) + 1, COMPARED, "other")
    if NAMED.match(name) and after == "<":
        return _typed(code, index, defined)
    named = NAMED.match(name) or (name == "fail" and not member)
    if named and after == "(" and before not in ("function", "async") and name not in defined:
        return Asserted(index, code.end(index + 1) + 1, COMPARED, "other")
    return None


def _typed(code: Code, index: int, defined: frozenset[str]) -> Asserted | None:
    """`assertEqual<A, B>(true)`: the compiler asks; of a helper that is known only where no value is given to it."""
    opening = generic(code, index + 1)
    closing = code.end(opening)
    if code.text(opening) != "(":
        return None
    given = code.tokens[opening + 1 : closing]
    if code.text(index) in defined and given and not _constant(given):
        return None
    return Asserted(index, closing + 1, COMPARED, "other")


def _expect(code: Code, index: int) -> Asserted | None:
    """`expect(x).not.toBe(y)`, `expect.soft(x)…`; None for `expect.any(…)` and for an `expect(x)` that asks nothing."""
    opening, names = index + 1, []
    while code.text(opening) in (".", "?.") and opening < index + 6:
        names.append(code.text(opening + 1))
        opening += 2
    opening = generic(code, opening)
    if code.text(opening) != "(" or (names and names[-1] not in ("soft", "poll", "element")):
        return None
    closing = code.end(opening)
    subject = code.tokens[opening + 1 : closing]
    at, words, argument, called = closing + 1, [], (0, 0), False
    while code.text(at) in (".", "?.", "!"):
        words.append(code.text(at + 1))
        at += 2
        opening = generic(code, at)
        called = code.text(opening) == "("
        if called:
            argument = (opening + 1, code.end(opening))
            at = argument[1] + 1
    if all(word in _CHAIN for word in words):
        return None
    last = next((word for word in reversed(words) if word not in _CHAIN), words[-1])
    expected = code.tokens[argument[0] : argument[1]]
    # a matcher that is named and not called asks nothing; chai's words without a call do
    if _MATCHER.fullmatch(last) and not called:
        return Asserted(index, at, TRIVIAL, "expect")
    same = (
        bool(subject)
        and [t.text for t in subject] == [t.text for t in expected]
        and "(" not in {t.text for t in subject}
    )
    alike = same and "not" not in words
    # whatever stands before `|| true`
    given = [token.text for token in subject]
    settled = given[-2:] == ["||", "true"] or given[:2] == ["true", "||"]
    fixed = (_constant(subject) or settled) and (not expected or _constant(expected))
    if alike or fixed or _always(last, subject, expected):
        return Asserted(index, at, TRIVIAL, "expect")
    return Asserted(index, at, min(_strength(last, "not" in words), _open(last, [t.text for t in expected])), "expect")


def _constant(tokens: Sequence[Token]) -> bool:
    """Whether an expression is made of nothing but literals."""
    plain = all(token.kind != "name" or token.text in _FIXED for token in tokens)
    return bool(tokens) and plain and not any(token.kind == "template" and "${" in token.text for token in tokens)


def _always(matcher: str, subject: Sequence[Token], expected: Sequence[Token]) -> bool:
    """Whether what is asked is so of every value: a length is 0 or more, a function without a body throws nothing."""
    said, wanted = [token.text for token in subject], "".join(token.text for token in expected)
    if said[-2:-1] == ["."] and said[-1:] in (["length"], ["size"]):
        return (matcher, wanted) in (("toBeGreaterThanOrEqual", "0"), ("toBeGreaterThan", "-1"))
    return said[-5:] == ["(", ")", "=>", "{", "}"] and "async" not in said and matcher.startswith("toThrow")


def _open(matcher: str, expected: list[str]) -> int:
    """The strength that what is expected leaves: anything at all, a kind of thing, or what a file says."""
    if expected[:2] == ["expect", "."] and expected[2:3] in (["anything"], ["any"]):
        return TRUTH if expected[2] == "anything" else COMPARED
    if matcher == "toMatchObject" and expected == ["{", "}"]:
        return TRUTH
    recorded = re.fullmatch(r"to(?:Match|Throw)\w*Snapshot", matcher) and not ("Inline" in matcher and expected)
    return COMPARED if recorded else EQUAL


def generic(code: Code, at: int) -> int:
    """The index behind the `<…>` of a generic call that begins at `at`, or `at`."""
    depth = 0
    for index in range(at, min(at + 40, len(code.tokens))):
        depth += (code.text(index) == "<") - (code.text(index) == ">")
        if depth == 0:
            return index + 1 if index > at else at
    return at


_FIXED = frozenset({"true", "false", "null", "undefined"})


def _strength(matcher: str, negated: bool) -> int:
    if _TRUTHS.fullmatch(matcher):
        return TRUTH
    if negated:
        return COMPARED if not re.fullmatch(r"toBe(?:Null|Undefined)|null|undefined", matcher) else TRUTH
    return EQUAL if _EXACT.fullmatch(matcher) else COMPARED


def _assert(code: Code, index: int) -> Asserted | None:
    at, last = index + 1, code.text(index)
    while code.text(at) in (".", "?.") and at < index + 8:
        last = code.text(at + 1)
        at += 2
    if code.text(at) != "(":
        return None
    closing = code.end(at)
    tokens = code.tokens[at + 1 : closing]
    both = sides(code, at, closing)
    fixed = all(
        t.kind in ("string", "number", "template") or t.text in (*_FIXED, ",", "-", "=", "==", "===") for t in tokens
    )
    same = len(both) > 1 and both[0] == both[1] and "(" not in both[0] and not last.lower().startswith("not")
    if not tokens or fixed or same:
        return Asserted(index, closing + 1, TRIVIAL, "assert")
    if last in ("assert", "ok", "strict", "isOk", "isTrue"):
        compared = {"===", "==", "!==", "!=", "<", ">", "<=", ">="} & {token.text for token in tokens}
        exact = {"===", "=="} & compared
        return Asserted(index, closing + 1, EQUAL if exact else COMPARED if compared else TRUTH, "assert")
    return Asserted(index, closing + 1, _strength(last, last.lower().startswith("not")), "assert")


def sides(code: Code, opening: int, closing: int) -> list[str]:
    """The arguments of a call, each as text without layout."""
    out, at = [""], opening + 1
    while at < closing:
        end = code.end(at) if code.text(at) in ("(", "[", "{") else at
        if code.text(at) == ",":
            out.append("")
        else:
            out[-1] += " ".join(token.text for token in code.tokens[at : end + 1])
        at = end + 1
    return out
