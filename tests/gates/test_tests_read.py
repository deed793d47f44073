"""What is read of tests, sources and reports that gates judge: also of those that mean no good."""

from __future__ import annotations

import json
import time

import pytest

from harness.gates import jsinvert, jstests, pyinvert, pytests
from harness.gates.canary import canary
from harness.gates.covered import read as read_coverage
from harness.gates.excluded import directives
from harness.gates.javascript import comments, declares, lex
from harness.gates.junit import Unusable
from harness.gates.junit import read as read_junit
from harness.gates.measured import Missing
from harness.gates.mutants import mutant, spots
from harness.gates.outside import imported
from harness.gates.public import public
from harness.gates.testcase import weaker
from harness.gates.title import titled
from harness.gates.touched import touched


def python(text: str) -> dict[str, tuple[int, ...]]:
    return {test.name: test.strengths for test in pytests.read({"test_x.py": text.encode()})[0]}


def script(text: str) -> dict[str, tuple[int, ...]]:
    return {test.name: test.strengths for test in jstests.read({"x.test.ts": text.encode()})[0]}


def test_a_fixture_whose_name_begins_like_a_test_is_none() -> None:
    text = (
        "@pytest.fixture(scope='session')\ndef tester():\n    return 1\n\ndef test_x(tester):\n    assert tester == 1\n"
    )
    assert python(text) == {"test_x": (3,)}


@pytest.mark.parametrize(
    ("body", "strengths"),
    [
        ("assert f(1) == 2", (3,)),
        ("assert f(1) in (2, 3)", (2,)),
        ("assert f(1)", (1,)),
        ("assert f(1) is not None", (1,)),
        ("assert f(1) == f(1)", (3,)),
        ("assert True", (0,)),
        ("assert 1 == 1", (0,)),
        ("assert x == x", (0,)),
        ("assert len(x) >= 0", (0,)),
        ("assert (f(1) == 2, 'two')", (0,)),
        ("assert (f(1), x.y['z']) == (400, field)", (3,)),
        ("assert (1, 2) == (1, 2)", (0,)),
        ("self.assertEqual((f(1), x), (2, 3))", (3,)),
        ("assert f(1) == 2 or True", (0,)),
        ("assert not False", (0,)),
        ("assert isinstance(x, object)", (0,)),
        ("self.assertEqual(f(1), 2)", (3,)),
        ("self.assertEqual(1, 1)", (0,)),
        ("self.assertTrue(f(1))", (1,)),
        ("if f(1) != 2:\n        pytest.fail('no')", (2,)),
        ("mock.assert_called_once_with(1)", (3,)),
        ("mock.assert_called_once_with", ()),
        ("with pytest.raises(ValueError):\n        f(1)", (2,)),
        ("with pytest.raises(Exception):\n        f(1)", (1,)),
        ("f(1)", ()),
        ("assert len(x) > -1", (0,)),
        ("assert 0 <= len(x)", (0,)),
        ("assert 0 < len(x)", (2,)),
        ("ok = True\n    f(1)\n    assert ok", (0,)),
        ("assert_that(f(1)).is_equal_to(2)", (3,)),
        ("assert_that(f(1)).is_not_none()", (1,)),
        ("expect(f(1)).to.equal(2)", (3,)),
        ("expect(2).to.equal(2)", (0,)),
        ("expect(page.locator('x')).to_have_text('y')", (2,)),
        ("eq_(f(1), 2)", (3,)),
        ("data_regression.check({'a': f(1)})", (3,)),
        ("check.equal(f(1), 2)", (3,)),
        ("return self.assertFailure(f(1), ValueError)", (2,)),
    ],
)
def test_how_strong_an_assertion_of_python_is(body: str, strengths: tuple[int, ...]) -> None:
    assert python(f"def test_x(self):\n    {body}\n") == {"test_x": strengths}


@pytest.mark.parametrize(
    ("body", "strengths"),
    [
        ("expect(f(1)).toBe(2)", (3,)),
        ("expect(f(1)).not.toBe(2)", (2,)),
        ("expect<Map<string, number>>(f(1)).toBe(2)", (3,)),
        ("expect(f(1)).toBeDefined()", (1,)),
        ("expect(true).toBe(true)", (0,)),
        ("expect(x).toEqual(x)", (0,)),
        ("expect(f(1))", ()),
        ("await expect(f(1)).rejects.toThrow('no')", (2,)),
        ("expect(f(1)).to.deep.equal([2])", (3,)),
        ("assert.strictEqual(f(1), 2)", (3,)),
        ("assert.ok(true)", (0,)),
        ("assert(f(1) === 2)", (3,)),
        ("t.assert.equal(f(1), 2)", (3,)),
        ("console.assert(f(1) === 2)", ()),
        ("await request(app).get('/').expect(200)", (2,)),
        ("expect(f(1) === 2 || true).toBe(true)", (0,)),
        ("'expect(1).toBe(2)'; /* expect(1).toBe(2) */ `${expect}`", ()),
    ],
)
def test_how_strong_an_assertion_of_a_script_is(body: str, strengths: tuple[int, ...]) -> None:
    assert script(f"import assert from 'node:assert';\nit('x', async (t) => {{ {body}; }});\n") == {"x": strengths}


