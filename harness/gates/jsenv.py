"""Environment variables that JavaScript and TypeScript read, from the tokens: no comment and no plain string counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.gates.javascript import Code, lex, value
from harness.gates.variable import UPPER, Facts, Reading

_MODULES = ("process", "node:process")
_PARSE = ("parse", "safeParse", "parseAsync", "safeParseAsync", "validate", "validateSync", "decode", "assert", "cast")
_SCHEMAS = ("createEnv", "cleanEnv", "envsafe")
_BUILT_IN = frozenset(("MODE", "BASE_URL", "PROD", "DEV", "SSR"))
"""What a bundler sets in import.meta.env."""
_ASKED = frozenset(("ConfigService", '"env-var"', "'env-var'"))
"""Where a file names one of them, `get("NAME")` reads a variable."""
_ENV_TYPE = re.compile(r"ProcessEnv|ImportMetaEnv")
_EACH = frozenset(("forEach", "map", "flatMap", "filter", "some", "every", "find"))
"""Methods of a list that call a function with each of its items."""
_MOST_BACK = 4000


class Script:
    """One file."""

    def __init__(self, text: str) -> None:
        self.code: Code = lex(text)
        self.inner = [(Script(each), line) for each, line in _inner(self.code)]
        self.opens = {close: opening for opening, close in self.code.closes.items()}
        self.constants = self._constants()
        self.aliases: set[str] = set()
        self.imported: set[str] = set()
        self._imports()

    def gather(self, facts: Facts) -> None:
        """Add what this file tells of its functions and schemas."""
        for start, end, _ in self._whole():
            key = end + (self._text(end) == "?.")
            key = key if self._text(key) == "[" else 0
            if key and self.code.kind(key + 1) == "name" and self.code.end(key) == key + 2:
                self._reader(key + 1, facts)
            call, position = self._argument(start, end)
            if call:
                facts.given.add((self._text(call - 1), position))
                if self._text(call - 1) in _PARSE and self._text(call - 2) in (".", "?."):
                    facts.parsers.add(self._text(call - 3))
        for each, _ in self.inner:
            each.gather(facts)

    def readings(self, facts: Facts) -> Iterator[Reading]:
        """Every reading of the file."""
        self._parameters(facts)
        for start, end, bundled in self._whole():
            for name, at in self._members(start, end):
                # elsewhere in the file the name of an alias may be that of any other object
                alias = self._text(start) in self.aliases and not UPPER.fullmatch(name)
                if not alias and not (bundled and name in _BUILT_IN):
                    yield Reading((name,), self._line(at))
        for name, at in [*self._calls(facts), *self._schemas(facts)]:
            yield Reading((name,), self._line(at))
        for each, line in self.inner:
            each.aliases |= self.aliases
            each.imported |= self.imported
            each.constants |= self.constants
            yield from (Reading(found.names, line) for found in each.readings(facts))

    # ------------------------------------------------------------ the environment as a value

    def _whole(self) -> Iterator[tuple[int, int, bool]]:
        """(first token, the token after it, whether a bundler's) of each expression that is the whole environment."""
        text, tokens = self._text, self.code.tokens
        for at, token in enumerate(tokens):
            before = text(at - 1)
            if token.kind != "name" or (before in (".", "?.") and text(at - 2) not in ("globalThis", "global")):
                continue
            if token.text in ("process", "Bun", "Deno") or token.text in self.imported:
                if text(at + 1) in (".", "?.", "!") and text(at + 2) == "env":
                    yield at, at + 3, False
                elif text(at + 1) == "[" and self._string(at + 2)[0] == "env":
                    yield at, at + 4, False
            elif token.text == "import" and [text(at + n) for n in range(1, 5)] == [".", "meta", ".", "env"]:
                yield at, at + 5, True
            elif token.text in self.aliases and before not in (".", "?.") and text(at + 1) != ":":
                yield at, at + 1, False

    def _members(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        """Names that are read of the environment between two tokens."""
        text, at = self._text, end
        while text(at) in ("!", ")") and text(start - 1) == "(":
            at, start = at + 1, start - 1
        at += text(at) == "!"
        dotted = text(at) in (".", "?.")
        if text(at) == "[" or (text(at) == "?." and text(at + 1) == "["):
            opening = at + (text(at) == "?.")
            name, after = self._string(opening + 1)
            if name and self.code.end(opening) == after and not self._written(start, after + 1):
                yield name, at
            elif self.code.kind(opening + 1) == "name" and self.code.end(opening) == opening + 2:
                looped = self._looped(opening + 1) if not self._written(start, opening + 3) else ()
                yield from ((each, at) for each in looped)
        elif dotted and text(at + 1) in ("get", "has") and text(at + 2) == "(":
            yield from ((name, at) for name in [self._string(at + 3)[0]] if name)
        elif dotted and self.code.kind(at + 1) == "name" and not self._written(start, at + 2):
            yield text(at + 1), at
        if text(start - 1) == "=" and text(start - 2) == "}":
            yield from self._destructured(self.opens.get(start - 2, start - 2))
        elif text(start - 1) == "=" and text(start - 2) not in (">", ")"):
            yield from self._typed(start - 2)
        if text(start - 1) == "in" and self._string(start - 2)[0] and text(at) not in (".", "["):
            yield self._string(start - 2)[0], start

    def _looped(self, at: int) -> tuple[str, ...]:
        """What a name stands for in turn within `for (const name of list)` or `list.forEach((name) => …)`."""
        text, name = self._text, self._text(at)
        for back in range(at - 1, max(1, at - _MOST_BACK), -1):
            if text(back) != name or text(back - 1) == ".":
                continue
            if text(back + 1) == "of" and text(back - 1) in ("const", "let", "var") and text(back - 2) == "(":
                body = self.code.end(back - 2) + 1
                within = at < self.code.end(body) if text(body) == "{" else at < self._statement(body)
                return self._list(back + 2) if within else ()
            call = back - 1 - (text(back - 1) == "(" and text(back - 2) == "(")
            if text(call) == "(" and text(call - 1) in _EACH and text(call - 2) == "." and at < self.code.end(call):
                return self._list(self.opens.get(call - 3, call - 3))
        return ()

    def _list(self, at: int) -> tuple[str, ...]:
        """The strings of a list, or of the one that is declared under a name."""
        if self.code.kind(at) == "name":
            # with a type of its own, as in `const names: string[] = […]`, too
            declared = (
                equals + 1
                for each, token in enumerate(self.code.tokens)
                if token.text == "const" and self._text(each + 1) == self._text(at)
                for equals in range(each + 2, each + 9)
                if self._text(equals) == "=" and (equals == each + 2 or self._text(each + 2) == ":")
            )
            at = next(declared, at)
        parts = list(self._parts(at)) if self._text(at) == "[" else []
        return tuple(name for part in parts if (name := self._string(part)[0]))

    def _destructured(self, opening: int) -> Iterator[tuple[str, int]]:
        """The keys of `{ A, B: b, C = 1, ["D"]: d }`."""
        at, end = opening + 1, self.code.end(opening)
        while at < end:
            if self._text(at) == "[":
                name, key = self._string(at + 1)[0], at
            else:
                name, key = (value(self.code.tokens[at]) if self.code.kind(at) in ("name", "string") else ""), at
            if name and self._text(at - 1) in ("{", ","):
                yield name, key
            while at < end and self._text(at) != ",":
                at = self.code.end(at) + 1 if self._text(at) in ("{", "[", "(") else at + 1
            at += 1

    def _typed(self, at: int) -> Iterator[tuple[str, int]]:
        """`const { A }: Type = …`: back over the type."""
        first = max(0, at - 60)
        while at > first and self._text(at) not in (";", "{", "=", "const", "let", "var"):
            if self._text(at) == ":" and self._text(at - 1) == "}":
                yield from self._destructured(self.opens.get(at - 1, at - 1))
                return
            at = self.opens.get(at, at) - 1

    def _written(self, start: int, after: int) -> bool:
        return (self._text(after) == "=") or self._text(start - 1) == "delete"

    # ------------------------------------------------------------ what names stand for

    def _imports(self) -> None:
        """Names that the environment, or the process, has in this file."""
        text, tokens = self._text, self.code.tokens
        for at, token in enumerate(tokens):
            if token.kind == "string" and value(token) in _MODULES:
                self._imported(at)
            if token.text == "env" and text(at + 1) == "}" and text(at + 2) == "=" and text(at + 3) == "process":
                self.aliases.add("env")
        for start, end, _ in list(self._whole()):
            after = text(end)
            alias = start - 2 if text(start - 1) == "=" else -1
            if alias < 0 or after in (".", "?.", "["):
                continue
            if self.code.kind(alias) == "name" and text(alias - 1) in ("const", "let", "var", "(", ",", "readonly"):
                self.aliases.add(text(alias))
                continue
            name = self._declared(alias)
            if name:
                self.aliases.add(name)
        for at, token in enumerate(tokens):
            if _ENV_TYPE.fullmatch(token.text) and text(at - 1) in (".", ":"):
                name = self._declared(at)
                if name:
                    self.aliases.add(name)

    def _declared(self, at: int) -> str:
        """The name in `name: Type`, seen from within the type."""
        for back in range(at, max(0, at - 8), -1):
            if self._text(back) == ":":
                optional = back - 1 - (self._text(back - 1) == "?")
                return self._text(optional) if self.code.kind(optional) == "name" else ""
        return ""

    def _imported(self, at: int) -> None:
        """What `import … from "process"` and `… = require("process")` bring."""
        first = at
        while first > max(0, at - 40) and self._text(first) not in ("import", "const", "let", "var", ";"):
            first -= 1
        for here in range(first + 1, at):
            if self.code.kind(here) != "name" or self._text(here) in ("from", "as", "require", "type", "default"):
                continue
            if self._text(here) == "env":
                renamed = self._text(here + 1) in ("as", ":")
                self.aliases.add(self._text(here + 2) if renamed else "env")
            elif self._text(here - 2) != "env":
                self.imported.add(self._text(here))

    def _constants(self) -> dict[str, str]:
        """Names that are declared as one string."""
        found: dict[str, str] = {}
        for at, token in enumerate(self.code.tokens):
            if token.text == "const" and self._text(at + 2) == "=":
                name, after = self._string(at + 3, {})
                if (name and self._text(after) in (";", "as", "")) or (self.code.kind(after) == "name" and name):
                    found[self._text(at + 1)] = name
        return found

    def _string(self, at: int, constants: dict[str, str] | None = None) -> tuple[str, int]:
        """(what the strings, constants and + at a token come to, the token after them); '' where it isn't plain."""
        known, said = self.constants if constants is None else constants, ""
        while True:
            kind, text = self.code.kind(at), self._text(at)
            if kind == "string" or (kind == "template" and "${" not in text):
                said += value(self.code.tokens[at])
            elif kind == "template":
                filled = re.sub(r"\$\{\s*([\w$]+)\s*\}", lambda m: known.get(m[1], "\0"), text[1:-1])
                said += filled if "${" not in filled else "\0"
            elif kind == "name" and text in known:
                said += known[text]
            else:
                return "", at
            if self._text(at + 1) != "+":
                return ("" if "\0" in said else said), at + 1
            at += 2

    # ------------------------------------------------------------ functions and schemas

    def _argument(self, start: int, end: int) -> tuple[int, int]:
        """(the bracket of the call, the position) where the environment is an argument of its own; (0, 0) elsewhere."""
        if self._text(end) not in (",", ")") or self._text(start - 1) not in (",", "("):
            return 0, 0
        at, position = start - 1, 0
        while at > 0 and self._text(at) != "(":
            position += self._text(at) == ","
            at = self.opens.get(at, at) - 1 if self._text(at) in (")", "]", "}") else at - 1
        return (at, position) if self.code.kind(at - 1) == "name" else (0, 0)

    def _reader(self, at: int, facts: Facts) -> None:
        """`process.env[name]`: the function that has `name` as a parameter reads what it is called with."""
        name = self._text(at)
        for back in range(at, max(0, at - _MOST_BACK), -1):
            if self._text(back) != "(" or not back < self.code.end(back) < at:
                continue
            for position, parameter in enumerate(self._parts(back)):
                if self._text(parameter) == name and self._function(back):
                    facts.readers[self._function(back)] = position
                    return

    def _function(self, opening: int) -> str:
        """The name of the function whose parameters begin at a bracket; '' where it is a call."""
        text, before = self._text, opening - 1
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
            return text(before - 1) if self.code.kind(before - 1) == "name" else self._declared(before - 1)
        if self.code.kind(before) == "name" and (text(before - 1) == "function" or text(after) in ("{", ":")):
            return "" if text(before) in ("if", "for", "while", "switch", "catch") else text(before)
        return text(before - 1) if text(before) == ":" else ""

    def _parts(self, opening: int) -> Iterator[int]:
        """The first token of each of the parts between brackets."""
        at, end = opening + 1, self.code.end(opening)
        while at < end:
            yield at
            while at < end and self._text(at) != ",":
                at = self.code.end(at) + 1 if self._text(at) in ("{", "[", "(") else at + 1
            at += 1

    def _parameters(self, facts: Facts) -> None:
        """Parameters that are the environment, as some caller passes it."""
        names = {name for name, _ in facts.given}
        for at, token in enumerate(self.code.tokens):
            if token.text != "(" or self._function(at) not in names:
                continue
            for position, parameter in enumerate(self._parts(at)):
                if (self._function(at), position) in facts.given and self.code.kind(parameter) == "name":
                    self.aliases.add(self._text(parameter))

    def _calls(self, facts: Facts) -> Iterator[tuple[str, int]]:
        """Names that functions are called with which read what they are called with."""
        nest = any(token.text in _ASKED for token in self.code.tokens)
        for at, token in enumerate(self.code.tokens):
            if token.kind != "name":
                continue
            opening = at + 1
            if self._text(opening) == "<":
                while opening < at + 12 and self._text(opening) not in (">", ";"):
                    opening += 1
                opening += 1
            if self._text(opening) != "(":
                continue
            position = facts.readers.get(token.text, -1)
            if nest and token.text in ("get", "getOrThrow") and self._text(at - 1) in (".", "?."):
                position = 0
            parts = list(self._parts(opening)) if position >= 0 else []
            if len(parts) > position >= 0 and UPPER.fullmatch(self._string(parts[position])[0]):
                yield self._string(parts[position])[0], at

    def _schemas(self, facts: Facts) -> Iterator[tuple[str, int]]:
        """Keys of schemas that the environment is parsed by."""
        for at, token in enumerate(self.code.tokens):
            named = token.text in facts.parsers and self._text(at - 1) in ("const", "let", "var")
            if named:
                yield from self._keys(at, self._statement(at))
            elif token.text in _SCHEMAS and self._text(at + 1) == "(":
                yield from self._keys(at + 1, self.code.end(at + 1))
        for start, end, _ in self._whole():
            call, _position = self._argument(start, end)
            if call and self._text(call - 1) in _PARSE and self._text(call - 3) == ")":
                yield from self._keys(self.opens.get(call - 3, call), call)

    def _statement(self, at: int) -> int:
        while at < len(self.code.tokens) and self._text(at) not in (";", "const", "let", "export"):
            at = self.code.end(at) + 1 if self._text(at) in ("{", "[", "(") else at + 1
            if self._text(at) in ("const", "let", "var", "export", "function", "import"):
                break
        return at

    def _keys(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        """Keys of object literals between two tokens, as far as they are named as variables are."""
        for at in range(start, end):
            keyed = self._text(at + 1) == ":" and self._text(at - 1) in ("{", ",")
            if keyed and self.code.kind(at) in ("name", "string"):
                name = value(self.code.tokens[at])
                if UPPER.fullmatch(name):
                    yield name, at

    def _text(self, at: int) -> str:
        return self.code.text(at)

    def _line(self, at: int) -> int:
        return self.code.tokens[at].line if 0 <= at < len(self.code.tokens) else 0


def _inner(code: Code) -> Iterator[tuple[str, int]]:
    """(the expressions of a template string that may read, its line)"""
    for token in code.tokens:
        if token.kind == "template" and "${" in token.text and re.search(r"env|\(", token.text, re.I):
            yield ";".join(_expressions(token.text[1:-1])), token.line


def _expressions(text: str) -> Iterator[str]:
    at = text.find("${")
    while at >= 0:
        depth, end = 1, at + 2
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield text[at + 2 : end - 1]
        at = text.find("${", end)
