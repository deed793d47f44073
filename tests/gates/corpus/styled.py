"""The same as elsewhere in other names, layouts and styles: no verdict hangs on how the rest of the corpus writes."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.migrations import ITEMS, LITE, PRICE
from tests.gates.corpus.suites import NODE, PYTEST, PYTHON, SCRIPT

_REBATE = {"shop/rebate.py": "def rebate(n):\n    return n // 10\n"}
_SHOULD = {
    **PYTHON,
    "pyproject.toml": '[tool.pytest.ini_options]\npython_files = ["check_*.py", "test_*.py"]\n'
    'python_functions = ["should_*", "test_*"]\npython_classes = ["Describe*", "Test*"]\n',
}
_DESCRIBE = (
    "from shop.rebate import rebate\n\n\nclass DescribeRebate:\n"
    "    def should_be_a_tenth(self):\n        assert rebate(20) == 2\n"
)
_FLUENT = (
    "class Said:\n    def __init__(self, value):\n        self.value = value\n\n    def to_equal(self, wanted):\n"
    "        if self.value != wanted:\n            raise AssertionError(self.value)\n\n\n"
    "def expect(value):\n    return Said(value)\n"
)
_CHECKED = (
    "const { test: check } = require('node:test');\nconst assert = require('node:assert');\n"
    "const { half } = require('../src/half');\n\n"
    "check('half', () => {\n  assert.equal(half(4), 2);\n});\n"
)
_HALF = {"src/half.js": "module.exports = { half: (n) => n / 2 };\n"}

_CHANGES = "database/changes/"
_PATCHED = (
    '[project]\nlanguage = "python"\n[commands]\nmigrate = "python tools/apply.py"\n[migrations]\n'
    'paths = ["database/changes/**"]\ntables = ["src/acme/schema.py"]\n'
)
_TABLE = (
    '"""Tables."""\nfrom .ext import orm\n\n\nclass Item(orm.Model):\n'
    "    id = orm.Column(orm.Integer, primary_key=True)\n    name = orm.Column(orm.String(80))\n"
)
_PRICED = {"src/acme/schema.py": _TABLE + "    price = orm.Column(orm.Integer)\n"}
_PATCHES = {
    "tools/apply.py": LITE.replace('"migrations"', '"database/changes"').replace('".down." not in path.name', "True"),
    "src/acme/schema.py": _TABLE, _CHANGES + "patch-001.sql": ITEMS,
}  # fmt: skip


_FEE = "def fee(net):\n    return net * 5 // 100\n"
_GOLD = (
    "import json\nimport pathlib\n\nfrom acme.fees import fee\n\n"
    "ROWS = pathlib.Path(__file__).parent / 'gold.json'\n\n\n"
    "def test_gold():\n    for net, wanted in json.loads(ROWS.read_text()):\n        assert fee(net) == wanted\n"
)


def _golden(name: str, folder: str) -> Delivery:
    base = {
        "acme/__init__.py": "", "acme/fees.py": _FEE, f"{folder}/fees_test.py": _GOLD,
        f"{folder}/gold.json": "[[100, 5]]\n",
    }  # fmt: skip
    files = {"acme/fees.py": _FEE.replace("return", "return 1 +"), f"{folder}/gold.json": "[[100, 6]]\n"}
    return Delivery("regression", name, files, base, PYTEST, rule="regression-failed", at=f"{folder}/fees_test.py")


def _patched(name: str, files: dict[str, str], rule: str = "", at: str = "") -> Delivery:
    return Delivery("migrations", name, files, _PATCHES, _PATCHED, rule=rule, at=at)


def _asserted(name: str, files: dict[str, str], base: dict[str, str], rule: str = "", at: str = "") -> Delivery:
    return Delivery("assertions", name, {**_REBATE, **files}, base, PYTEST, rule=rule, at=at)


def _node(name: str, more: str, rule: str = "", at: str = "") -> Delivery:
    files = {**_HALF, "test/half.test.js": _CHECKED + more}
    return Delivery("assertions", name, files, SCRIPT, NODE, rule=rule, at=at, needs=("node",))


DELIVERIES = (
    _golden("other data for a test in a folder of any name", "verification"),
    _golden("other data for a test beside the code", "acme"),
    _patched("patches, and a mapper of the project's own", {**_PRICED, _CHANGES + "patch-002.sql": PRICE}),
    _patched("a column of a mapper of the project's own", _PRICED, "migrations-missing", "src/acme/schema.py:8"),
    _patched("a patch left out", {**_PRICED, _CHANGES + "patch-003.sql": PRICE}, "migrations-gap",
             _CHANGES + "patch-003.sql"),
    _patched("a patch that does nothing", {**_PRICED, _CHANGES + "patch-002.sql": "SELECT 1;\n"}, "migrations-empty"),
    _asserted("tests that are called otherwise", {"tests/check_rebate.py": _DESCRIBE}, _SHOULD),
    _asserted(
        "nothing asserted by a test that is called otherwise",
        {"tests/check_rebate.py": _DESCRIBE + "\n    def should_run(self):\n        rebate(1)\n"}, _SHOULD,
        "assertions-none", "tests/check_rebate.py:8",
    ),
    _asserted(
        "sentences that assert",
        {
            "fluent.py": _FLUENT,
            "tests/test_rebate.py": "from fluent import expect\n\nfrom shop.rebate import rebate\n\n\n"
            "def test_small():\n    expect(rebate(20)).to_equal(2)\n\n\ndef test_more():\n    assert rebate(30) == 3\n",
        },
        {**PYTHON},
    ),
    _asserted(
        "a flag that is always up",
        {
            "tests/test_rebate.py": "from shop.rebate import rebate\n\n\ndef test_small():\n"
            "    assert rebate(20) == 2\n\n\ndef test_runs():\n    worked = True\n    rebate(1)\n    assert worked\n",
        },
        {**PYTHON}, "assertions-none", "tests/test_rebate.py:8",
    ),
    _node(
        "node: a test within a test asserts nothing",
        "check('more', async (t) => {\n  await t.test('none', () => {\n    assert.equal(half(0), 0);\n  });\n"
        "  await t.test('runs', () => {\n    half(8);\n  });\n});\n",
        "assertions-none", "test/half.test.js:12",
    ),
    _node("node: another name of test", "check('none', () => {\n  assert.equal(half(0), 0);\n});\n"),
    _node(
        "node: nothing asserted under another name of test", "check('runs', () => {\n  half(8);\n});\n",
        "assertions-none", "test/half.test.js:8",
    ),
)  # fmt: skip
