"""Removes the directories that a run works in."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress

from harness.sandbox.place import left
from harness.site import Site
from harness.workspace.walk import remove_tree

HOUR = 3600.0
"""For so long the directories of a process that is gone are left: it may live where its number is another."""


def sweep(site: Site, run: str, *, everything: bool = True) -> None:
    """Remove what a run left lying; what can't be removed now is in nobody's way, and goes the next time.

    Without `everything` only what lies outside the repository, where nobody would look for it.
    """
    outside = [place / run for place in left(site.home) if (place / run).is_dir()]
    for place in (*(site.private(run) if everything else ()), *outside):
        with suppress(OSError):
            remove_tree(place)


def abandoned(site: Site, name: str) -> None:
    """Remove what runs called `name~PID` left that were killed: they had no time to do it themselves."""
    for place in (site.home / "scratch", *left(site.home)):
        for found in place.glob(f"{name}~*"):
            pid = re.fullmatch(rf"{re.escape(name)}~(\d{{1,9}})", found.name)
            with suppress(OSError):
                if pid and time.time() - found.stat().st_mtime > HOUR and not _lives(int(pid[1])):
                    remove_tree(found)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
