"""Reach: new public functions, and whether a unit test enters them."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files
from tests.gates.corpus.suites import COVERED, NODE_COVERED, PYTHON, SCRIPT_COVERED, SUM

_SHOP = (
    "class Shop:\n    def __init__(self, name):\n        self.name = name\n\n    def sign(self):\n"
    "        return self._upper()\n\n    def _upper(self):\n        return self.name.upper()\n\n\n"
    'async def opened(shop):\n    """Whether it is."""\n    return bool(shop)\n'
)
_SHOP_TEST = (
    "import asyncio\n\nfrom shop.shop import Shop, opened\n\n\ndef test_sign():\n"
    "    assert Shop('a').sign() == 'A'\n\n\n"
    "def test_opened():\n    assert asyncio.run(opened(1)) is True\n"
)
_JS = SUM.replace("module.exports = { total };", "")
_MEAN = _JS + (
    "const mean = (items) => {\n  const sum = total(items);\n  return sum / items.length;\n};\n\n"
    "class Range {\n  constructor(items) {\n    this.items = items;\n  }\n\n  low() {\n"
    "    return Math.min(...this.items);\n  }\n}\n\n"
    "function half(n) {\n  return n / 2;\n}\n\nmodule.exports = { total, mean, Range };\n"
)
_MEAN_TEST = (
    "const test = require('node:test');\nconst assert = require('node:assert');\n"
    "const { mean, Range } = require('../src/total');\n\ntest('mean', () => {\n"
    "  assert.strictEqual(mean([1, 3]), 2);\n});\n\n"
    "test('low', () => {\n  assert.strictEqual(new Range([2, 1]).low(), 1);\n});\n"
)


def _py(name: str, shop: str, test: str, line: int = 0, base: Files = PYTHON) -> Delivery:
    files = {"shop/shop.py": shop, "tests/test_shop.py": test}
    return Delivery(
        "reach",
        name,
        files,
        base,
        COVERED,
        rule="reach-untested" if line else "",
        at=f"shop/shop.py:{line}" if line else "",
    )


def _js(name: str, source: str, test: str, line: int = 0) -> Delivery:
    files = {"src/total.js": source, "test/mean.test.js": test}
    return Delivery(
        "reach",
        f"node: {name}",
        files,
        SCRIPT_COVERED,
        NODE_COVERED,
        rule="reach-untested" if line else "",
        at=f"src/total.js:{line}" if line else "",
        needs=("node",),
    )


_KINDS = """\
import functools
from abc import ABC, abstractmethod


class Base(ABC):
    @abstractmethod
    def name(self):
        return ""


class Shop(Base):
    @property
    def size(self):
        return 1

    @classmethod
    def make(cls):
        return cls()

    def name(self):
        return "a"

    def __repr__(self):
        return "Shop"


@functools.cache
def once(n):
    return n


async def later():
    yield 1


def _rebate(n):
    return n - 1


rebate = _rebate
key = lambda row: row[0]
def order(rows): return sorted(rows, key=key)
"""
_KINDS_TEST = (
    "import asyncio\n\nfrom shop.shop import Shop, later, once, order, rebate\n\n\nasync def every():\n"
    "    return [n async for n in later()]\n\n\ndef test_kinds():\n    shop = Shop.make()\n"
    "    assert (shop.size, shop.name(), once(1), rebate(2)) == (1, 'a', 1, 1)\n"
    "    assert asyncio.run(every()) == [1]\n    assert order([(2,), (1,)]) == [(1,), (2,)]\n"
)
_LOADED = "from shop import shop\n\n\ndef test_it():\n    assert shop.__name__ == 'shop.shop'\n"


DELIVERIES = (
    _py("every kind of function", _KINDS, _KINDS_TEST),
    _py("a lambda that nothing names", "rebate = lambda n: n * 2\n", _LOADED, 1),
    _py(
        "a private function under a public name",
        "def _rebate(n):\n    return n * 2\n\n\nrebate = _rebate\n",
        _LOADED,
        1,
    ),
    _py("a property", "class Shop:\n    @property\n    def size(self):\n        return 1\n", _LOADED, 3),
    Delivery(
        "reach",
        "a private function that another module gives a public name",
        {
            "shop/shop.py": "def _rebate(n):\n    return n * 2\n",
            "tests/test_shop.py": _LOADED,
            "shop/api.py": "from shop.shop import _rebate as rebate\n\n__all__ = ['rebate']\n",
        },
        PYTHON,
        COVERED,
        rule="reach-untested",
        at="shop/shop.py:1",
    ),
    _py("a class and a function", _SHOP, _SHOP_TEST),
    _py("nothing new", _SHOP + "# words\n", _SHOP_TEST, base={**PYTHON, "shop/shop.py": _SHOP}),
    _py(
        "what has no body",
        "from typing import Protocol\n\n\nclass Opened(Protocol):\n    def opened(self) -> bool: ...\n",
        "from shop.shop import Opened\n\n\ndef test_it():\n    assert Opened.__name__ == 'Opened'\n",
    ),
    _js("functions, arrows, methods", _MEAN, _MEAN_TEST),
    _py(
        "a method that no test calls",
        _SHOP.replace("\n    def _upper", "\n    def close(self):\n        self.name = ''\n\n    def _upper"),
        _SHOP_TEST,
        8,
    ),
    _py(
        "a function that is only imported",
        _SHOP,
        _SHOP_TEST.replace("asyncio.run(opened(1)) is True", "opened and asyncio"),
        12,
    ),
    _py(
        "one more in an old file",
        _SHOP + "\n\ndef closed(shop):\n    return not shop\n",
        _SHOP_TEST,
        17,
        {**PYTHON, "shop/shop.py": _SHOP, "tests/test_shop.py": _SHOP_TEST},
    ),
    _py(
        "a call that is replaced",
        _SHOP,
        "from unittest import mock\n\nfrom shop import shop\n\n\ndef test_opened():\n"
        "    with mock.patch.object(shop, 'opened') as opened:\n        shop.opened(1)\n"
        "    opened.assert_called_once_with(1)\n",
        12,
    ),
    _js("an arrow function that no test calls", _MEAN, _MEAN_TEST.replace("mean([1, 3])", "2"), 8),
    _js("a method that no test calls", _MEAN, _MEAN_TEST.replace(".low()", ".items[1]"), 18),
    _js(
        "a method of an object that no test calls",
        _MEAN + "module.exports.kinds = {\n  first(items) {\n    return items[0];\n  },\n};\n",
        _MEAN_TEST,
        29,
    ),
    _js("an exported function that no test calls", _MEAN.replace("Range };", "Range, half };"), _MEAN_TEST, 23),
)
