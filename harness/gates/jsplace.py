"""Places in a file of JavaScript or TypeScript: arguments, parameters, keys, and the function around them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.gates.javascript import Code, value
from harness.gates.variable import UPPER


class Places:
    """Knows its way about the tokens of one file."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.opens = {close: opening for opening, close in code.closes.items()}

    def declared(self, at: int) -> str:
        """The name in `name: Type`, seen from within the type."""
        for back in range(at, max(0, at - 8), -1):
            if self.text(back) == ":":
                optional = back - 1 - (self.text(back - 1) == "?")
                return self.text(optional) if self.code.kind(optional) == "name" else ""
        return ""

    def function(self, opening: int) -> str:
        """The name of the function whose parameters begin at a bracket; '' where it is a call."""
        text, before = self.text, opening - 1
        after = self.code.end(opening) + 1
        if text(before) == ">":
            while before > max(0, opening - 40) and text(before) != "<":
                before -= 1
            before -= 1
        if text(before) == "function":
            before -= 1
        if text(before) == "async":
            before -= 1
        if text(before) == "=":
            return text(before - 1) if self.code.kind(before - 1) == "name" else self.declared(before - 1)
        if self.code.kind(before) == "name" and (text(before - 1) == "function" or text(after) in ("{", ":")):
            return "" if text(before) in ("if", "for", "while", "switch", "catch") else text(before)
        return text(before - 1) if text(before) == ":" else ""

    def parts(self, opening: int) -> Iterator[int]:
        """The first token of each of the parts between brackets."""
        at, end = opening + 1, self.code.end(opening)
        while at < end:
            yield at
            while at < end and self.text(at) != ",":
                at = self.code.end(at) + 1 if self.text(at) in ("{", "[", "(") else at + 1
            at += 1

    def statement(self, at: int) -> int:
        """The token behind the declaration that begins at `at`."""
        while at < len(self.code.tokens) and self.text(at) not in (";", "const", "let", "export"):
            at = self.code.end(at) + 1 if self.text(at) in ("{", "[", "(") else at + 1
            if self.text(at) in ("const", "let", "var", "export", "function", "import"):
                break
        return at

    def keys(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        """Keys of object literals between two tokens, as far as they are named as variables are."""
        for at in range(start, end):
            keyed = self.text(at + 1) == ":" and self.text(at - 1) in ("{", ",")
            if keyed and self.code.kind(at) in ("name", "string"):
                name = value(self.code.tokens[at])
                if UPPER.fullmatch(name):
                    yield name, at

    def text(self, at: int) -> str:
        """A token's text; '' beyond the ends."""
        return self.code.text(at)

    def line(self, at: int) -> int:
        """A token's line; 0 beyond the ends."""
        return self.code.tokens[at].line if 0 <= at < len(self.code.tokens) else 0