def test_tests_are_those_that_are_configured() -> None:
    text = "class ItsPrice:\n    def should_be(self):\n        assert f(1) == 2\n    def other(self):\n        pass\n"
    found = pytests.read({"check_x.py": text.encode()}, begins=("test", "should"))[0]
    assert [(test.name, test.strengths) for test in found] == [("ItsPrice::should_be", (3,))]
    assert python("def a_spec():\n    pass\ndef describe_a():\n    def is_b(x):\n        assert f(x)\n") == {
        "describe_a::is_b": (1,)
    }


@pytest.mark.parametrize(
    "text",
    [
        "import { test as check } from 'vitest';\ncheck('x', () => { expect(f(1)).toBe(2); });\n",
        "const { it: check } = require('node:test');\ncheck('x', () => { expect(f(1)).toBe(2); });\n",
        "const check = it;\ncheck('x', () => { expect(f(1)).toBe(2); });\n",
        "const check = test.extend({ a: 1 })\ncheck('x', () => { expect(f(1)).toBe(2); })\n",
        "it.each<[number, number]>([[1, 2]])('x', (a, b) => { expect(f(a)).toBe(b); });\n",
        "it.each`\n a | b\n ${1} | ${2}\n`('x', ({ a, b }) => { expect(f(a)).toBe(b); });\n",
        "const { expect } = chai;\nit('x', () => { expect(f(1)).toBe(2); });\n",
    ],
)
def test_tests_of_scripts_by_other_names_and_in_tables(text: str) -> None:
    assert script(text) == {"x": (3,)}


def test_tests_within_a_test_are_read_by_themselves() -> None:
    inner = "await t.test('b', () => { f(1); }); await t.test('c', () => { expect(1).toBe(x); });"
    text = f"test('a', async (t) => {{ {inner} }});"
    assert script(text) == {"a": (3,), "a > b": (), "a > c": (3,)}


def test_an_expect_of_the_file_s_own_says_what_it_does() -> None:
    test = "it('x', () => { expect(f(1)).toBe(2); });\n"
    assert script("const expect = () => ({ toBe() {} });\n" + test) == {"x": ()}
    assert script("function expect(n) { if (n !== 2) throw new Error('no'); return n; }\n" + test) == {"x": (2,)}
    assert script("const expect = chai.expect;\n" + test) == {"x": (3,)}


def test_helpers_are_followed() -> None:
    helped = "def check(n):\n    deeper(n)\n\n\ndef deeper(n):\n    assert n == 2\n\n\ndef test_x():\n    check(f(1))\n"
    assert python(helped) == {"test_x": (3,)}
    helped = "const check = (n) => { deeper(n); };\nfunction deeper(n: number): void { expect(n).toBe(2); }\n"
    assert script(helped + "it('x', () => check(f(1)));\n") == {"x": (3,)}


def test_marks_of_scripts_are_seen_wherever_they_stand() -> None:
    text = (
        "describe.skip('a', () => { it('one', f); });\ndescribe('b', () => { it.only('two', f); xit('three', f); });\n"
        "test('four', { skip: true }, f);\ntest('five', { skip: false }, f);\ntest('six', (t) => { t.skip(); });\n"
        "it.each([[1], [2]])('seven %i', f);\n/x/.test('eight');\n"
    )
    tests, _ = jstests.read({"x.test.ts": text.encode()})
    assert {test.name for test in tests if test.skipped} == {"a > one", "b > three", "four", "six"}
    assert [test.name for test in tests if test.only] == ["b > two"]
    assert [test.cases for test in tests if test.name == "seven %i"] == [2]
    assert len(tests) == 7
    tests, _ = jstests.read({"x.test.ts": b"test.describe('a', () => { test('b', async ({ page }) => f(page)); });"})
    assert [test.name for test in tests] == ["a > b"]


def test_what_is_only_added_is_no_weaker() -> None:
    one, more, less = (
        pytests.read({"t.py": f"def test_x():\n{body}".encode()})[0][0]
        for body in (
            "    assert f(1) == 2\n    assert f(2) == 3\n",
            "    assert f(1) == 2\n    assert f(2) == 3\n    assert f(3)\n",
            "    assert f(1) == 2\n    assert f(2)\n",
        )
    )
    assert weaker(one, more) == "" and one.parts <= more.parts
    assert weaker(one, less) == "2 assertions of more than truth became 1"


