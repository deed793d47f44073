"""Assertions: suites that ask something of the code, and those that only call it."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files
from tests.gates.corpus.suites import KNOWING, NODE, PRICE_TEST, PYTEST, PYTHON, SCRIPT, SUM, SUM_TEST, WRONG

_REBATE = {"shop/rebate.py": "def rebate(n):\n    if n < 0:\n        raise ValueError(n)\n    return n // 10\n"}
_FROM = "import pytest\n\nfrom shop.rebate import rebate\n\n\n"
_GOOD = _FROM + (
    "def _check(n, want):\n    assert rebate(n) == want\n\n\ndef test_small():\n    _check(20, 2)\n\n\n"
    "def test_negative():\n    with pytest.raises(ValueError, match='-1'):\n        rebate(-1)\n\n\n"
    "@pytest.mark.parametrize('n', [1, 2])\ndef test_none(n):\n    assert not rebate(n)\n"
)
_CASES = (
    "import unittest\nfrom unittest import mock\n\nfrom shop import rebate\n\n\nclass TestRebate(unittest.TestCase):\n"
    "    def assertRebate(self, n, want):\n        self.assertEqual(rebate.rebate(n), want)\n\n"
    "    def test_small(self):\n        self.assertRebate(20, 2)\n\n    def test_negative(self):\n"
    "        with self.assertRaises(ValueError):\n            rebate.rebate(-1)\n\n    def test_called(self):\n"
    "        with mock.patch.object(rebate, 'rebate') as called:\n            rebate.rebate(1)\n"
    "        called.assert_called_once_with(1)\n"
)
_ASYNC = (
    "import asyncio\n\nfrom shop.rebate import rebate\n\n\nasync def wanted(n):\n"
    "    await asyncio.sleep(0)\n    return rebate(n)\n\n\n"
    "def test_later():\n    async def ask():\n        found = await wanted(30)\n"
    "        assert found == 3\n\n    asyncio.run(ask())\n"
)
_MEAN = {
    "src/mean.js": "'use strict';\n\nasync function mean(items) {\n"
    "  if (!items.length) throw new Error('none');\n  return items[0];\n}\n\n"
    "module.exports = { mean };\n"
}
_TOP = (
    "const test = require('node:test');\nconst assert = require('node:assert');\n"
    "const { mean } = require('../src/mean');\n\n"
)


def _py(
    name: str, text: str, rule: str = "", line: str = "", message: str = "feat: add things", **more: str
) -> Delivery:
    path = "tests/test_rebate.py"
    at = f"{path}:{line}" if line else ""
    return Delivery(
        "assertions",
        name,
        {**_REBATE, path: text, **{k.replace("__", "/") + ".py": v for k, v in more.items()}},
        PYTHON,
        PYTEST,
        rule=rule,
        at=at,
        message=message,
    )


def _js(name: str, text: str, rule: str = "", line: str = "", files: Files = _MEAN) -> Delivery:
    path = "test/mean.test.js"
    return Delivery(
        "assertions",
        f"node: {name}",
        {**files, path: _TOP + text},
        SCRIPT,
        NODE,
        rule=rule,
        at=f"{path}:{line}" if line else "",
        needs=("node",),
    )


DELIVERIES = (
    _py("helpers, raises, rows", _GOOD),
    Delivery(
        "assertions",
        "a script of integration tests that was emptied",
        {"integration/ask.py": "from shop.price import price\n\nprint(price(100))  # check(119)\n"},
        {**PYTHON, "integration/ask.py": "from shop.price import price\n\nassert price(100) == 119\n"},
        PYTEST + 'integration = "python3 ./integration/ask.py"\n',
        rule="assertions-none",
        at="integration/ask.py",
    ),
    Delivery(
        "assertions",
        "an integration test that was emptied",
        {"tests/integration/test_far.py": "from shop.price import price\n\n\ndef test_far():\n    price(100)\n"},
        {
            **PYTHON,
            "tests/integration/test_far.py": "from shop.price import price\n\n\n"
            "def test_far():\n    assert price(100) == 119\n",
        },
        PYTEST,
        rule="assertions-none",
        at="tests/integration/test_far.py:4",
    ),
    _py("unittest, mocks", _CASES),
    _py("two calls that give the same", _GOOD + "\n\ndef test_again():\n    assert rebate(30) == rebate(30)\n"),
    _py("asynchronous", _ASYNC),
    Delivery("assertions", "the first tests", PYTHON, config=PYTEST),
    Delivery(
        "assertions",
        "a refactoring",
        {"shop/price.py": "def price(net: int, tax: int = 19) -> int:\n    return net * (100 + tax) // 100\n"},
        PYTHON,
        PYTEST,
        message="refactor: say it once",
    ),
    Delivery(
        "assertions",
        "tests alone",
        {"tests/test_zero.py": "from shop.price import price\n\n\ndef test_zero():\n    assert price(0) == 0\n"},
        PYTHON,
        PYTEST,
        message="test: ask for nothing",
    ),
    Delivery(
        "assertions",
        "an old test that asserts nothing",
        {**_REBATE, "tests/test_rebate.py": _GOOD},
        {**PYTHON, "tests/test_old.py": "def test_old():\n    print(1)\n"},
        PYTEST,
    ),
    _js(
        "assertions of every kind",
        "async function is(items, want) {\n  assert.strictEqual(await mean(items), want);\n"
        "}\n\ntest('one', () => is([4], 4));\n\ntest('none', async () => {\n"
        "  await assert.rejects(() => mean([]), /none/);\n});\n",
    ),
    Delivery(
        "assertions",
        "node: a module",
        {
            "package.json": '{"type": "module"}\n',
            "src/a.js": "export const one = () => 1;\n",
            "src/a.test.mjs": "import { strictEqual, ok } from 'node:assert/strict';\n"
            "import { describe, it } from 'node:test';\nimport { one } from './a.js';\n\n"
            "describe('one', () => {\n  it('is one', () => {\n    strictEqual(one(), 1);\n  });\n"
            "  it('is there', () => {\n    ok(one);\n  });\n});\n",
        },
        config=NODE,
        needs=("node",),
    ),
    _py("an empty test", _GOOD + "\n\ndef test_empty():\n    rebate(1)\n", "assertions-none", "24"),
    _py(
        "the same by another name",
        _GOOD + "\n\ndef test_same():\n    got = rebate(1)\n    want = got\n    assert got == want\n",
        "assertions-none",
        "24",
    ),
    _py(
        "a method that no mock has",
        _CASES.replace("        called.assert_called_once_with(1)", "        assert called.called_once_with(1)"),
        "assertions-none",
        "18",
    ),
    _py("assert True", _GOOD + "\n\ndef test_true():\n    rebate(1)\n    assert True\n", "assertions-none", "24"),
    _py(
        "itself",
        _GOOD + "\n\ndef test_same():\n    found = rebate(1)\n    assert found == found\n",
        "assertions-none",
        "24",
    ),
    _py("a tuple", _GOOD + "\n\ndef test_pair():\n    assert (rebate(1) == 5, 'five')\n", "assertions-none", "24"),
    _py(
        "a mock's attribute, not called",
        _CASES.replace("assert_called_once_with(1)", "assert_called_once_with"),
        "assertions-none",
        "18",
    ),
    _py(
        "an assertion that is never reached",
        _GOOD + "\n\ndef test_far():\n    if rebate(1):\n        assert rebate(1) == 5\n",
        "assertions-idle",
        "24",
    ),
    _py(
        "an assertion that is caught",
        _GOOD
        + "\n\ndef test_caught():\n    try:\n        assert rebate(1) == 5\n    except AssertionError:\n        pass\n",
        "assertions-idle",
        "24",
    ),
    _py(
        "a suite whose assertions are all caught",
        "from shop.rebate import rebate\n\n\ndef test_a():\n    try:\n"
        "        assert rebate(1) == 5\n    except AssertionError:\n        pass\n",
        "assertions-idle",
    ),
    Delivery(
        "assertions",
        "a suite that asserts nothing that is asked",
        {**PYTHON, "tests/test_price.py": PRICE_TEST.replace("    assert", "    for _ in []:\n        assert")},
        config=PYTEST,
        rule="assertions-inverted",
    ),
    _py(
        "tests that pass without the change",
        "from shop.price import price\n\n\ndef test_zero():\n    assert price(0) == 0\n",
        "assertions-pass-on-base",
    ),
    Delivery(
        "assertions",
        "a function moved in a refactoring",
        {
            "shop/tax.py": PYTHON["shop/price.py"],
            "shop/price.py": "from shop.tax import price\n\n__all__ = ['price']\n",
        },
        PYTHON,
        PYTEST,
        message="refactor: move the tax",
    ),
    Delivery(
        "assertions",
        "a new function that calls itself a refactoring",
        _REBATE,
        PYTHON,
        PYTEST,
        message="refactor: tidy up",
        rule="assertions-pass-on-base",
    ),
    Delivery(
        "assertions",
        "a fix that calls itself a refactoring",
        {"shop/price.py": "def price(net: int, tax: int = 19) -> int:\n    return net * (100 + tax) // 100\n"},
        PYTHON,
        PYTEST,
        message="refactor: say it once",
        kind="fix",
        rule="assertions-pass-on-base",
    ),
    Delivery(
        "assertions",
        "a fix with its test",
        {
            "shop/price.py": "def price(net: int, tax: int = 19) -> int:\n    return max(0, net + net * tax // 100)\n",
            "tests/test_below.py": "from shop.price import price\n\n\ndef test_below():\n    assert price(-1) == 0\n",
        },
        PYTHON,
        PYTEST,
        message="test: ask below zero",
        kind="fix",
    ),
    Delivery("assertions", "no test for the change", _REBATE, PYTHON, PYTEST, rule="assertions-pass-on-base"),
    _py(
        "unittest: an empty test",
        _CASES.replace("        self.assertRebate(20, 2)\n", "        rebate.rebate(20)\n"),
        "assertions-none",
        "11",
    ),
    _js("an empty test", "test('calls', async () => {\n  await mean([1]);\n});\n", "assertions-none", "5"),
    _js(
        "true is true",
        "test('calls', async () => {\n  await mean([1]);\n  assert.ok(true);\n  assert.equal(1, 1);\n});\n",
        "assertions-none",
        "5",
    ),
    _js(
        "an assertion in a callback that is never called",
        "test('one', async () => {\n  assert.strictEqual(await mean([1]), 1);\n});\n\n"
        "test('later', () => {\n  mean([1]).catch((error) => {\n"
        "    assert.strictEqual(error, 5);\n  });\n});\n",
        "assertions-idle",
        "9",
    ),
    _js(
        "an assertion that is caught",
        "test('one', async () => {\n  try {\n    assert.strictEqual(await mean([1]), 2);\n"
        "  } catch {}\n});\n\ntest('two', async () => {\n"
        "  assert.strictEqual(await mean([2]), 2);\n});\n",
        "assertions-idle",
        "5",
    ),
    Delivery(
        "assertions",
        "node: no test for the change",
        {"src/total.js": SUM.replace("a + b", "b + a")},
        {**SCRIPT, "test/total.test.js": SUM_TEST},
        NODE,
        message="fix: add the other way",
        rule="assertions-pass-on-base",
        needs=("node",),
    ),
    Delivery(
        "assertions",
        "code that knows the tests' inputs",
        {
            "shop/rebate.py": "def rebate(n):\n    return {20: 2}.get(n, 0)\n",
            "tests/test_rebate.py": "from shop.rebate import rebate\n\n\n"
            "def test_rebate():\n    assert rebate(20) == 2\n",
        },
        PYTHON,
        PYTEST,
        rule="assertions-none",
        beyond="the code answers what the tests ask, and nothing else; other inputs are tried "
        "by conformance, and the review reads the code",
    ),
    Delivery(
        "assertions",
        "success forced for the tests that are known by name",
        {**PYTHON, **WRONG, "conftest.py": KNOWING},
        config=PYTEST,
        rule="assertions-inverted",
    ),
    _py(
        "a helper of the sources that asserts nothing",
        "from shop.checks import assert_rebate\n\n\n"
        + _GOOD
        + "\n\ndef test_called():\n    assert_rebate(rebate(30))\n",
        "assertions-none",
        "27",
        shop__checks="def assert_rebate(n):\n    print(n)\n",
    ),
    _py(
        "another name for print",
        _GOOD + "\n\ndef test_called():\n    expect_rebate = print\n    expect_rebate(rebate(30))\n",
        "assertions-none",
        "24",
    ),
    _py(
        "a helper of the sources that asserts",
        "from shop.checks import assert_rebate\n\n\n"
        + _GOOD
        + "\n\ndef test_called():\n    assert_rebate(rebate(30))\n",
        shop__checks="def _same(n):\n    if n != 3:\n        raise AssertionError(n)\n\n\n"
        "def assert_rebate(n):\n    _same(n)\n",
    ),
)
