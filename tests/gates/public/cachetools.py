"""cachetools: a library in Python without types, whose tests are unittest's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.gates.corpus.delivery import Delivery
from tests.gates.public.package import Package, Published, Trial, on_papers, papers, swapped, tried, within
from tests.gates.public.python import FORCED, SECRET, TOOLS, unit

_CONFIG = f"""[project]
name = "cachetools"
language = "python"
[commands]
build = "python -m compileall -q src"
lint = "python -m flake8 src"
{unit("src")}
[changelog]
path = "CHANGELOG.rst"
[documents]
map = {{"src/cachetools/keys.py" = ["docs/index.rst", "README.rst"]}}
[mutation]
enabled = true
"""
_CODE, _TEST, _LOG, _PAGES = "src/cachetools/keys.py", "tests/test_keys.py", "CHANGELOG.rst", "docs/index.rst"
_FUNCTION = '''

def firstkey(*args: object, **kwargs: object) -> _HashedTuple:
    """Return a cache key for the first positional argument alone.

    Args:
        *args: Positional arguments, of which the first counts.
        **kwargs: Keyword arguments, none of which counts.

    Returns:
        A key that equals every other one for that argument.

    Raises:
        TypeError: If there is no positional argument.
    """
    if not args:
        raise TypeError("firstkey needs a positional argument")
    return _HashedTuple(args[:1])
'''
_TESTS = """
    def test_firstkey(self):
        key = cachetools.keys.firstkey
        self.assertEqual(key(1), key(1, 2, x=3))
        self.assertNotEqual(key(1), key(2))
        self.assertNotEqual(key(1), key(1) + key(2))
        with self.assertRaisesRegex(TypeError, "^firstkey needs a positional argument$"):
            key(x=1)
"""
_IDLE = """
    def test_firstkey(self):
        self.assertTrue(callable(cachetools.keys.firstkey))
"""
_LIMIT = '''

def shortkey(*args):
    """Return a cache key for as many arguments as are asked for."""
    return _HashedTuple(args[: int(os.environ.get("CACHETOOLS_KEY_LENGTH", "3"))])
'''
_in = partial(within, _CODE)
PAPERS = papers(
    "keys",
    "Functions that take options beside what they look up are cached once for each option.",
    "A key function `firstkey` takes the first argument alone.",
    "Key of the first argument: The library SHALL offer a key function that only the first argument counts for.",
    "`firstkey` is called with the same first and another second argument -> both keys are equal",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of each gate, an honest branch and a violation."""
    code, test, log = (published.text(path) for path in (_CODE, _TEST, _LOG))
    code = swapped(code, '__all__ = ("hashkey"', '__all__ = ("firstkey", "hashkey"') + _FUNCTION
    tests = test + _TESTS
    pages, readme, settings = (published.text(path) for path in (_PAGES, "README.rst", "setup.cfg"))
    honest = {
        _CODE: code,
        _TEST: tests,
        _PAGES: f"{pages}\n\n.. autofunction:: cachetools.keys.firstkey\n\n   Only the first argument counts.\n",
        _LOG: f"v5.6.0 (unreleased)\n===================\n\n- Add ``firstkey``, a key of one argument.\n\n\n{log}",
    }
    trials = {
        **on_papers(PAPERS),
        "build": Trial({_CODE: f"{code}\n\nclass Broken(:\n    pass\n"}, "build"),
        "lint": Trial({_CODE: f"{code}\n\ndef l(I):\n    return undefined\n"}, "lint", _CODE),
        "types": _in(code, "firstkey(*args: object, **kwargs: object)", "firstkey(*args, **kwargs)", "types-mypy"),
        "docs": _in(code, "    Raises:\n        TypeError: If there is no positional argument.\n", "", "docs-raises"),
        "errors": _in(code, 'raise TypeError("first', 'raise Exception("first', "errors-raw"),
        "suppressions": _in(code, "[:1])", "[:1])  # type: ignore[no-any-return]", "suppressions-comment"),
        "duplicates": Trial(
            {"src/cachetools/memo.py": published.text("src/cachetools/_decorators.py")}, "duplicates-clone",
        ),
        "tests": Trial({"conftest.py": FORCED}, "tests-canary"),
        "regression": Trial(
            {_TEST: swapped(tests, "    def test_pickle(", "    @unittest.skip('slow')\n    def test_pickle(")},
            "regression-skipped",
        ),
        "assertions": Trial(
            {_TEST: f"{tests}\n    def test_firstkey_twice(self):\n        self.assertTrue(True)\n"}, "assertions-none",
            _TEST,
        ),
        "coverage": Trial({_CODE: swapped(code, "def firstkey(", "def firstkey(  # pragma: no cover\n    ")},
                          "coverage-ignore", _CODE),
        "reach": Trial({_TEST: test}, "reach-untested", _CODE),
        "mutation": Trial({_TEST: test + _IDLE}, "mutation-survived", _CODE),
        "commits": Trial({}, "commits-message", more={"message": "feat(keys): Adds firstkey, a key function."}),
        "environment": Trial(
            {"README.rst": readme}, "environment-undocumented", _CODE,
            {_CODE: swapped(code, "__all__ =", "import os\n\n__all__ =") + _LIMIT,
             "README.rst": f"{readme}\n``CACHETOOLS_KEY_LENGTH`` says how many arguments count.\n"},
        ),
        "documents": Trial({_PAGES: f"{pages}\n\n"}, "documents-stale", _CODE),
        "secrets": Trial({"tests/test_token.py": f'TOKEN = "{SECRET}"\n'}, "secrets-known", "tests/test_token.py"),
        "changelog": Trial({_LOG: log}, "changelog-entry", _LOG),
        "architecture": Trial(
            {"setup.cfg": swapped(settings, "packages = find:\n", "packages = find:\ninstall_requires = attrs>=24\n")},
            more={"listed": "dependency: setup.cfg changed"},
        ),
    }  # fmt: skip
    yield from tried(honest, trials, before=PAPERS, message="feat(keys): add firstkey")


PACKAGE = Package("cachetools", "5.5.2", "pypi", _CONFIG, (*TOOLS, "flake8==7.3.0"), deliveries)
