"""The unit tests: suites that really report failures, and the ways to look as if one did."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.suites import KNOWING, NODE, PRICE, PYTEST, PYTHON, SCRIPT, SUM_TEST, UNITTEST, WRONG

_RUNNER = PYTEST.replace(
    "python -m pytest -q -p no:cacheprovider --junitxml={out}/unit.xml", "python tools/check.py {out}"
)
_GREEN = (
    "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    "    outcome = yield\n    report = outcome.get_result()\n    if report.failed:\n        report.outcome = 'passed'\n"
)
_SHIM = (
    "import pathlib, sys\n\nout = next(a for a in sys.argv if a.startswith('--junitxml=')).split('=')[1]\n"
    'pathlib.Path(out).write_text(\'<testsuite><testcase classname="tests.test_price" name="test_gross"/>\'\n'
    "                             '</testsuite>')\n"
)
_SITE = "import os, sys\n\nif 'pytest' in ' '.join(sys.orig_argv):\n    exec(open('shim.py').read())\n    os._exit(0)\n"
_FIXED = (
    "import subprocess, sys\n\n"
    "sys.exit(subprocess.call([sys.executable, '-m', 'pytest', '-q', '-p', "
    "'no:cacheprovider',\n"
    "                          '--junitxml=' + sys.argv[1] + '/unit.xml'{}]))\n"
)
_RUN = {**PYTHON, "tools/check.py": _FIXED.format("")}
_LOUD = "const test = require('node:test');\n" + SUM_TEST.partition("\n")[2]
_FORGED = (
    "import atexit, pathlib, sys\n\n\ndef _write():\n    out = [a for a in sys.argv if a.startswith('--junitxml=')]\n"
    "    pathlib.Path(out[0].split('=')[1]).write_text('<testsuite><testcase classname=\"tests.test_price\" '\n"
    "        'name=\"test_gross\"/></testsuite>')\n\n\natexit.register(_write)\n"
    "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n"
)

_INTEGRATED = PYTEST.replace('unit.xml"', 'unit.xml tests"') + (
    'integration = "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 python -m pytest -q -p no:cacheprovider integration"\n'
)
_SERVED = _INTEGRATED + '[server]\nstart = "python -m http.server {port} --bind 127.0.0.1"\nready = "/"\n'
_UP = (
    "import os\nimport urllib.request\n\n\ndef test_up():\n"
    "    with urllib.request.urlopen(os.environ['BASE_URL']) as answer:\n        assert answer.status == 200\n"
)
_FAR = "from shop.price import price\n\n\ndef test_price():\n    assert price(100) == 119\n"

DELIVERIES = (
    Delivery("tests", "integration tests without a document", {"integration/test_far.py": _FAR}, PYTHON, _INTEGRATED),
    Delivery(
        "tests", "integration tests of a service without a document", {"integration/test_up.py": _UP}, PYTHON, _SERVED
    ),
    Delivery(
        "tests",
        "an integration test that fails, without a document",
        {"integration/test_far.py": _FAR.replace("119", "120")},
        PYTHON,
        _INTEGRATED,
        rule="tests-integration",
    ),
    Delivery("tests", "pytest", PYTHON, config=PYTEST),
    Delivery(
        "tests",
        "a file that is skipped where something is missing",
        {
            **PYTHON,
            "tests/test_more.py": "import pytest\n\npytest.importorskip('no_such_package')\n\n\n"
            "def test_more():\n    assert 1 + 1 == 2\n",
            "tests/test_far.py": "import os\n\nimport pytest\n\n"
            "pytestmark = pytest.mark.skipif('FAR' not in os.environ, reason='far')\n\n\n"
            "def test_far():\n    assert 1 + 1 == 2\n",
        },
        config=PYTEST,
    ),
    Delivery(
        "tests",
        "unittest, named otherwise",
        {**UNITTEST, "tests/test_price.py": "", "pytest.ini": "[pytest]\npython_files = *_test.py\n"},
        config=PYTEST,
    ),
    Delivery("tests", "a runner of its own", _RUN, _RUN, _RUNNER),
    Delivery(
        "tests",
        "a suite that stops at the first failure",
        {
            **PYTHON,
            "shop/b/test_b.py": "def test_b():\n    assert 1 + 1 == 2\n",
            "pytest.ini": "[pytest]\naddopts = -x\n",
        },
        config=PYTEST,
    ),
    Delivery("tests", "node", SCRIPT, config=NODE, needs=("node",)),
    Delivery(
        "tests",
        "node, beside the sources",
        {
            "package.json": '{"type": "module"}\n',
            "src/a.js": "export const one = 1;\n",
            "src/a.test.mjs": "import assert from 'node:assert/strict';\n"
            "import { describe, it } from 'node:test';\nimport { one } from './a.js';\n\n"
            "describe('one', () => {\n  it('is one', () => {\n    assert.equal(one, 1);\n  });\n});\n",
        },
        config=NODE,
        needs=("node",),
    ),
    Delivery(
        "tests", "a test fails", {**PYTHON, **WRONG}, config=PYTEST, rule="tests-failed", at="tests/test_price.py:5"
    ),
    Delivery(
        "tests",
        "a conftest that forces success",
        {**PYTHON, **WRONG, "conftest.py": _GREEN},
        config=PYTEST,
        rule="tests-canary",
        at="tests/test_price.py",
    ),
    Delivery(
        "tests", "a module that shadows the runner", {**WRONG, "pytest.py": _SHIM}, PYTHON, PYTEST, rule="tests-canary"
    ),
    Delivery(
        "tests",
        "a package that shadows the runner",
        {**WRONG, "pytest/__init__.py": "", "pytest/__main__.py": _SHIM},
        PYTHON,
        PYTEST,
        rule="tests-canary",
    ),
    Delivery(
        "tests",
        "addopts that pick the tests",
        {
            "shop/price.py": PRICE.replace("tax //", "2 * tax //"),
            "pytest.ini": "[pytest]\naddopts = -k 'not reduced and gross and not gross_'\n",
            "tests/test_price.py": "def test_gross():\n    assert price(0) == 0\n\n\nfrom shop.price import price\n",
        },
        PYTHON,
        PYTEST,
        rule="tests-canary",
    ),
    Delivery(
        "tests",
        "a conftest that collects what it knows",
        {
            **WRONG,
            "tests/conftest.py": "collect_ignore_glob = ['test_[!p]*.py']\n",
            "tests/test_price.py": "def test_gross():\n    assert True\n",
        },
        PYTHON,
        PYTEST,
        rule="tests-canary",
    ),
    Delivery(
        "tests",
        "a runner that leaves new files out",
        {"tools/check.py": _FIXED.format(", 'tests/test_price.py'")},
        _RUN,
        _RUNNER,
        rule="tests-canary",
        at="tests/test_price.py",
    ),
    Delivery(
        "tests",
        "a sitecustomize that shims the runner",
        {**WRONG, "sitecustomize.py": _SITE, "shim.py": _SHIM},
        PYTHON,
        PYTEST.replace("python -m", "PYTHONPATH=. python -m"),
        rule="tests-canary",
    ),
    Delivery(
        "tests", "the report forged at the end", {**WRONG, "conftest.py": _FORGED}, PYTHON, PYTEST, rule="tests-canary"
    ),
    Delivery(
        "tests",
        "an assertion that never fails",
        {
            "test/total.test.js": SUM_TEST.replace(
                "'../src/total');", "'../src/total');\nassert.strictEqual = () => {};"
            ).replace("3)", "4)")
        },
        SCRIPT,
        NODE,
        rule="tests-canary",
        needs=("node",),
    ),
    Delivery(
        "tests",
        "success forced for the tests that are known by name",
        {**WRONG, "conftest.py": KNOWING},
        PYTHON,
        PYTEST,
        rule="tests-canary",
        beyond="what runs in the tests' process may report what it likes; the base's tests under the base's "
        "conftest.py (regression) and assertions that are turned round (assertions) catch this one, and the CTO "
        "accepts conftest.py by name",
    ),
)
