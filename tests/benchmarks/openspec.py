"""CPU of `harness openspec` beside OpenSpec's own tool. `python -m tests.benchmarks.openspec PATH-TO-OPENSPEC`."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.figures import Figure, show
from tests.benchmarks.watched import environment, harness

ROUNDS = 5
CHANGES, SPECS = 10, 20
MOST = 1 / 3
COMMANDS = (["list", "--json"], ["status", "--all", "--json"], ["validate", "--all", "--json"])
_SCENARIO = "#### Scenario: It works\n- **WHEN** it happens\n- **THEN** it works\n"


def requirement(name: str) -> str:
    """A requirement in order."""
    return f"### Requirement: {name}\nThe system SHALL do {name}.\n\n{_SCENARIO}\n"


def lay(root: Path) -> None:
    """A repository of some size."""
    home = root / "openspec"
    purpose = "Lets people do the thing that this capability exists for, in a way that can be tested."
    for number in range(SPECS):
        rows = "".join(requirement(f"R{i}") for i in range(10))
        write(home / f"specs/cap{number}/spec.md", f"# cap\n\n## Purpose\n{purpose}\n\n## Requirements\n\n{rows}")
    for number in range(CHANGES):
        folder = home / f"changes/change{number}"
        write(folder / ".openspec.yaml", "schema: spec-driven\ncreated: 2026-01-02\n")
        write(folder / "proposal.md", f"## Why\n{purpose}\n\n## What Changes\n- It\n")
        write(folder / "design.md", "## Context\nx\n")
        write(folder / "tasks.md", "".join(f"- [ ] 1.{i} Do it and verify it\n" for i in range(1, 11)))
        write(folder / f"specs/cap{number}/spec.md", f"## ADDED Requirements\n\n{requirement('New')}")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def cpu(command: Sequence[str], root: Path) -> float:
    """Seconds of CPU of a command with its children, the least of several runs; the first warms the caches."""
    env = environment({"OPENSPEC_TELEMETRY": "0", "DO_NOT_TRACK": "1", "NO_COLOR": "1", "CI": "1"})
    took = []
    for _ in range(ROUNDS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=root, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(took[1:])


def figures(real: str) -> list[Figure]:
    """What ours costs beside the real tool."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        lay(root)
        for args in COMMANDS:
            ours = cpu(harness("openspec", *args), root)
            theirs = cpu([real, *args], root)
            note = f"{ours * 1e3:.0f} ms / {theirs * 1e3:.0f} ms"
            rows.append(Figure(f"{' '.join(args)}: our CPU / the real tool's", ours / theirs, "x", MOST, note))
    return rows


def main() -> int:
    """Print the table; 1 where the target is not met."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m tests.benchmarks.openspec PATH-TO-OPENSPEC\n")
        return 2
    rows = figures(sys.argv[1])
    show(f"OpenSpec's tool beside ours: {CHANGES} changes, {SPECS} specs", rows)
    return int(any(row.verdict == "NOT MET" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
