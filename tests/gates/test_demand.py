"""Which of a tool's files of settings counts."""

from __future__ import annotations

import pytest

from harness.gates import demand

FLAKE8 = b"[flake8]\nselect = E\n"
MYPY = b"[mypy]\nwarn_unused_ignores = true\n"
RUFF = b'[tool.ruff.lint]\nselect = ["E"]\n[tool.mypy]\nstrict = true\n'


@pytest.mark.parametrize(
    ("files", "read"),
    [
        ({"ruff.toml": b'[lint]\nselect = ["F"]\n', "pyproject.toml": RUFF}, {"ruff.toml": 1, "pyproject.toml": 1}),
        ({".flake8": FLAKE8, "tox.ini": FLAKE8}, {".flake8": 0, "tox.ini": 1}),
        ({"mypy.ini": MYPY, "setup.cfg": MYPY + FLAKE8}, {"mypy.ini": 1, "setup.cfg": 1}),
        # without a section of the tool's, a shared file hides nothing
        ({".flake8": FLAKE8, "setup.cfg": b"[metadata]\nname = a\n"}, {".flake8": 1, "setup.cfg": 0}),
        ({"a/ruff.toml": b'[lint]\nselect = ["F"]\n', "pyproject.toml": RUFF}, {"a/ruff.toml": 1, "pyproject.toml": 2}),
    ],
)
def test_a_tool_reads_the_first_of_its_files_in_a_folder(files: dict[str, bytes], read: dict[str, int]) -> None:
    heard = demand.heard({path: demand.rows(path, data) for path, data in files.items()})
    assert {path: len(rows) for path, rows in heard.items()} == read
