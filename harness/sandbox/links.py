"""Links that a command wants to find in its tree."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from harness.ports import Command


def link(command: Command, place: Callable[[str], str] = lambda path: path) -> None:
    """Make the links of `command` where nothing of their names is; `place` says where what they lead to lies.

    No link in the tree is followed: what a command left there leads nowhere else.
    """
    if not command.links:
        return
    tree = os.open(command.tree, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for target, name in command.links:
            with suppress(FileExistsError):
                os.symlink(place(str(target)), name, dir_fd=tree)
    finally:
        os.close(tree)
