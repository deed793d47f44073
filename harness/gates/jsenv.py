"""Environment variables that JavaScript and TypeScript read, from the tokens: no comment and no plain string counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.gates.javascript import calling, lex, value
from harness.gates.jsplace import Places
from harness.gates.variable import UPPER, Facts, Reading

_MODULES = ("process", "node:process")
_PARSE = ("parse", "safeparse", "parseasync", "safeparseasync", "validate", "validatesync", "decode", "assert", "cast")
_TAKES = ("get", "has", "set")
"""Methods that many objects have: what is given to them is no variable's name for sure."""
_SCHEMAS = ("createEnv", "cleanEnv", "envsafe")
_BUILT_IN = frozenset(("MODE", "BASE_URL", "PROD", "DEV", "SSR"))
"""What a bundler sets in import.meta.env."""
_ASKED = frozenset(("ConfigService", '"env-var"', "'env-var'"))
"""Where a file names one of them, `get("NAME")` reads a variable."""
_ENV_TYPE = re.compile(r"ProcessEnv|ImportMetaEnv")
_EACH = frozenset(("forEach", "map", "flatMap", "filter", "some", "every", "find"))
"""Methods of a list that call a function with each of its items."""
_MOST_BACK = 4000


class Script(Places):
    """One file."""

    def __init__(self, text: str) -> None:
        super().__init__(lex(text))
        self.members: dict[tuple[str, str], str] = {}
        self.foreign: dict[str, str] = {}
        self.inner = [(Script(each), line) for each, line in calling(self.code)]
        self.constants = self._constants()
        self.members |= dict(self._held())
        self.aliases: set[str] = set()
        self.imported: set[str] = set()
        self._imports()

    def gather(self, facts: Facts) -> None:
        """Add what this file tells of its functions and schemas."""
        facts.constants |= {name: said for name, said in self.constants.items() if UPPER.fullmatch(name)}
        for start, end, _ in self._whole():
            key = end + (self.text(end) == "?.")
            key = key if self.text(key) == "[" else 0
            if key and self.code.kind(key + 1) == "name" and self.code.end(key) == key + 2:
                self._reader(key + 1, facts)
            call, position = self._argument(start, end)
            if call:
                facts.given.add((self.text(call - 1), position))
                if self.text(call - 1).lower() in _PARSE and self.text(call - 2) in (".", "?."):
                    facts.parsers.add(self.text(call - 3))
                    facts.parsers |= {self.text(at) for at in self.parts(call) if self.text(at + 1) in (",", ")")}
        for at, token in enumerate(self.code.tokens):
            if token.text in facts.readers and self.text(at + 1) == "(" and token.text not in _TAKES:
                for each in list(self.parts(at + 1))[facts.readers[token.text] :][:1]:
                    if self.code.kind(each) == "name" and self.text(each + 1) in (",", ")"):
                        self._reader(each, facts)
        for script, _ in self.inner:
            script.gather(facts)

    def readings(self, facts: Facts) -> Iterator[Reading]:
        """Every reading of the file."""
        self._parameters(facts)
        self.foreign = facts.constants
        yield from (Reading((name,), self.line(at)) for name, at in self._parted())
        for start, end, bundled in self._whole():
            for name, at in self._members(start, end):
                # elsewhere in the file the name of an alias may be that of any other object
                alias = self.text(start) in self.aliases and not UPPER.fullmatch(name)
                if not alias and not (bundled and name in _BUILT_IN):
                    yield Reading((name,), self.line(at))
        for name, at in [*self._calls(facts), *self._schemas(facts)]:
            yield Reading((name,), self.line(at))
        for each, line in self.inner:
            each.aliases |= self.aliases
            each.members |= self.members
            each.imported |= self.imported
            each.constants |= self.constants
            yield from (Reading(found.names, line) for found in each.readings(facts))

    # ------------------------------------------------------------ the environment as a value

    def _whole(self) -> Iterator[tuple[int, int, bool]]:
        """(first token, the token after it, whether a bundler's) of each expression that is the whole environment, or
        a copy of it."""
        for start, end, bundled in self._itself():
            yield start, end, bundled
            if self.text(start - 1) == "..." and self.text(start - 2) == "{":
                yield start - 2, self.code.end(start - 2) + 1, bundled

    def _itself(self) -> Iterator[tuple[int, int, bool]]:
        text, tokens = self.text, self.code.tokens
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
        text, at = self.text, end
        if text(at) in ("as", "satisfies") and text(start - 1) == "(":
            at = self.code.end(start - 1)
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
        text, name = self.text, self.text(at)
        for back in range(at - 1, max(1, at - _MOST_BACK), -1):
            if text(back) != name or text(back - 1) == ".":
                continue
            if text(back + 1) == "of" and text(back - 1) in ("const", "let", "var") and text(back - 2) == "(":
                body = self.code.end(back - 2) + 1
                within = at < self.code.end(body) if text(body) == "{" else at < self.statement(body)
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
                if token.text == "const" and self.text(each + 1) == self.text(at)
                for equals in range(each + 2, each + 9)
                if self.text(equals) == "=" and (equals == each + 2 or self.text(each + 2) == ":")
            )
            at = next(declared, at)
        parts = list(self.parts(at)) if self.text(at) == "[" else []
        return tuple(name for part in parts if (name := self._string(part)[0]))

    def _parted(self) -> Iterator[tuple[str, int]]:
        """Keys of `{ A }: NodeJS.ProcessEnv`, and of `{ env: { A } } = process`."""
        text = self.text
        for at, token in enumerate(self.code.tokens):
            if _ENV_TYPE.fullmatch(token.text):
                colon = at - 3 if text(at - 1) == "." else at - 1
                if text(colon) == ":" and text(colon - 1) == "}":
                    yield from self._destructured(self.opens.get(colon - 1, colon - 1))
            elif token.text == "env" and text(at + 1) == ":" and text(at + 2) == "{":
                after = self.code.end(at + 2) + 1
                while text(after) in (",", "}"):
                    after += 1
                if text(after) == "=" and (text(after + 1) == "process" or text(after + 1) in self.imported):
                    yield from self._destructured(at + 2)

    def _destructured(self, opening: int) -> Iterator[tuple[str, int]]:
        """The keys of `{ A, B: b, C = 1, ["D"]: d }`."""
        at, end = opening + 1, self.code.end(opening)
        while at < end:
            if self.text(at) == "[":
                name, key = self._string(at + 1)[0], at
            else:
                name, key = (value(self.code.tokens[at]) if self.code.kind(at) in ("name", "string") else ""), at
            if name and self.text(at - 1) in ("{", ","):
                yield name, key
            while at < end and self.text(at) != ",":
                at = self.code.end(at) + 1 if self.text(at) in ("{", "[", "(") else at + 1
            at += 1

    def _typed(self, at: int) -> Iterator[tuple[str, int]]:
        """`const { A }: Type = …`: back over the type."""
        first = max(0, at - 60)
        while at > first and self.text(at) not in (";", "{", "=", "const", "let", "var"):
            if self.text(at) == ":" and self.text(at - 1) == "}":
                yield from self._destructured(self.opens.get(at - 1, at - 1))
                return
            at = self.opens.get(at, at) - 1

    def _written(self, start: int, after: int) -> bool:
        return (self.text(after) == "=") or self.text(start - 1) == "delete"

    # ------------------------------------------------------------ what names stand for

    def _imports(self) -> None:
        """Names that the environment, or the process, has in this file."""
        text, tokens = self.text, self.code.tokens
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
            name = self.declared(alias)
            if name:
                self.aliases.add(name)
        for at, token in enumerate(tokens):
            if _ENV_TYPE.fullmatch(token.text) and text(at - 1) in (".", ":"):
                name = self.declared(at)
                if name:
                    self.aliases.add(name)

    def _imported(self, at: int) -> None:
        """What `import … from "process"` and `… = require("process")` bring."""
        first = at
        while first > max(0, at - 40) and self.text(first) not in ("import", "const", "let", "var", ";"):
            first -= 1
        for here in range(first + 1, at):
            if self.code.kind(here) != "name" or self.text(here) in ("from", "as", "require", "type", "default"):
                continue
            if self.text(here) == "env":
                renamed = self.text(here + 1) in ("as", ":")
                self.aliases.add(self.text(here + 2) if renamed else "env")
            elif self.text(here - 2) != "env":
                self.imported.add(self.text(here))

    def _constants(self) -> dict[str, str]:
        """Names that are declared as one string."""
        found: dict[str, str] = {}
        for at, token in enumerate(self.code.tokens):
            if token.text == "const" and self.text(at + 2) == "=":
                name, after = self._string(at + 3, {})
                if (name and self.text(after) in (";", "as", "")) or (self.code.kind(after) == "name" and name):
                    found[self.text(at + 1)] = name
        return found

    def _held(self) -> Iterator[tuple[tuple[str, str], str]]:
        """((owner, name), string) of what tables, enumerations and classes hold under a name of their own."""
        text = self.text
        for at, token in enumerate(self.code.tokens):
            if token.text not in ("const", "enum", "class") or self.code.kind(at + 1) != "name":
                continue
            opening = at + 2 + (text(at + 2) == "=")
            if text(opening) != "{":
                continue
            for key in range(opening + 1, self.code.end(opening)):
                named = self.code.kind(key) == "name" and text(key + 1) in ("=", ":")
                name, after = self._string(key + 2, {}) if named else ("", 0)
                if name and (text(after) in (",", ";", "}", "as") or self.code.kind(after) == "name"):
                    yield (text(at + 1), text(key)), name

    def _string(self, at: int, constants: dict[str, str] | None = None) -> tuple[str, int]:
        """(what the strings, constants and + at a token come to, the token after them); '' where it isn't plain."""
        known, said = self.constants if constants is None else constants, ""
        while True:
            kind, text = self.code.kind(at), self.text(at)
            if kind == "string" or (kind == "template" and "${" not in text):
                said += value(self.code.tokens[at])
            elif kind == "template":
                filled = re.sub(r"\$\{\s*([\w$]+)\s*\}", lambda m: known.get(m[1], "\0"), text[1:-1])
                said += filled if "${" not in filled else "\0"
            elif kind == "name" and self.text(at + 1) == "." and (text, self.text(at + 2)) in self.members:
                said += self.members[text, self.text(at + 2)]
                at += 2
            elif kind == "name" and (text in known or (constants is None and text in self.foreign)):
                said += known.get(text) or self.foreign[text]
            else:
                return "", at
            if self.text(at + 1) != "+":
                return ("" if "\0" in said else said), at + 1
            at += 2

    # ------------------------------------------------------------ functions and schemas

    def _argument(self, start: int, end: int) -> tuple[int, int]:
        """(the bracket of the call, the position) where the environment is an argument of its own; (0, 0) elsewhere."""
        if self.text(end) not in (",", ")") or self.text(start - 1) not in (",", "("):
            return 0, 0
        at, position = start - 1, 0
        while at > 0 and self.text(at) != "(":
            position += self.text(at) == ","
            at = self.opens.get(at, at) - 1 if self.text(at) in (")", "]", "}") else at - 1
        return (at, position) if self.code.kind(at - 1) == "name" else (0, 0)

    def _reader(self, at: int, facts: Facts) -> None:
        """`process.env[name]`: the function that has `name` as a parameter reads what it is called with."""
        name = self.text(at)
        for back in range(at, max(0, at - _MOST_BACK), -1):
            if self.text(back) != "(" or not back < self.code.end(back) < at:
                continue
            for position, parameter in enumerate(self.parts(back)):
                if self.text(parameter) == name and self.function(back):
                    facts.readers[self.function(back)] = position
                    return

    def _parameters(self, facts: Facts) -> None:
        """Parameters that are the environment, as some caller passes it."""
        names = {name for name, _ in facts.given}
        for at, token in enumerate(self.code.tokens):
            if token.text != "(" or self.function(at) not in names:
                continue
            for position, parameter in enumerate(self.parts(at)):
                if (self.function(at), position) in facts.given and self.code.kind(parameter) == "name":
                    self.aliases.add(self.text(parameter))

    def _calls(self, facts: Facts) -> Iterator[tuple[str, int]]:
        """Names that functions are called with which read what they are called with."""
        words = {token.text for token in self.code.tokens}
        nest, bare = bool(words & _ASKED), bool(words & {"'env-var'", '"env-var"'})
        tables = bool(words & {"'convict'", '"convict"'})
        for at, token in enumerate(self.code.tokens):
            if token.kind != "name":
                continue
            if tables and token.text == "env" and self.text(at + 1) == ":" and self._string(at + 2)[0]:
                yield self._string(at + 2)[0], at
            opening = at + 1
            if self.text(opening) == "<":
                while opening < at + 12 and self.text(opening) not in (">", ";"):
                    opening += 1
                opening += 1
            if self.text(opening) != "(":
                continue
            position = facts.readers.get(token.text, -1)
            if nest and token.text in ("get", "getOrThrow") and (self.text(at - 1) in (".", "?.") or bare):
                position = 0
            parts = list(self.parts(opening)) if position >= 0 else []
            if len(parts) > position >= 0 and UPPER.fullmatch(self._string(parts[position])[0]):
                yield self._string(parts[position])[0], at

    def _schemas(self, facts: Facts) -> Iterator[tuple[str, int]]:
        """Keys of schemas that the environment is parsed by."""
        for at, token in enumerate(self.code.tokens):
            named = token.text in facts.parsers and self.text(at - 1) in ("const", "let", "var")
            if named:
                yield from self.keys(at, self.statement(at))
            elif token.text in _SCHEMAS and self.text(at + 1) == "(":
                yield from self.keys(at + 1, self.code.end(at + 1))
        for start, end, _ in self._whole():
            call, _position = self._argument(start, end)
            if call and self.text(call - 1).lower() in _PARSE:
                yield from self.keys(call, self.code.end(call))
                yield from self.keys(self.opens.get(call - 3, call), call) if self.text(call - 3) == ")" else ()