def test_titles_are_found_in_time() -> None:
    title = titled("adds %i and $b.c to ${d}")
    assert title.whole("adds 1 and 2 to 3") and title.within("sums adds 1 and 2 to 3")
    assert not title.whole("sums adds 1 and 2 to 3") and not title.within("adds 1 to 3")
    assert titled("a").whole("a") and not titled("a%s").whole("b") and titled("a%s").whole("a")
    began = time.process_time()
    assert not titled("%sa" * 2000 + "b").within("a" * 100_000)
    assert time.process_time() - began < 5


def test_python_is_turned_round() -> None:
    text = b"def check(n):\n    assert n == 2\n\n\ndef test_x():\n    check(2)\n"
    space: dict[str, object] = {}
    exec(pyinvert.inverted(text, frozenset({"check"})), space)
    with pytest.raises(AssertionError, match="turned round"):
        space["test_x"]()  # type: ignore[operator]


def test_scripts_are_turned_round_where_an_assertion_stands_and_nowhere_else() -> None:
    text = (
        "import { equal as same } from 'node:assert';\n"
        "it('expect(1)', () => { same(1, 1); a.expect(2); expect(3).toBe(3); });"
    )
    turned = jsinvert.inverted(text)
    assert turned.endswith(
        "it('expect(1)', () => { __turnedAssert(same)(1, 1); a.expect(2); __turnedExpect(expect)(3).toBe(3); });"
    )


@pytest.mark.parametrize(
    ("beside", "begins", "ends"),
    [
        ("tests/test_items.py", "tests/test_u", ".py"),
        ("tests/items_test.py", "tests/u", "_test.py"),
        ("src/items.spec.ts", "src/u", ".spec.ts"),
        ("src/items.service.test.tsx", "src/u", ".test.tsx"),
        ("test/items-test.js", "test/u", "-test.js"),
        ("__tests__/items.js", "__tests__/u", ".js"),
        ("shop/tests.py", "shop/tests.py", ""),
    ],
)
def test_a_planted_file_is_named_like_its_neighbour(beside: str, begins: str, ends: str) -> None:
    found = canary(beside, b"import { it } from 'vitest';\n" if not beside.endswith("py") else b"x = 1\n")
    assert found.path.startswith(begins) and found.path.endswith(ends)
    assert found.alone == (beside != "shop/tests.py")
    assert found.mark in found.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "`${" * 50_000,
        "'" * 100_001,
        "/*" * 50_000,
        "/" * 50_000,
        "it('x', () => {" * 2_000,
        "\0" * 1000,
        "é" * 9,
    ],
)
def test_hostile_scripts_are_read_in_time(text: str) -> None:
    began = time.monotonic()
    jstests.read({"x.test.js": text.encode()})
    jsinvert.inverted(text)
    assert declares(text) in (True, False)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "text", ["(" * 5000, "x = " + "[" * 200 + "]" * 200, "def f(:\n", "\0", "x = " + "not " * 100 + "1"]
)
def test_hostile_python_is_named(text: str) -> None:
    tests, broken = pytests.read({"test_x.py": text.encode()})
    assert tests == [] and list(broken) == ["test_x.py"]


@pytest.mark.parametrize("data", [b"\0", b"<testsuite>\0</testsuite>", b"PK\x03\x04", b"<testsuite>" * 50, b"{}"])
def test_reports_that_are_no_xml_are_refused(data: bytes) -> None:
    with pytest.raises(Unusable):
        read_junit(data)


def test_the_suites_of_a_case_are_kept() -> None:
    (case,) = read_junit(
        b'<testsuites name="all"><testsuite name="a.test.ts" file="src/a.test.ts"><testsuite name="group">'
        b'<testcase name="b"/></testsuite></testsuite></testsuites>'
    )
    assert (case.suite, case.file) == ("a.test.ts > group", "src/a.test.ts")


FINAL = {
    "/repo/src/a.ts": {
        "statementMap": {"0": {"start": {"line": 2}}, "1": {"start": {"line": 3}}}, "s": {"0": 4, "1": 0},
        "fnMap": {"0": {"name": "low", "decl": {"start": {"line": 1}}}}, "f": {"0": 4},
        "branchMap": {}, "b": {"0": [1, 0]},
    }
}  # fmt: skip


def test_istanbul_by_lines() -> None:
    covered, name = read_coverage({"coverage-final.json": json.dumps(FINAL).encode()})
    assert name == "coverage-final.json"
    assert covered.totals == {"statements": (1, 2), "branches": (1, 2), "functions": (1, 1), "lines": (1, 2)}
    (file,) = covered.files
    assert (file.name, file.hit, file.lines, file.entered) == ("src/a.ts", (2,), (3,), {("low", 1): True})


