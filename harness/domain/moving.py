"""What a commit of records takes along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.domain.change import Change


@dataclass(frozen=True, slots=True)
class Moving:
    """A folder that goes to the archive or comes back, and what becomes of the backlog."""

    source: str = ""
    """'' where no folder is moved."""
    target: str = ""
    backlog: Callable[[bytes], bytes] | None = None
    """The file as it was -> as it is to be; a pure function."""
    folds: Change | None = None
    """The change whose deltas are folded in as well: one whose merge did not do that."""


STILL = Moving()
"""Nothing but the files themselves."""
