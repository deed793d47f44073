"""Programs of the harness's own environment that come with its extra `gates`."""

from __future__ import annotations

import sys
from pathlib import Path


def missing(program: str) -> str:
    """Why a gate that needs `program` could not run, with the command that installs it; '' where it is there."""
    if (Path(sys.prefix) / "bin" / program).exists():
        return ""
    return f"{program} is not installed: `pip install '.[gates]'` in the harness's checkout"
