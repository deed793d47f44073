"""What one command costs besides itself, as a ratio: CPU time, which hardly depends on what else the machine does."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.command import SIZES, compared

FILES, ROUNDS, MARGIN = 1_000, 5, 1.5


def test_a_command_costs_a_few_times_what_git_status_costs(tmp_path: Path) -> None:
    plain, whole, _, _ = compared(FILES, tmp_path, ROUNDS)
    assert whole.cpu < MARGIN * SIZES[FILES] * plain.cpu, (whole, plain)
