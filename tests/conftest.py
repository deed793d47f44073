"""How tests are shared among processes, and the confusion table of the gates' corpus at the end of a run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gates.corpus.table import Row, table

LONG = ("tests/gates/corpus/", "tests/engine/", "tests/demo/")
"""What begins first, so that no process is still at it when the others have nothing left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay in one process, as they share what it makes; those of the corpus are apart by gate."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        delivery = getattr(item, "callspec", None) and item.callspec.params.get("delivery")  # type: ignore[attr-defined]
        item.add_marker(pytest.mark.xdist_group(f"{file} {delivery.gate}" if delivery else file))
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Collected from the reports, since workers run the tests and this process prints."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    rows = [Row(*value) for each in reports for name, value in getattr(each, "user_properties", ()) if name == "corpus"]
    if rows:
        terminalreporter.section("gates against the corpus")
        for line in table(rows):
            terminalreporter.write_line(line)
