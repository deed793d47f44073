"""Plants failing tests beside the real ones: a run that does not report them as failed reports nothing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.gates.javascript import lex
from harness.gates.jsassert import imported
from harness.gates.junit import Case
from harness.gates.testset import MODULE, Testset

MOST = 6
"""Folders of tests that get a file."""
MOST_FILES = 200
"""Files of tests that get one test more."""
_CHAI = r"\)\s*\.to\.|from ['\"]chai['\"]|require\(['\"]chai['\"]\)"
_NAMED = re.compile(r"[.\-_](?:test|spec|e2e)(?=[.\-_]|$)|^(?:test|spec)(?=[.\-_])", re.I)
_PYTHON = """\
import unittest


def test_{mark}_plain():
    found = len("{mark}")
    assert found == 3


class Test{mark}(unittest.TestCase):
    def test_{mark}_case(self):
        self.assertEqual(len("{mark}"), 3)
"""


@dataclass(frozen=True, slots=True)
class Canary:
    """One planted file. Nothing in it says what it is: its mark is drawn anew for each."""

    mark: str
    beside: str
    """The test file that it is named and written like."""
    path: str
    content: bytes

    @property
    def alone(self) -> bool:
        """Whether it is a file of its own, and no test more in one that is there."""
        return self.path != self.beside


def canaries(used: Mapping[str, list[Case]], tests: Testset) -> list[Canary]:
    """A file for every folder, and every way of naming tests in it, that the report knows of; and one test more at the
    end of every file, which may have an assertion or a mark of its own that lets nothing fail."""
    kinds: dict[tuple[str, str], str] = {}
    for path in sorted(used):
        folder, _, name = path.rpartition("/")
        kinds.setdefault((folder, re.sub(r"^[^.]*", "", name)), path)
    alone = [canary(path, tests.files[path]) for path in list(kinds.values())[:MOST]]
    taken = {each.path for each in alone}
    return [*alone, *(_appended(path, tests.files[path]) for path in sorted(used)[:MOST_FILES] if path not in taken)]


def canary(beside: str, content: bytes) -> Canary:
    """A failing test in a file of its own, named like `beside`; appended to it where its name is no pattern."""
    folder, _, name = beside.rpartition("/")
    mark = _mark()
    renamed = _named(name, mark)
    if not renamed:
        return _appended(beside, content)
    body = _PYTHON.format(mark=mark) if beside.endswith(MODULE) else _script(mark, content.decode("utf-8", "replace"))
    return Canary(mark, beside, f"{folder}/{renamed}" if folder else renamed, body.encode())


def _appended(path: str, content: bytes) -> Canary:
    mark = _mark()
    body = _PYTHON.format(mark=mark) if path.endswith(MODULE) else _more(mark, content.decode("utf-8", "replace"))
    return Canary(mark, path, path, content + f"\n\n{body}".encode())


def _mark() -> str:
    return f"u{secrets.token_hex(4)}"


def _more(mark: str, text: str) -> str:
    """Failing tests for the end of a file, by the names that it has for tests and assertions."""
    code = lex(text)
    names = imported(code)
    call = next((t.text for t in code.tokens if t.text in ("test", "it", "specify") and t.kind == "name"), "test")
    checks = [f"if (String('{mark}').length !== 3) throw new Error('{mark} is longer');"]
    if re.search(r"\bassert\b[\s\w*{},]*(?:=\s*require|from)", text):
        checks.append(f"assert.strictEqual('{mark}'.length, 3);")
    elif "strictEqual" in names:
        checks.append(f"strictEqual('{mark}'.length, 3);")
    elif re.search(r"\bexpect\s*\(", text):
        checks.append(f"expect('{mark}'.length).{'to.equal' if re.search(_CHAI, text) else 'toBe'}(3);")
    return "\n".join(f"{call}('{mark} {number}', () => {{ {check} }});" for number, check in enumerate(checks))


def reported(each: Canary, cases: Iterable[Case]) -> list[Case]:
    """The cases of a report that are of the canary."""
    return [case for case in cases if each.mark in case.name or each.mark in case.suite]


def _named(name: str, mark: str) -> str:
    """A new name by the pattern that `name` follows; '' where it follows none."""
    if name.endswith(MODULE):
        stem, suffix = name.rsplit(".", 1)
        first, _, _ = stem.partition("_")
        last = stem.rpartition("_")[2]
        if last in ("test", "tests", "spec") and "_" in stem:
            return f"{mark}_{last}.{suffix}"
        return f"{first}_{mark}.{suffix}" if "_" in stem else ""
    found = list(_NAMED.finditer(name))
    if not found:
        return f"{mark}{name[name.index('.') :]}"
    if found[0].start() == 0:
        return f"{found[0][0]}-{mark}{name[name.rindex('.') :]}"
    return f"{mark}{name[found[-1].start() :]}"


def _script(mark: str, like: str) -> str:
    """Failing tests written as `like` is: the same runner, the same kind of module, the same assertions."""
    module = bool(re.search(r"^\s*(?:import\b(?!\s*\()|export\b)", like, re.M))
    lines, call = [], "it" if re.search(r"\bit\s*[.(]", like) or not re.search(r"\btest\s*[.(]", like) else "test"
    for package in ("node:test", "vitest", "@jest/globals", "mocha"):
        if re.search(rf"""["']{package}["']""", like):
            names = "test" if package == "node:test" else call
            names += ", expect" if package in ("vitest", "@jest/globals") else ""
            lines.append(
                f"import {{ {names} }} from '{package}';" if module else f"const {{ {names} }} = require('{package}');"
            )
            call = "test" if package == "node:test" else call
            break
    checks = [f"if (String('{mark}').length !== 3) throw new Error('{mark} is longer');"]
    if re.search(r"\bexpect\s*\(", like):
        chai = re.search(_CHAI, like)
        if chai and "vitest" not in like:
            lines.append("import { expect } from 'chai';" if module else "const { expect } = require('chai');")
        checks.append(f"expect('{mark}'.length).{'to.equal' if chai else 'toBe'}(3);")
    if re.search(r"""["'](?:node:)?assert(?:/strict)?["']""", like):
        lines.append("import assert from 'node:assert';" if module else "const assert = require('node:assert');")
        checks.append(f"assert.strictEqual('{mark}'.length, 3);")
    tests = [f"{call}('{mark} {number}', () => {{\n  {check}\n}});" for number, check in enumerate(checks)]
    return "\n".join(["// @ts-nocheck", *lines, "", *tests, ""])
