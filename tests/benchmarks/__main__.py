"""`python -m tests.benchmarks`: every figure beside its target, in one table; exit code 1 where one is not met."""

from __future__ import annotations

import sys

from tests.benchmarks import command, gate, resume, stage, startup
from tests.benchmarks.figures import show


def main() -> int:
    """Measure all, print, and say whether all targets hold."""
    rows = [
        *stage.figures(3),
        *stage.fixed(),
        *startup.figures(),
        *resume.figures(),
        *command.figures(),
        *gate.figures(),
    ]
    show(f"all figures; a stage has {stage.TURNS} turns", rows)
    return int(any(row.verdict == "NOT MET" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
