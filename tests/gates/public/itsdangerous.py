"""itsdangerous: a small library in Python, with types, tests and documents of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.gates.corpus.delivery import Delivery
from tests.gates.public.package import Package, Published, Trial, on_papers, papers, swapped, tried, within
from tests.gates.public.python import FORCED, SECRET, TOOLS, unit

_CONFIG = f"""[project]
name = "itsdangerous"
language = "python"
[commands]
build = "python -m compileall -q src"
lint = "python -m ruff check --no-cache --no-fix src tests"
{unit("src")}
[changelog]
path = "CHANGES.rst"
[documents]
map = {{"src/itsdangerous/encoding.py" = ["docs/encoding.rst"]}}
[mutation]
enabled = true
"""
_CODE, _TEST = "src/itsdangerous/encoding.py", "tests/test_itsdangerous/test_encoding.py"
_LOG, _PAGES = "CHANGES.rst", "docs/encoding.rst"
_FUNCTION = '''

def is_base64(value: str | bytes) -> bool:
    """Tell whether a value has only bytes of the URL-safe alphabet.

    :param value: The text or bytes to look at.
    :return: Whether nothing else occurs in it.
    """
    return all(byte in _base64_alphabet for byte in want_bytes(value))
'''
_TESTS = """

@pytest.mark.parametrize(
    ("value", "expect"), (("YWJj", True), (b"-_", True), ("a+b", False), ("", True))
)
def test_is_base64(value, expect):
    assert is_base64(value) is expect
"""
_BARE = """

def is_decodable(value):
    try:
        base64_decode(value)
    except Exception:
        return False
    return True
"""
_ALPHABET = '''

def alphabet() -> bytes:
    """The bytes that encoded values are made of."""
    return os.environ["ITSDANGEROUS_ALPHABET"].encode()
'''
_NEEDS = 'dependencies = ["cryptography>=43"]'
_in = partial(within, _CODE)
PAPERS = papers(
    "encoding",
    "Callers repeat the alphabet to refuse rubbish before they unsign it.",
    "A function `is_base64` tells whether a value has only bytes of the URL-safe alphabet.",
    "Recognise the alphabet: The library SHALL tell whether a value has only bytes of the URL-safe alphabet.",
    "`is_base64` is given `a+b` -> the answer is false",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of each gate, an honest branch and a violation."""
    code, test, log = (published.text(path) for path in (_CODE, _TEST, _LOG))
    code += _FUNCTION
    tests = swapped(test, "int_to_bytes\n", "int_to_bytes\nfrom itsdangerous.encoding import is_base64\n") + _TESTS
    pages, readme = published.text(_PAGES), published.text("README.md")
    honest = {
        _CODE: code,
        _TEST: tests,
        _PAGES: f"{pages}\n.. autofunction:: is_base64\n",
        _LOG: f"Version 2.3.0\n-------------\n\nUnreleased\n\n-   Add ``is_base64``.\n\n\n{log}",
    }
    trials = {
        **on_papers(PAPERS),
        "build": Trial({_CODE: code + "\ndef broken(:\n"}, "build"),
        "lint": _in(code, "import struct", "import struct\nimport sys", "lint"),
        "types": _in(code, "is_base64(value: str | bytes)", "is_base64(value)", "types-mypy"),
        "docs": _in(code, ":param value: The text or bytes to look at.", ":param given: It.", "docs-param"),
        "errors": Trial({_CODE: code + _BARE}, "errors-blind", _CODE),
        "suppressions": _in(code, "import struct", "import struct\nimport sys  # noqa: F401", "suppressions-comment"),
        "duplicates": Trial(
            {"src/itsdangerous/keyed.py": published.text("src/itsdangerous/signer.py")}, "duplicates-clone",
        ),
        "tests": Trial({"tests/conftest.py": FORCED}, "tests-canary"),
        "regression": Trial(
            {_TEST: swapped(tests, "    with pytest.raises(BadData):", "    if False:")}, "regression-weakened", _TEST,
        ),
        "assertions": Trial({_TEST: swapped(tests, "assert is_base64(value) is expect", "is_base64(value)")},
                            "assertions-none", _TEST),
        "coverage": Trial({_TEST: test}, "coverage-new", _CODE),
        "reach": Trial({_TEST: test}, "reach-untested", _CODE),
        "mutation": Trial({_TEST: swapped(tests, " is expect", " in (True, False)")}, "mutation-survived", _CODE),
        "commits": Trial({}, "commits-message", more={"message": "added is_base64"}),
        "environment": Trial(
            {"README.md": readme}, "environment-undocumented", _CODE,
            {_CODE: swapped(code, "import base64\n", "import base64\nimport os\n") + _ALPHABET,
             "README.md": f"{readme}\nITSDANGEROUS_ALPHABET takes the place of the alphabet.\n"},
        ),
        "documents": Trial({_PAGES: pages}, "documents-stale", _CODE),
        "secrets": Trial({_CODE: f'{code}\n_token = "{SECRET}"\n'}, "secrets-known", _CODE),
        "changelog": Trial({_LOG: log}, "changelog-entry", _LOG),
        "architecture": Trial(
            {"pyproject.toml": published.edited("pyproject.toml", "requires-python", f"{_NEEDS}\nrequires-python")},
            more={"listed": "dependency: pyproject.toml adds cryptography>=43"},
        ),
    }  # fmt: skip
    yield from tried(honest, trials, before=PAPERS, message="feat(encoding): add is_base64")


PACKAGE = Package(
    "itsdangerous",
    "2.2.0",
    "pypi",
    _CONFIG,
    (*TOOLS, "freezegun==1.5.5"),
    deliveries,
)
