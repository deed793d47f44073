"""Coverage: sources that are measured as a whole, and the ways to measure less of them."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files
from tests.gates.corpus.suites import (
    COVERED,
    NODE_COVERED,
    PRICE,
    PYTHON,
    SCRIPT_COVERED,
    SUM,
    SUM_TEST,
)

_LONG = "def rebate(n):\n    if n > 10:\n        n = n - 1\n        n = n - 2\n        return n\n    return 0\n"
_TESTED = (
    "from shop.rebate import rebate\n\n\ndef test_rebate():\n    assert rebate(11) == 8\n    assert rebate(1) == 0\n"
)
_FILES: Files = {"shop/rebate.py": _LONG, "tests/test_rebate.py": _TESTED}
_MANY = "def check(n):\n    assert n == n + 0\n    return n\n\n\n" + "".join(
    f"def f{i}(n):\n    return n + {i}\n\n\n" for i in range(12)
)
_MANY_TEST = "from shop import many\n\n\ndef test_many():\n    assert many.check(1) == 1\n" + "".join(
    f"    assert many.f{i}(1) == {i + 1}\n" for i in range(12)
)
_OLDER = "def legacy(n):\n    m = n + 1\n    return m\n"
_BIG: Files = {**PYTHON, "shop/many.py": _MANY, "tests/test_many.py": _MANY_TEST}
_OMIT = COVERED.replace("--source=shop", "--source=shop --rcfile=.coveragerc")
_JS_UNTESTED = (
    "'use strict';\n\nfunction mean(items) {\n  if (!items.length) {\n    return 0;\n"
    "  }\n  return items[0];\n}\n\nmodule.exports = { mean };\n"
)


def _py(name: str, files: Files, rule: str = "", at: str = "", base: Files = PYTHON, config: str = COVERED) -> Delivery:
    return Delivery("coverage", name, files, base, config, rule=rule, at=at)


def _js(name: str, files: Files, rule: str = "", at: str = "") -> Delivery:
    return Delivery("coverage", f"node: {name}", files, SCRIPT_COVERED, NODE_COVERED, rule=rule, at=at, needs=("node",))


_LEFT_OUT: Files = {
    **PYTHON,
    ".coveragerc": "[report]\nexclude_also =\n    if TYPE_CHECKING\n    @(abc\\.)?abstractmethod\n    \\.\\.\\.\n"
    "    class .*\\bProtocol\\):\n    if __name__ == .__main__.\n    raise NotImplementedError\n    @overload\n",
}
"""What most projects leave out of the figures."""
_DECLARED = '''\
from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol, overload

if TYPE_CHECKING:
    from collections.abc import Iterable

    Ints = Iterable[int]


class Named(Protocol):
    """Has a name."""

    name: str

    def close(self) -> None:
        """Close."""
        ...


class Base(ABC):
    @property
    @abstractmethod
    def size(self) -> int:
        """How much it is."""

    @abstractmethod
    def go(self) -> int:
        raise NotImplementedError

    @abstractmethod
    def stop(self) -> None:
        pass


@overload
def get(x: int) -> int: ...
@overload
def get(x: str) -> str: ...
def get(x):
    return x


def main() -> int:
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
_SAYS = "from shop import rebate\n\n\ndef test_name():\n    assert rebate.__name__ == 'shop.rebate'\n"
_IN = _LONG.replace("\n", "\n    ").rstrip(" ")


def _hidden(name: str, text: str, long: bool = True) -> Delivery:
    """A body that the base's own configuration leaves out, though it is code like any other."""
    files = {"shop/rebate.py": text, "tests/test_rebate.py": _SAYS}
    return Delivery("coverage", f"hidden: {name}", files, _LEFT_OUT, COVERED, rule="coverage-excluded",
                    at="shop/rebate.py", long=long)  # fmt: skip


