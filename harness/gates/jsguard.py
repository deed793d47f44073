"""What a JavaScript test asks under a condition only, and what it compares with itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from harness.gates.javascript import Code
from harness.gates.jsassert import Asserted, sides

_ASKS = frozenset({"throw", "expect", "assert", "fail", "reject", "done"})
_LEAVES = frozenset({"return", "continue", "break"})


@dataclass(frozen=True, slots=True)
class Guards:
    """The tokens of a function that a condition or an early return stands before, or whose failure is caught."""

    ranges: tuple[tuple[int, int], ...]
    """In order, none within another."""
    alias: Mapping[str, str]

    def free(self, index: int) -> bool:
        """Whether the token is reached in any case."""
        at = bisect_right(self.ranges, (index, len(self.ranges) and self.ranges[-1][1] + 1))
        return not at or index >= self.ranges[at - 1][1]


def guards(code: Code, start: int, end: int) -> Guards:
    """Those among the tokens of [start, end)."""
    apart: list[tuple[int, int]] = []
    for first, last, _ in sorted(_ranges(code, start, end)):
        if apart and first < apart[-1][1]:
            apart[-1] = apart[-1][0], max(last, apart[-1][1])
        else:
            apart.append((first, last))
    return Guards(tuple(apart), dict(_aliases(code, start, end)))


def hollow(code: Code, row: Asserted, guard: Guards, start: int, end: int) -> bool:
    """Whether an assertion of the function in [start, end) compares a value with itself, or is made only where a
    variable of the environment lets it."""
    if _same(code, row, guard.alias):
        return True
    ranges = _ranges(code, start, end)
    return any(first <= row.start < last and _asks_environment(code, at) for first, last, at in ranges)


def _asks_environment(code: Code, opening: int) -> bool:
    condition = [code.text(at) for at in range(opening, code.end(opening))] if opening else []
    return "env" in condition and bool({"process", "meta", "Deno", "Bun"} & {*condition})


def firm(code: Code, row: Asserted, guard: Guards) -> bool:
    """Whether an assertion can fail, is made in any case, and compares two things."""
    if not row.strength or not guard.free(row.start) or code.text(row.start - 1) in ("&&", "||", "?", "??"):
        return False
    return not _same(code, row, guard.alias)


def _ranges(code: Code, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(first token, the one after the last, the bracket that opens the condition or 0)."""
    leaves = list(accumulate((code.text(i) in _LEAVES for i in range(start, end)), initial=0))
    blocks = [end]
    for index in range(start, end):
        while len(blocks) > 1 and index >= blocks[-1]:
            blocks.pop()
        text = code.text(index)
        if text == "{":
            blocks.append(code.end(index))
        if code.kind(index) != "name" or code.text(index - 1) == "." or code.text(index + 1) == ":":
            continue
        if text == "if" and code.text(index + 1) == "(":
            first = min(code.end(index + 1) + 1, end)
            last = min(_last(code, first, end), end)
            yield first, last, index + 1
            if leaves[last - start] > leaves[first - start]:
                yield last, min(end, blocks[-1]), index + 1
        elif text == "try" and code.text(index + 1) == "{" and _swallowed(code, code.end(index + 1) + 1, end):
            yield index + 1, code.end(index + 1), 0
        elif text == "return" and _bare(code, index) and code.text(index - 1) != ")":
            yield index, min(end, blocks[-1]), 0


def _last(code: Code, first: int, end: int) -> int:
    """The index behind the statement that begins at `first`."""
    if code.text(first) == "{":
        return code.end(first) + 1
    at = first
    line = code.tokens[first].line if first < len(code.tokens) else 0
    while at < end and code.text(at) not in (";", "}"):
        if code.tokens[at].line > line and code.text(at) != "." and code.text(at - 1) not in (".", "(", ",", "="):
            return at
        at = code.end(at) if code.text(at) in ("(", "[", "{") else at
        line = code.tokens[at].line if at < len(code.tokens) else line
        at += 1
    return at


def _bare(code: Code, index: int) -> bool:
    after = index + 1
    return code.text(after) in (";", "}") or (
        after < len(code.tokens) and code.tokens[after].line > code.tokens[index].line
    )


def _swallowed(code: Code, at: int, end: int) -> bool:
    """Whether a `catch` that begins at `at` asks nothing and throws nothing."""
    if at >= end or code.text(at) != "catch":
        return False
    at += 1
    if code.text(at) == "(":
        at = code.end(at) + 1
    return code.text(at) == "{" and not any(code.text(i) in _ASKS for i in range(at, code.end(at)))


def _aliases(code: Code, start: int, end: int) -> Iterator[tuple[str, str]]:
    """`want`, `got` of every `const want = got;`, where `got` is a name or a literal."""
    for index in range(start, end):
        if (
            code.text(index) == "const" and code.kind(index + 1) == "name" and code.text(index + 2) == "="
            and code.kind(index + 3) in ("name", "string", "number")
            and (code.text(index + 4) in (";", "}") or _newline(code, index + 4))
        ):  # fmt: skip
            yield code.text(index + 1), code.text(index + 3)


def _newline(code: Code, index: int) -> bool:
    """Whether a statement begins with the token, as one does on a line of its own."""
    if index >= len(code.tokens) or code.tokens[index].line == code.tokens[index - 1].line:
        return False
    return code.kind(index) == "name"


def _same(code: Code, row: Asserted, alias: Mapping[str, str]) -> bool:
    """Whether `expect(a).toBe(a)` or `equal(a, a)` compares a value, or a call, with itself."""
    groups: list[int] = []
    at = row.start
    while at < row.end:
        if code.text(at) == "(":
            groups.append(at)
            at = code.end(at)
        at += 1
    words = {code.text(at).lower() for at in range(row.start, row.end)}
    if not groups or "not" in words or any(word.startswith("not") for word in words):
        return False
    if row.form == "expect":
        if len(groups) < 2:
            return False
        both = [*sides(code, groups[0], code.end(groups[0])), *sides(code, groups[-1], code.end(groups[-1]))]
        return len(both) == 2 and _value(both[0], alias) == _value(both[1], alias)
    both = sides(code, groups[0], code.end(groups[0]))
    return len(both) > 1 and _value(both[0], alias) == _value(both[1], alias) != ""


def _value(text: str, alias: Mapping[str, str]) -> str:
    for _ in range(8):
        if text not in alias:
            break
        text = alias[text]
    return text
