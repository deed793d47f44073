"""Removes the directories that a run works in."""

from __future__ import annotations

from contextlib import suppress

from harness.sandbox.place import left
from harness.site import Site
from harness.workspace.walk import remove_tree


def sweep(site: Site, run: str, *, everything: bool = True) -> None:
    """Remove what a run left lying; what can't be removed now is in nobody's way, and goes the next time.

    Without `everything` only what lies outside the repository, where nobody would look for it.
    """
    for place in (*(site.private(run) if everything else ()), *left(site.home, run)):
        with suppress(OSError):
            remove_tree(place)