DELIVERIES = (
    _py(
        "declarations that the configuration leaves out",
        {
            "shop/base.py": _DECLARED,
            "tests/test_base.py": "from shop import base\n\n\ndef test_base():\n"
            "    assert base.get(1) == 1\n    assert base.main() == 0\n",
        },
        base=_LEFT_OUT,
    ),
    _hidden(
        "a condition that is more",
        f"from typing import TYPE_CHECKING\n\nif TYPE_CHECKING or 1:\n    {_IN}\nX = 1\n",
        long=False,
    ),
    _hidden(
        "a method called abstract",
        f"from abc import abstractmethod\n\n\nclass Rebate:\n    @abstractmethod\n    {_IN}\nX = 1\n",
    ),
    _hidden("an overload with a body", f"from typing import overload\n\n\n@overload\n{_LONG}\nX = 1\n"),
    _hidden("dots among the defaults", _LONG.replace("(n)", "(n=...)") + "\nX = 1\n"),
    _hidden("a protocol with code", f"from typing import Protocol\n\n\nclass Rebate(Protocol):\n    {_IN}\nX = 1\n"),
    _py(
        "code loaded by a name in a text",
        {
            "shop/price.py": PRICE + "\n\ndef rates():\n    import importlib\n\n"
            "    return importlib.import_module('scripts.rates')\n",
            "scripts/rates.py": _LONG.replace("rebate", "rate"),
            "tests/test_rates.py": "from shop.price import rates\n\n\ndef test_rates():\n"
            "    assert rates().rate(1) == 0\n",
        },
        "coverage-outside",
        "shop/price.py:8",
    ),
    _py(
        "an old module without tests, moved",
        {"shop/legacy.py": None, "shop/older.py": '"""Older."""\n\n' + _OLDER},
        base={**_BIG, "shop/legacy.py": _OLDER},
    ),
    _py(
        "a new folder that nothing measures",
        {"billing/__init__.py": "", "billing/rates.py": _LONG},
        "coverage-absent",
        "billing/rates.py",
    ),
    _py("a new module with its tests", _FILES),
    _py("the whole at once", {**PYTHON, **_FILES}, base={}),
    _py(
        "types, protocols and a main block",
        {
            "shop/kinds.py": '"""Kinds."""\n\nfrom typing import TYPE_CHECKING, Protocol\n\nif TYPE_CHECKING:\n'
            "    from decimal import Decimal\n\n\nclass Priced(Protocol):\n    def price(self) -> 'Decimal': ...\n",
            "shop/notes.py": '"""Words."""\n',
            "tests/test_kinds.py": "from shop.kinds import Priced\n\n\ndef test_kind():\n"
            "    assert Priced.__name__ == 'Priced'\n",
        },
    ),
    _py(
        "a directive that was there",
        {
            "shop/old.py": "def old():  # pragma: no cover\n    return 1\n\n\nx = 2\n",
            "tests/test_old.py": "from shop import old\n\n\ndef test_x():\n    assert old.x == 2\n",
        },
        base={**PYTHON, "shop/old.py": "def old():  # pragma: no cover\n    return 1\n\n\nx = 1\n"},
    ),
    _py(
        "migrations, and tools that were never measured",
        {**_FILES, "shop/migrations/0001_first.py": "def upgrade():\n    return 1\n"},
        base={**PYTHON, "deliver/ship.py": "def ship():\n    return 1\n"},
    ),
    _py(
        "a folder that is measured no more",
        {
            ".coveragerc": "[run]\nomit = more/*\n",
            "shop/x.py": "x = 1\n",
            "tests/test_x.py": "from shop import x\n\n\ndef test_x():\n    assert x.x == 1\n",
        },
        "coverage-absent",
        "more/more.py",
        {
            **PYTHON,
            "more/__init__.py": "",
            "more/more.py": "more = 1\n",
            "tests/test_more.py": "from more import more\n\n\ndef test_more():\n    assert more.more == 1\n",
        },
        COVERED.replace("--source=shop", "--source=shop,more"),
    ),
    _py(
        "code among the migrations",
        {
            "shop/price.py": "from shop.migrations.rates import rate\n\n" + PRICE,
            "shop/migrations/rates.py": "rate = 1\n",
        },
        "coverage-outside",
        "shop/price.py:1",
    ),
    _js(
        "a new function with its test",
        {
            "src/total.js": SUM.replace(
                "module.exports = {", "function one() {\n  return 1;\n}\n\nmodule.exports = { one,"
            ),
            "test/one.test.js": "const test = require('node:test');\nconst assert = require('node:assert');\n"
            "const { one } = require('../src/total');\n\ntest('one', () => {\n"
            "  assert.strictEqual(one(), 1);\n});\n",
        },
    ),
    _js(
        "a file of types",
        {
            "src/kinds.ts": "export interface Item {\n  readonly price: number;\n}\n"
            "export type Items = readonly Item[];\nexport type { Other } from './other.js';\n"
        },
    ),
    _py("too little", {"shop/rebate.py": _LONG + _LONG.replace("rebate", "other") * 1}, "coverage-statements"),
    _py(
        "a file that nothing imports and nothing measures",
        {"shop/part/lost.py": "def lost():\n    return 1\n"},
        "coverage-absent",
        "shop/part/lost.py",
    ),
    _py(
        "a file left out by the configuration",
        {**_FILES, ".coveragerc": "[run]\nomit = shop/rebate.py\n"},
        "coverage-absent",
        "shop/rebate.py",
    ),
    _py(
        "a file called generated",
        {
            "shop/rebate_generated.py": "# Generated by a tool. Do not edit.\n" + _LONG,
            ".coveragerc": "[run]\nomit = *generated*\n",
        },
        "coverage-absent",
        "shop/rebate_generated.py",
    ),
    _py(
        "code moved beside the sources",
        {
            "shop/price.py": "from scripts.rates import rate\n\n" + PRICE,
            "scripts/rates.py": _LONG.replace("rebate", "rate"),
        },
        "coverage-outside",
        "shop/price.py:1",
    ),
    _py(
        "code among the tests",
        {
            "shop/price.py": "from tests.rates import rate\n\n" + PRICE,
            "tests/rates.py": _LONG.replace("rebate", "rate"),
        },
        "coverage-outside",
        "shop/price.py:1",
    ),
    _py(
        "a pragma",
        {
            "shop/rebate.py": _LONG.replace("10:", "10:  # pragma: no cover"),
            "tests/test_rebate.py": _TESTED.replace("    assert rebate(11) == 8\n", ""),
        },
        "coverage-ignore",
        "shop/rebate.py:2",
    ),
    _py(
        "a pragma for a branch",
        {
            "shop/rebate.py": _LONG.replace("10:", "10:  # pragma: no branch"),
            "tests/test_rebate.py": _TESTED.replace("    assert rebate(1) == 0\n", ""),
        },
        "coverage-ignore",
        "shop/rebate.py:2",
    ),
    _py(
        "lines excluded by the configuration",
        {**_FILES, ".coveragerc": "[report]\nexclude_lines =\n    if n > 10\n"},
        "coverage-excluded",
        "shop/rebate.py:2",
    ),
    _py(
        "branches excluded by the configuration",
        {**_FILES, "pyproject.toml": "[tool.coverage.report]\npartial_branches = ['.*']\n"},
        "coverage-settings",
        "pyproject.toml",
    ),
    _py(
        "new code without tests in much old code",
        {"shop/rebate.py": "def rebate(n):\n    m = n + 1\n    return m\n"},
        "coverage-new",
        "shop/rebate.py:1",
        base=_BIG,
    ),
    _py(
        "a changed function that no test calls",
        {"shop/many.py": _MANY + "def late(n):\n    n = n * 2\n    return n\n"},
        "coverage-new",
        "shop/many.py",
        base=_BIG,
    ),
    _js("a file that no test imports", {"src/mean.js": _JS_UNTESTED}, "coverage-absent", "src/mean.js"),
    _js(
        "an ignore comment",
        {
            "src/mean.js": _JS_UNTESTED.replace("  if (", "  /* node:coverage ignore next 3 */\n  if ("),
            "test/mean.test.js": SUM_TEST.replace("src/total", "src/mean")
            .replace("total([", "mean([")
            .replace("{ total }", "{ mean }")
            .replace("[1, 2]", "[3, 2]"),
        },
        "coverage-ignore",
        "src/mean.js:4",
    ),
    _js(
        "istanbul's and v8's words",
        {
            "src/total.js": SUM.replace("function", "/* istanbul ignore next */\nfunction").replace(
                "  return", "  // v8 ignore next\n  return"
            )
        },
        "coverage-ignore",
        "src/total.js:3",
    ),
    _js(
        "code among the tests",
        {
            "src/total.js": SUM.replace("'use strict';", "'use strict';\n\nconst { sum } = require('../test/sum');"),
            "test/sum.js": _JS_UNTESTED.replace("mean", "sum"),
        },
        "coverage-outside",
        "src/total.js:3",
    ),
    Delivery(
        "coverage",
        "figures forged inside the tests' process",
        {
            "shop/rebate.py": _LONG,
            "tests/conftest.py": "import os\n\n\ndef pytest_sessionfinish(session):\n"
            "    name = os.path.abspath('shop/rebate.py')\n    exec(compile('0\\n"
            "' * 9, name, 'exec'))\n",
        },
        PYTHON,
        COVERED,
        rule="coverage-new",
        beyond="the tests' own process writes the figures; a changed conftest.py is accepted by "
        "name, reach and mutation ask otherwise",
    ),
)
