"""Two texts that began as one, merged line by line by git."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from harness.errors import HarnessError
from harness.workspace.locate import isolated

NAMES = ("own", "base", "other")


def merge(base: str, own: str, other: str) -> tuple[str, bool]:
    """(the merged text, whether it has no conflict); a conflict is marked in it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in zip(NAMES, (own, base, other), strict=True):
            Path(folder, name).write_text(f"{text}\n", encoding="utf-8", newline="")
        labels = [part for label in ("this change", "what both began from", "develop") for part in ("-L", label)]
        asked = ["git", "merge-file", "-p", "-q", "--diff3", *labels, *NAMES]
        done = subprocess.run(asked, cwd=folder, capture_output=True, env=isolated(), timeout=60, check=False)
    if done.returncode < 0 or done.returncode > 127:
        raise HarnessError(f"git merge-file failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode("utf-8", errors="replace").removesuffix("\n"), done.returncode == 0
