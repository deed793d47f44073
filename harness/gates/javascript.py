"""The tokens of JavaScript and TypeScript: enough to find calls, strings and comments, in time linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_BYTES = 2 << 20
_PIECE = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|$)|^#![^\n]*)"
    r"|(?P<name>#?[^\W\d][\w$]*|[$][\w$]*)"
    r"|(?P<number>\d[\w.]*)"
    r"|(?P<string>'(?:[^'\\\n]|\\[\s\S])*'|\"(?:[^\"\\\n]|\\[\s\S])*\")"
    r"|(?P<template>`)"
    r"|(?P<mark>=>|\.\.\.|\?\.|[=!]==?|&&|\|\||\?\?|[<>]=|[\s\S])"
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_COMMENT = re.compile(r"//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|$)")
_STARTS = frozenset(
    {"export", "import", "interface", "type", "const", "let", "var", "function", "class", "enum", "abstract", "async",
     "declare", "if", "for", "throw"}
)  # fmt: skip
_BEFORE_REGEX = frozenset(
    {"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "await", "yield"}
)
_CLOSE = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token; space and comments are none."""

    kind: str
    """name, number, string, template, regex or mark."""
    text: str
    at: int
    """Its offset in the text."""
    line: int


@dataclass(frozen=True, slots=True)
class Code:
    """A file's tokens, and for every opening bracket the index of the token that closes it."""

    tokens: tuple[Token, ...]
    closes: dict[int, int]

    def text(self, index: int) -> str:
        """The text of a token; '' outside the file."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def kind(self, index: int) -> str:
        """The kind of a token; '' outside the file."""
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else ""

    def end(self, opening: int) -> int:
        """The index of the bracket that closes the one at `opening`; the last token's where none does."""
        return self.closes.get(opening, len(self.tokens) - 1)


def lex(text: str) -> Code:
    """The tokens of `text`; whatever it holds, there is an answer."""
    out: list[Token] = []
    at, line = 0, 1
    while at < len(text):
        match = _PIECE.match(text, at)
        assert match is not None, "the last alternative takes any character"
        kind, end = match.lastgroup or "mark", match.end()
        if kind == "template":
            end = _template(text, at)
        elif text[at] == "/" and kind == "mark" and _operand_next(out) and (found := _REGEX.match(text, at)):
            kind, end = "regex", found.end()
        if kind != "space":
            out.append(Token(kind, text[at:end], at, line))
        line += text.count("\n", at, end)
        at = end
    return Code(tuple(out), _pairs(out))


def comments(text: str) -> Iterator[tuple[int, str]]:
    """(line, text) of every comment."""
    at, line = 0, 1
    for token in (*lex(text).tokens, Token("", "", len(text), 0)):
        gap = text[at : token.at]
        for match in _COMMENT.finditer(gap):
            yield line + gap.count("\n", 0, match.start()), match[0]
        line += text.count("\n", at, token.at + len(token.text))
        at = token.at + len(token.text)


def declares(text: str) -> bool:
    """Whether a file of TypeScript holds nothing that is ever run: only types, and what passes on others' exports."""
    code = lex(text)
    return _declares(code, 0, len(code.tokens))


def _declares(code: Code, at: int, end: int) -> bool:
    while at < end:
        start = at
        while code.text(at) in ("export", "default", "declare"):
            at += 1
        first = code.text(at)
        if first == "interface":
            while at < end and code.text(at) != "{":
                at += 1
        elif first in ("namespace", "module") and code.text(at - 1) != "declare":
            while at < end and code.text(at) != "{":
                at += 1
            if not _declares(code, at + 1, code.end(at)):
                return False
        elif code.text(at - 1) == "default" and code.kind(at) == "name" and code.text(at + 1) in (";", ""):
            at += 1
        elif first not in ("type", "import", "*", "{", ";") and code.text(at - 1) != "declare":
            return False
        at = _past(code, at, start)
    return True


def _past(code: Code, at: int, start: int) -> int:
    """The index of the statement after the one whose first token is at `start`, `at` lying within it."""
    while at < len(code.tokens) and code.text(at) != ";":
        token = code.tokens[at]
        at = code.end(at) + 1 if token.text in ("(", "[", "{") else at + 1
        begins = start < at < len(code.tokens) and code.text(at) in _STARTS
        if begins and code.tokens[at].line > code.tokens[at - 1].line:
            return at
    return at + 1


def value(token: Token) -> str:
    """What a string or template says, as far as it is plain."""
    body = token.text[1:-1] if token.kind in ("string", "template") and len(token.text) > 1 else token.text
    return re.sub(r"\\([\s\S])", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), body)


def _template(text: str, at: int) -> int:
    """The end of the template literal that begins at `at`, those inside its expressions included."""
    stack, at = ["`"], at + 1
    while at < len(text) and stack:
        char = text[at]
        if char == "\\":
            at += 1
        elif stack[-1] == "`":
            if char == "`":
                stack.pop()
            elif text.startswith("${", at):
                stack.append("{")
                at += 1
        elif char in "`{":
            stack.append(char)
        elif char == "}":
            stack.pop()
        at += 1
    return at


def _operand_next(before: Sequence[Token]) -> bool:
    """Whether a `/` begins a regular expression and is no division."""
    if not before:
        return True
    last = before[-1]
    if last.kind == "name":
        return last.text in _BEFORE_REGEX
    return last.kind == "mark" and last.text not in (")", "]", "}", "<")


def _pairs(tokens: Sequence[Token]) -> dict[int, int]:
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in _CLOSE:
            stack.append(index)
        elif token.text in (")", "]", "}") and stack and _CLOSE[tokens[stack[-1]].text] == token.text:
            pairs[stack.pop()] = index
    return pairs


def calling(code: Code) -> Iterator[tuple[str, int]]:
    """(the expressions of a template string that may read, its line)"""
    for token in code.tokens:
        if token.kind == "template" and "${" in token.text and re.search(r"env|\(", token.text, re.I):
            yield ";".join(_filled(token.text[1:-1])), token.line


def _filled(text: str) -> Iterator[str]:
    at = text.find("${")
    while at >= 0:
        depth, end = 1, at + 2
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield text[at + 2 : end - 1]
        at = text.find("${", end)
