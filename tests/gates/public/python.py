"""What the trials on packages in Python have in common."""

from __future__ import annotations

TOOLS = ("coverage==7.10.7", "pytest==8.4.2", "ruff==0.14.3")
SECRET = "ghp_" + "x7Kq9ZbV2mLw4RtY8nPc3HsD6fJg1AeU5oQi"
"""Has the form of a token of a large service, and is none."""
FORCED = """import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""
"""A conftest.py that reports every test as passed."""


def unit(root: str) -> str:
    """`unit` of [commands], as `harness init` proposes it for a package below `root`."""
    return (
        f'unit = "PYTHONPATH={root} python -m coverage run --branch --source={root} -m pytest -q -p no:cacheprovider '
        '--junitxml={out}/unit.xml tests && python -m coverage json -q -o {out}/coverage.json"'
    )
