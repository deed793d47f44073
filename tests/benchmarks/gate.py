"""A second `harness gate` on an unchanged commit beside the first. `python -m tests.benchmarks.gate`.

The repository is the packaged sample service with a suite of unit tests as slow as those of a grown project: the first
run takes tens of seconds, most of them in the sandbox. Both are whole commands, from the start of Python to the exit.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from harness.demo.lay import lay
from tests.benchmarks.figures import Figure, show
from tests.benchmarks.watched import environment, harness

SLOW = (
    '"""As slow as a grown project\'s."""\n\nimport time\n\n\ndef test_slow():\n    time.sleep(30)\n    assert True\n'
)
"""A suite that waits, so that the figure does not depend on how fast the machine computes."""
MOST = 0.05
ROUNDS = 6
"""Second runs, of which the least counts: other work on the machine only adds."""


def measured(top: Path, *more: str) -> tuple[float, dict[str, Any]]:
    """(seconds, what it says) of one command; RuntimeError where not every gate passed."""
    began = time.monotonic()
    done = subprocess.run(
        harness("gate", "--json", *more), cwd=top, env=environment({}), capture_output=True, text=True
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return seconds, found


def figures() -> list[Figure]:
    """The ratio of the seconds, and that everything was taken from before in the second and nothing with --fresh."""
    with tempfile.TemporaryDirectory(prefix="g", dir="/tmp") as name:
        Path(name).chmod(0o755)
        top = lay(Path(name) / "r")
        (top / "tests/unit/test_slow.py").write_text(SLOW, encoding="utf-8")
        for asked in (["add", "-A"], ["commit", "-q", "-m", "test: take long"]):
            subprocess.run(["git", "-C", str(top), *asked], check=True)
        first, fresh = measured(top)
        again = [measured(top) for _ in range(ROUNDS)]
        second = min(seconds for seconds, _ in again)
        left = sum(not row.get("reused") for _, found in again for row in found["gates"])
        left += sum(bool(row.get("reused")) for row in fresh["gates"])
    note = f"{second:.2f} s / {first:.1f} s, {len(fresh['gates'])} gates"
    return [
        Figure("harness gate on an unchanged commit: second run / first", second / first, "x", MOST, note),
        Figure("gates that were measured again, or not at first", left, "", 0),
    ]


if __name__ == "__main__":
    rows = figures()
    show("gates by hand", rows)
    sys.exit(int(any(row.verdict == "NOT MET" for row in rows)))
