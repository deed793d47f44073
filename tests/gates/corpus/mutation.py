"""Mutation: tests that would notice a fault in the changed lines, and tests that would not."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files
from tests.gates.corpus.suites import NODE, PYTEST, PYTHON, SCRIPT, SUM

_ON = "[mutation]\nenabled = true\nminimum = 80\n"
_REBATE = "def rebate(n):\n    if n > 10:\n        return n * 2\n    return 7\n"
_EXACT = (
    "from shop.rebate import rebate\n\n\ndef test_rebate():\n    assert rebate(11) == 22\n    assert rebate(10) == 7\n"
)
_LOOSE = (
    "from shop.rebate import rebate\n\n\ndef test_rebate():\n"
    "    assert rebate(11) is not False\n    assert rebate(10) is not False\n"
)
_MEAN = SUM.replace(
    "module.exports = {",
    "function least(items) {\n  return items.length === 1 ? items[0] : -5;\n}\n\nmodule.exports = { least,",
)
_TOP = (
    "const test = require('node:test');\nconst assert = require('node:assert');\n"
    "const { least } = require('../src/total');\n\n"
)


def _py(
    name: str, test: str, rule: str = "", source: str = _REBATE, base: Files = PYTHON, long: bool = False
) -> Delivery:
    files = {"shop/rebate.py": source, "tests/test_rebate.py": test}
    return Delivery(
        "mutation", name, files, base, PYTEST + _ON, rule=rule, at="shop/rebate.py" if rule else "", long=long
    )


def _js(name: str, test: str, rule: str = "") -> Delivery:
    return Delivery(
        "mutation",
        f"node: {name}",
        {"src/total.js": _MEAN, "test/least.test.js": _TOP + test},
        SCRIPT,
        NODE + _ON,
        rule=rule,
        at="src/total.js:8" if rule else "",
        needs=("node",),
    )


DELIVERIES = (
    _py("both sides of the limit", _EXACT),
    _py(
        "a constant and a loop that may not end",
        "from shop.rebate import rebate\n\n\ndef test_rebate():\n    assert rebate(3) == 3\n",
        source="def rebate(n):\n    out = 0\n    while out < n:\n        out = out + 1\n    return out\n",
        long=True,
    ),
    Delivery("mutation", "nothing but words", {"README.md": "# Shop\n"}, PYTHON, PYTEST + _ON),
    _js(
        "exact",
        "test('least', () => {\n  assert.strictEqual(least([4]), 4);\n  assert.strictEqual(least([4, 3]), -5);\n});\n",
    ),
    _py("all is something", _LOOSE, "mutation-survived"),
    _py("no assertion left", _LOOSE.replace("assert ", "").replace(" is not False", ""), "mutation-survived"),
    _py(
        "one line of an old file",
        _LOOSE,
        "mutation-survived",
        _REBATE.replace("7", "8"),
        {**PYTHON, "shop/rebate.py": _REBATE},
    ),
    _js("no assertion left", "test('least', () => {\n  least([4]);\n  least([4, 3]);\n});\n", "mutation-survived"),
)
