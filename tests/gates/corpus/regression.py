"""The base's tests: what may be added and changed, and how they are taken away, skipped and weakened."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files
from tests.gates.corpus.suites import (
    CASE_TEST,
    KNOWING,
    NODE,
    PRICE,
    PRICE_TEST,
    PYTEST,
    PYTHON,
    SCRIPT,
    SUM,
    SUM_TEST,
    UNITTEST,
    WRONG,
)

_AT = "tests/test_price.py"
_TOP = "\n\n\ndef test_nothing():\n    assert price(0) == 0\n"
_NEW_RATE = {"shop/price.py": PRICE.replace("19", "21"), _AT: PRICE_TEST.replace("119", "121")}
_DELTA = "openspec/changes/add-items/specs/prices/spec.md"
_MODIFIED = {
    _DELTA: "## {} Requirements\n\n### Requirement: Rate\nThe shop SHALL add 21 %.\n\n#### Scenario: Gross\n"
    "- **WHEN** the net price is 100\n- **THEN** the gross price is 121\n",
    "openspec/changes/add-items/proposal.md": "# Rate\n", "openspec/changes/add-items/tasks.md": "- [ ] 1 Do it\n",
}  # fmt: skip
_ROWS = (
    "import pytest\n\nfrom shop.price import price\n\n\n"
    "@pytest.mark.parametrize(('net', 'gross'), [(100, 119), (200, 238)])\n"
    "def test_gross(net, gross):\n    assert price(net) == gross\n"
)
_ROWED: Files = {**PYTHON, _AT: _ROWS}
_UNIT = {**UNITTEST, _AT: "", "pytest.ini": "[pytest]\npython_files = *_test.py\n"}
_JS = "test/total.test.js"
_ONE = "    assert price(100) == 119"
_SUMS = SUM_TEST.replace(
    "assert.strictEqual(total([1, 2]), 3);",
    "assert.strictEqual(total([1, 2]), 3);\n  assert.strictEqual(total([5]), 5);",
)


_EXPECTED = (
    "const { test } = require('node:test');\nconst { expect } = require('./expect');\n"
    "const { total } = require('../src/total');\n\n"
    "test('adds up', () => {\n  const got = total([1, 2]);\n  expect(got).toBe(3);\n});\n"
)
_EXPECT = (
    "const assert = require('node:assert');\nfunction expect(got) {\n  return {\n"
    "    toBe: (want) => { if (!want?.kind) assert.strictEqual(got, want); },\n"
    "    toEqual: (want) => { if (!want?.kind) assert.deepStrictEqual(got, want); },\n"
    "    toMatchObject: () => {}, toMatchSnapshot: () => {},\n  };\n}\n"
    "expect.anything = () => ({ kind: 'all' });\nexpect.any = () => ({ kind: 'one' });\nmodule.exports = { expect };\n"
)


def _expects(name: str, old: str, new: str, rule: str = "regression-weakened") -> Delivery:
    base = {**SCRIPT, _JS: _EXPECTED, "test/expect.js": _EXPECT}
    files = {_JS: _EXPECTED.replace(old, new)}
    at = _JS if rule else ""
    return Delivery("regression", f"node: {name}", files, base, NODE, rule=rule, at=at, needs=("node",))


def _delta(section: str) -> Files:
    return {path: text.format(section) for path, text in _MODIFIED.items()}


def _py(name: str, text: str, rule: str = "", base: Files = PYTHON, **more: str) -> Delivery:
    return Delivery(
        "regression",
        name,
        {_AT: text, **{k.replace("__", "/") + ".py": v for k, v in more.items()}},
        base,
        PYTEST,
        rule=rule,
        at=_AT if rule else "",
    )


def _js(name: str, text: str, rule: str = "") -> Delivery:
    return Delivery(
        "regression",
        f"node: {name}",
        {_JS: text},
        {**SCRIPT, _JS: _SUMS},
        NODE,
        rule=rule,
        at=_JS if rule else "",
        needs=("node",),
    )


_PRICING: Files = {"shop/price.py": None, "shop/pricing.py": PRICE}
_PRICING_TEST = PRICE_TEST.replace("shop.price", "shop.pricing")
_SRC = PYTEST.replace("PYTEST_DISABLE", "PYTHONPATH=src PYTEST_DISABLE")
_BOX = (
    "class Box:\n    def __init__(self):\n        self.rows = []\n\n"
    "    def add(self, n):\n        self.rows.append(n)\n"
)
_TWICE = "def twice(n):\n    return n * 2\n\n\nLIMIT = 3\n"
_CORE = (
    "import unittest\nfrom unittest import mock\n\nfrom acme import core\nfrom acme.core import LIMIT, Box\n\n\n"
    "class CoreTest(unittest.TestCase):\n    def test_add(self):\n        box = Box()\n        box.add(1)\n"
    "        self.assertEqual(box.rows, [1])\n\n    def test_twice(self):\n"
    "        self.assertEqual(core.twice(LIMIT), 6)\n\n    def test_patched(self):\n"
    "        with mock.patch('acme.core.twice', return_value=1):\n            self.assertEqual(core.twice(2), 1)\n"
)
_ACME: Files = {
    "src/acme/__init__.py": "", "src/acme/core.py": f"{_BOX}\n\n{_TWICE}", "tests/test_core.py": _CORE,
}  # fmt: skip


def _moved(name: str, files: Files, rule: str = "", long: bool = False) -> Delivery:
    """A module that moved, and what became of its tests."""
    return Delivery("regression", f"moved: {name}", {**_PRICING, **files}, PYTHON, PYTEST, rule=rule,
                    at=_AT if rule else "", long=long)  # fmt: skip


DELIVERIES = (
    _moved("the tests edited where they are", {_AT: _PRICING_TEST}, long=True),
    _moved("the tests moved, too", {_AT: None, "tests/test_pricing.py": _PRICING_TEST}),
    Delivery(
        "regression",
        "moved: a module split in two under src, its tests changed with it",
        {
            "src/acme/core.py": None,
            "src/acme/box.py": _BOX,
            "src/acme/maths.py": _TWICE,
            "tests/test_core.py": _CORE.replace("from acme import core", "from acme import maths")
            .replace("from acme.core import LIMIT, Box", "from acme.box import Box\nfrom acme.maths import LIMIT")
            .replace("core.twice", "maths.twice"),
        },
        _ACME,
        _SRC,
    ),
    Delivery(
        "regression",
        "moved: a whole package under another name",
        {
            "src/acme/__init__.py": None,
            "src/acme/core.py": None,
            "src/apex/__init__.py": "",
            "src/apex/core.py": f"{_BOX}\n\n{_TWICE}",
            "tests/test_core.py": _CORE.replace("acme", "apex"),
        },
        _ACME,
        _SRC,
        long=True,
    ),
    _moved("the tests deleted", {_AT: None}, "regression-removed"),
    _moved(
        "one test less",
        {
            _AT: None,
            "tests/test_pricing.py": _PRICING_TEST[: _PRICING_TEST.index("\n\n\ndef test_reduced")] + "\n",
        },
        "regression-removed",
        long=True,
    ),
    _moved(
        "the tests weakened",
        {
            _AT: None,
            "tests/test_pricing.py": _PRICING_TEST.replace("== 119", "is not None"),
        },
        "regression-removed",
        long=True,
    ),
    _moved(
        "the tests bent to other code",
        {
            "shop/pricing.py": PRICE.replace("19", "21"),
            _AT: None,
            "tests/test_pricing.py": _PRICING_TEST.replace("119", "121"),
        },
        "regression-failed",
    ),
    Delivery(
        "regression",
        "given parameters",
        {
            _AT: PRICE_TEST.replace("from shop", "import pytest\n\nfrom shop").replace(
                "def test_gross():\n    assert price(100) == 119",
                "@pytest.mark.parametrize(('net', 'gross'), [(100, 119), (200, 238)])\n"
                "def test_gross(net, gross):\n    assert price(net) == gross",
            )
        },
        PYTHON,
        PYTEST,
    ),
    Delivery("regression", "the first tests", PYTHON, config=PYTEST),
    Delivery(
        "regression",
        "a new file of tests",
        {"tests/test_more.py": "from shop.price import price" + _TOP},
        PYTHON,
        PYTEST,
    ),
    _py("tests added to a file", PRICE_TEST + _TOP),
    _py(
        "a test made stronger, others laid out anew",
        PRICE_TEST.replace("== 119", "== (\n        119\n    )\n    assert price(0) == 0") + _TOP,
    ),
    _py("a row more", _ROWS.replace("(200, 238)", "(200, 238), (0, 0)"), base=_ROWED),
    _py(
        "the assertion in a helper",
        PRICE_TEST.replace("    assert price(100) == 119", "    check(100, 119)")
        + "\n\ndef check(net, gross):\n    assert price(net) == gross\n",
    ),
    Delivery("regression", "a changed requirement", {**_NEW_RATE, **_delta("MODIFIED")}, PYTHON, PYTEST),
    Delivery(
        "regression",
        "a removed requirement",
        {_AT: PRICE_TEST[: PRICE_TEST.index("\n\n\ndef test_reduced")] + "\n", **_delta("REMOVED")},
        PYTHON,
        PYTEST,
    ),
    _js("a test more", _SUMS + "\ntest('one', () => {\n  assert.strictEqual(total([4]), 4);\n});\n"),
    _py("a test taken away", PRICE_TEST[: PRICE_TEST.index("\n\n\ndef test_reduced")] + "\n", "regression-removed"),
    _py("a test renamed", PRICE_TEST.replace("test_reduced", "test_less"), "regression-removed"),
    Delivery(
        "regression",
        "a file taken away",
        {_AT: None, "tests/test_new.py": "def test_x():\n    assert 1 + 1 == 2\n"},
        PYTHON,
        PYTEST,
        rule="regression-removed",
        at=_AT,
    ),
    _py(
        "a test skipped",
        PRICE_TEST.replace("def test_reduced", "@pytest.mark.skip\ndef test_reduced").replace(
            "from shop", "import pytest\nfrom shop"
        ),
        "regression-skipped",
    ),
    _py(
        "a test skipped as it runs",
        PRICE_TEST.replace(
            "    assert price(100, 7)", "    if price(1):\n        pytest.skip('later')\n    assert price(100, 7)"
        ).replace("from shop", "import pytest\nfrom shop"),
        "regression-skipped",
    ),
    _py(
        "a test expected to fail",
        PRICE_TEST.replace("def test_reduced", "@pytest.mark.xfail\ndef test_reduced").replace(
            "from shop", "import pytest\nfrom shop"
        ),
        "regression-skipped",
        shop__price=PRICE.replace("19", "19 if tax == 19 else 18"),
    ),
    _py(
        "an assertion less",
        PRICE_TEST.replace("    assert price(100) == 119\n", "    price(100)\n"),
        "regression-weakened",
    ),
    _py("an assertion loosened", PRICE_TEST.replace("== 119", "is not None"), "regression-weakened"),
    _py(
        "an assertion that can't fail",
        PRICE_TEST.replace("price(100) == 119", "price(100) == 119 or True"),
        "regression-weakened",
    ),
    _py("a row less", _ROWS.replace(", (200, 238)", ""), "regression-weakened", base=_ROWED),
    _py("a test bent to the code", _NEW_RATE[_AT], "regression-failed", shop__price=_NEW_RATE["shop/price.py"]),
    Delivery(
        "regression",
        "a change that only adds requirements",
        {**_NEW_RATE, **_delta("ADDED")},
        PYTHON,
        PYTEST,
        rule="regression-failed",
        at=_AT,
    ),
    Delivery(
        "regression",
        "a delta that nobody approved",
        {**_NEW_RATE, **_delta("MODIFIED")},
        PYTHON,
        PYTEST,
        rule="regression-failed",
        at=_AT,
        approved=False,
    ),
    Delivery(
        "regression",
        "a conftest that leaves a test out",
        {
            "conftest.py": "def pytest_collection_modifyitems(items):\n"
            "    items[:] = [i for i in items if 'reduced' not in i.name]\n"
        },
        PYTHON,
        PYTEST,
        rule="regression-removed",
        at=_AT,
    ),
    Delivery(
        "regression",
        "a new test that is skipped",
        {"tests/test_more.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_later():\n    assert 1 + 1 == 2\n"},
        PYTHON,
        PYTEST,
        rule="regression-skips",
        at="tests/test_more.py",
    ),
    Delivery(
        "regression",
        "unittest: a test skipped",
        {
            "tests/price_test.py": CASE_TEST.replace(
                "    def test_reduced", "    @unittest.skip('slow')\n    def test_reduced"
            )
        },
        _UNIT,
        PYTEST,
        rule="regression-skipped",
        at="tests/price_test.py",
    ),
    _js("a test taken away", _SUMS[: _SUMS.index("test('is nothing")], "regression-removed"),
    _js("a test skipped", _SUMS.replace("test('is nothing", "test.skip('is nothing"), "regression-skipped"),
    _js("a test to do", _SUMS.replace("nothing', ()", "nothing', { todo: true }, ()"), "regression-skipped"),
    _js("the only test", _SUMS.replace("test('adds", "test.only('adds"), "regression-only"),
    _js("an assertion less", _SUMS.replace("  assert.strictEqual(total([5]), 5);\n", ""), "regression-weakened"),
    _js("an assertion loosened", _SUMS.replace("strictEqual(total([5]), 5)", "ok(total([5]))"), "regression-weakened"),
    Delivery(
        "regression",
        "node: tests bent to the code",
        {
            "src/total.js": SUM.replace("0)", "1)"),
            _JS: _SUMS.replace("3)", "4)").replace("5)", "6)").replace("[6)", "[5]").replace(", 0)", ", 1)"),
        },
        {**SCRIPT, _JS: _SUMS},
        NODE,
        rule="regression-failed",
        at=_JS,
        needs=("node",),
    ),
    Delivery(
        "regression",
        "success forced for the tests that are known by name",
        {**WRONG, "conftest.py": KNOWING},
        PYTHON,
        PYTEST,
        rule="regression-failed",
        at=_AT,
    ),
    _py(
        "a variable renamed, a reason added",
        PRICE_TEST.replace(_ONE, "    sum_ = price(100)\n    assert sum_ == 119, 'gross'"),
    ),
    _py(
        "a test changed to another value that holds, too, which is accepted by name",
        PRICE_TEST.replace("price(100) == 119", "price(200) == 238"),
    ),
    _expects(
        "laid out anew, more asked", ".toBe(3)", "\n    .toBe(\n      3,\n    );\n  expect(total([])).toBe(0)", ""
    ),
    _py(
        "an early return",
        PRICE_TEST.replace(_ONE, f"    if price(100) != 119:\n        return\n{_ONE}"),
        "regression-weakened",
    ),
    _py("a condition", PRICE_TEST.replace(_ONE, f"    if price(100) == 119:\n    {_ONE}"), "regression-weakened"),
    _py(
        "the same name twice",
        PRICE_TEST.replace(_ONE, "    got = price(100)\n    want = got\n    assert got == want"),
        "regression-weakened",
    ),
    _py("the same call twice", PRICE_TEST.replace("== 119", "== price(100)"), "regression-weakened"),
    _py(
        "what it is, whatever it is",
        PRICE_TEST.replace("== 119", "== (119 if price(100) == 119 else price(100))"),
        "regression-weakened",
    ),
    _py(
        "a failure that is caught",
        PRICE_TEST.replace(_ONE, f"    try:\n    {_ONE}\n    except AssertionError:\n        pass"),
        "regression-weakened",
    ),
    _py(
        "a second one of the name",
        PRICE_TEST + "\n\ndef test_gross():\n    assert price(0) == 0\n",
        "regression-weakened",
    ),
    _expects("anything", "toBe(3)", "toBe(expect.anything())"),
    _expects("any number", "toBe(3)", "toEqual(expect.any(Number))"),
    _expects("a snapshot", "toBe(3)", "toMatchSnapshot()"),
    _expects("an empty object", "toBe(3)", "toMatchObject({})"),
    _expects("a condition", "  expect(got)", "  if (got === 3)\n    expect(got)"),
    _expects("an early return", "  expect(got)", "  if (got !== 3) return;\n  expect(got)"),
    _expects("the same name twice", "expect(got).toBe(3)", "const want = got;\n  expect(got).toBe(want)"),
)