def test_a_report_that_lacks_metrics_says_which_one_does_not() -> None:
    with pytest.raises(Missing, match=r"lcov\.info lacks metrics.*json-summary"):
        read_coverage({"lcov.info": b"TN:"})


def test_directives_are_comments() -> None:
    python = b"x = 1  # pragma: no cover\ny = '# pragma: no cover'\n"
    assert directives("a.py", python) == [(1, "x = 1  # pragma: no cover")]
    text = "/* istanbul ignore next */\nconst a = '// v8 ignore next';\n// v8 ignore next\nb();\n"
    assert [line for line, _ in directives("a.ts", text.encode())] == [1, 3]
    assert [line for line, _ in comments("a /* b\nc */ d // e")] == [1, 2]


def test_new_lines() -> None:
    assert touched(None, b"a\nb\n") == {1, 2}
    assert touched(b"a\nb\n", b"a\nc\nb\n") == {2}
    assert touched(b"x\n" * 4000, b"x\n" * 4000 + b"y\n") == {4001}


@pytest.mark.parametrize(
    ("text", "only"),
    [
        (
            "export interface A { b: string }\nexport type C = A | { d: () => void };\nimport type { E } from './e';\n",
            True,
        ),
        ("export type A = string\nexport const b = 1\n", False),
        ("export * from './a';\nexport { b } from './b';\n", True),
        ("export enum A { B }\n", False),
        ("declare const x: string;\n", True),
        ("// words\n", True),
        ("import * as a from './a.js';\nexport * from './a.js';\nexport { a };\nexport default a;\n", True),
        ("export namespace A {\n  type B = string;\n  export interface C { b: B }\n}\n", True),
        ("export namespace A {\n  export const b = 1;\n}\n", False),
        ("export default a();\n", False),
    ],
)
def test_what_only_declares(text: str, only: bool) -> None:
    assert declares(text) == only


def test_imports_are_followed_to_files() -> None:
    paths = {"tests/rates.py", "src/shop/a.py", "src/b.ts", "test/c/index.js"}
    assert list(imported("src/shop/x.py", b"from tests.rates import r\nfrom . import a\n", paths)) == [
        (1, "tests/rates.py"), (2, "src/shop/a.py"),
    ]  # fmt: skip
    found = imported("src/x.ts", b"import { b } from './b.js';\nconst c = require('../test/c');\n", paths)
    assert list(found) == [(1, "src/b.ts"), (2, "test/c/index.js")]


def test_public_functions() -> None:
    text = (
        b"def a():\n    '''Words.'''\n    return 1\n\n\nclass B:\n    def c(self):\n        return 1\n\n"
        b"    def _d(self):\n        return 1\n"
        b"\n\ndef _e():\n    return 1\n"
    )
    assert [each.name for each in public("x.py", text)] == ["a", "B.c"]
    text = (
        b"export class A<T> {\n  constructor() { this.x = 1; }\n  b(): T {\n    return 1;\n  }\n"
        b"  private c() { return 2; }\n  #d() {}\n}\n"
        b"export const e = async (n: number): Promise<number> => {\n  return n;\n};\n"
        b"function f() { return g(); }\nexport { f };\n"
        b"function g() { return 1; }\n"
    )
    assert [each.name for each in public("x.ts", text)] == ["A.b", "e", "f"]
    text = (
        b"export function first<T extends { a: string }>(items: T[]): Promise<T> {\n  return items[0];\n}\n"
        b"export const second = <T>(x: T) => {\n  return x;\n};\nexport const third = x => x;\n"
        b"exports.fourth = function () {\n  return 1;\n};\nexport default class B { get c() { return 1; } }\n"
        b"export const fifth: Handler<{ a: string }> = async (request) => {\n  return request;\n};\n"
    )
    assert [each.name for each in public("x.ts", text)] == ["first", "second", "third", "fourth", "B.c", "fifth"]


def test_mutants_are_of_the_lines_given() -> None:
    text = b"def f(n):\n    if n > 1:\n        return n + 1\n    return 0\n"
    found = [mutant(spot, text) for spot in spots("a.py", text, {2})]
    assert [each.what for each in found] == ["n > 1 became n <= 1", "1 became 2"]
    text = b"const a = (b) => b === 1 && c<d>(2);\n"
    assert [mutant(spot, text).what.partition(" in")[0] for spot in spots("a.ts", text, {1})] == [
        "=== became !==", "1 became 2", "&& became ||", "2 became 3",
    ]  # fmt: skip


def test_lexing_keeps_every_character() -> None:
    text = "const re = /[/]\\/`'/g; const s = `a${`b${'}'}`}c`; x = a / b / c; // it's\n"
    tokens = [token.text for token in lex(text).tokens]
    assert "/[/]\\/`'/g" in tokens and "`a${`b${'}'}`}c`" in tokens and tokens.count("/") == 2
