"""How tests are shared among processes, and the confusion table of the gates' corpus at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.gates.corpus.table import Row, table

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

LONG = ("tests/gates/corpus/", "tests/engine/", "tests/demo/")
"""What begins first, so that no process is still at it when the others have nothing left."""
CORPUS = "tests/gates/corpus/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def group(nodeid: str) -> str:
    """What stays in one process: a file's tests, as they share what it makes; those of the corpus by gate."""
    file, _, test = nodeid.partition("::")
    return f"{file}::{test.partition(': ')[0]}" if file.startswith(CORPUS) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """By `group`, and not by the mark `xdist_group`: it changes a test's name, which pytest 9.2 no longer allows."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    return ByGroup(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Collected from the reports, since workers run the tests and this process prints."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    rows = [Row(*value) for each in reports for name, value in getattr(each, "user_properties", ()) if name == "corpus"]
    if rows:
        terminalreporter.section("gates against the corpus")
        for line in table(rows):
            terminalreporter.write_line(line)
