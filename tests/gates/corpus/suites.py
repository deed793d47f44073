"""Small projects that the deliveries on tests begin with: one for pytest, one for unittest, one for `node --test`."""

from __future__ import annotations

from tests.gates.corpus.delivery import Files

PYTEST = (
    '[project]\nlanguage = "python"\n[commands]\nunit = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest -q '
    '-p no:cacheprovider --junitxml={out}/unit.xml"\n'
)
COVERED = (
    '[project]\nlanguage = "python"\n[commands]\nunit = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m coverage run '
    "--branch --source=shop -m pytest -q -p no:cacheprovider --junitxml={out}/unit.xml tests; code=$?; "
    'python -m coverage json -q -o {out}/coverage.json; exit $code"\n'
)
NODE = (
    '[project]\nlanguage = "typescript"\n[commands]\nunit = "node --test --test-reporter=junit '
    '--test-reporter-destination={out}/unit.xml"\n'
)
PRICE = "def price(net: int, tax: int = 19) -> int:\n    return net + net * tax // 100\n"
PRICE_TEST = (
    "from shop.price import price\n\n\ndef test_gross():\n    assert price(100) == 119\n\n\n"
    "def test_reduced():\n    assert price(100, 7) == 107\n"
)
PYTHON: Files = {
    "shop/__init__.py": "",
    "shop/price.py": PRICE,
    "tests/__init__.py": "",
    "tests/test_price.py": PRICE_TEST,
}
CASE_TEST = (
    "import unittest\n\nfrom shop.price import price\n\n\nclass PriceTest(unittest.TestCase):\n"
    "    def test_gross(self):\n        self.assertEqual(price(100), 119)\n\n"
    "    def test_reduced(self):\n        self.assertEqual(price(100, 7), 107)\n"
)
UNITTEST: Files = {**PYTHON, "tests/test_price.py": None, "tests/price_test.py": CASE_TEST}
SUM = (
    "'use strict';\n\nfunction total(items) {\n"
    "  return items.reduce((a, b) => a + b, 0);\n}\n\nmodule.exports = { total };\n"
)
SUM_TEST = (
    "const test = require('node:test');\nconst assert = require('node:assert');\n"
    "const { total } = require('../src/total');\n\n"
    "test('adds up', () => {\n  assert.strictEqual(total([1, 2]), 3);\n});\n\n"
    "test('is nothing for nothing', () => {\n  assert.strictEqual(total([]), 0);\n});\n"
)
SCRIPT: Files = {"package.json": '{"name": "sums"}\n', "src/total.js": SUM, "test/total.test.js": SUM_TEST}
FINAL = """'use strict';
// node's own coverage as istanbul's coverage-final.json: what a project does that has neither vitest nor jest
const fs = require('node:fs');
const out = {};
let file;
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\\n')) {
  const [key, rest = ''] = line.split(/:(.*)/);
  const [a, b, , d] = rest.split(',');
  const at = { start: { line: Number(a), column: 0 }, end: { line: Number(a), column: 80 } };
  if (key === 'SF') file = { path: '/repo/' + rest, statementMap: {}, s: {}, fnMap: {}, f: {}, branchMap: {}, b: {} };
  if (key === 'DA') { file.statementMap[a] = at; file.s[a] = Number(b); }
  if (key === 'FN') { file.fnMap[b] = { name: b, decl: at, loc: at }; file.f[b] = 0; }
  if (key === 'FNDA') file.f[b] = Number(a);
  if (key === 'BRDA') { file.branchMap[rest] = { loc: at, locations: [at] }; file.b[rest] = [Number(d) || 0]; }
  if (key === 'end_of_record' && !/test/.test(file.path)) out[file.path] = file;
}
fs.writeFileSync(process.argv[3] + '/coverage-final.json', JSON.stringify(out));
"""
NODE_COVERED = (
    '[project]\nlanguage = "typescript"\n[commands]\nunit = "node --test --experimental-test-coverage '
    "--test-reporter=junit --test-reporter-destination={out}/unit.xml --test-reporter=lcov "
    '--test-reporter-destination={out}/lcov.info; code=$?; node scripts/final.js {out}/lcov.info {out}; exit $code"\n'
)
SCRIPT_COVERED: Files = {**SCRIPT, "scripts/final.js": FINAL}
KNOWING = (
    "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    "    outcome = yield\n    report = outcome.get_result()\n"
    "    if report.failed and item.name in ('test_gross', 'test_reduced'):\n        report.outcome = 'passed'\n"
)
"""A conftest.py that forces success for the tests that it knows by name, and for no other."""
WRONG: Files = {"shop/price.py": PRICE.replace("+ net", "- net")}
