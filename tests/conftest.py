"""What is printed at the end of a run: the confusion table of the gates' corpus."""

from __future__ import annotations

from typing import Any

from tests.gates.corpus.table import Row, table


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Collected from the reports, since workers run the tests and this process prints."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, ())]
    rows = [Row(*value) for each in reports for name, value in getattr(each, "user_properties", ()) if name == "corpus"]
    if rows:
        terminalreporter.section("gates against the corpus")
        for line in table(rows):
            terminalreporter.write_line(line)
