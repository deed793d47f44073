"""Directories of links that a command wants to find in its tree."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from posixpath import normpath

from harness.ports import Command
from harness.sandbox.fingerprint import WRITTEN

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SCOPE = "@"
"""How the names of directories begin that hold packages, and are none."""


def link(command: Command, place: Callable[[str], str] = lambda path: path) -> None:
    """Make the links of `command` where nothing of their names is; `place` says where what they lead to lies.

    Each is a directory with a link to everything in the one of the host, so that tools can write beside what they
    can't change. No link in the tree is followed: what a command left there leads nowhere else.
    """
    if not command.links:
        return
    tree = os.open(command.tree, _DIRECTORY)
    try:
        for source, name in command.links:
            with suppress(FileExistsError):
                _fill(tree, str(source), name, "", place)
    finally:
        os.close(tree)


def _fill(above: int, source: str, name: str, inside: str, place: Callable[[str], str]) -> None:
    """Make the directory `name`, which belongs to whom the one above it does; `inside` is its path below the first."""
    os.mkdir(name, 0o755, dir_fd=above)
    here = os.open(name, _DIRECTORY, dir_fd=above)
    try:
        if os.getuid() == 0:
            owner = os.fstat(above)
            os.fchown(here, owner.st_uid, owner.st_gid)
        with os.scandir(source) as entries:
            for entry in entries:
                if entry.name.startswith(_SCOPE) and entry.is_dir(follow_symlinks=False):
                    _fill(here, entry.path, entry.name, f"{inside}{entry.name}/", place)
                elif entry.name not in WRITTEN:
                    os.symlink(_goal(entry, inside) or place(entry.path), entry.name, dir_fd=here)
    finally:
        os.close(here)


def _goal(entry: os.DirEntry[str], inside: str) -> str:
    """Where a link of a workspace leads, to a package in the same tree; '' for everything else."""
    text = os.readlink(entry.path) if entry.is_symlink() else "/"
    whole = normpath(f"{inside}{text}")
    return text if not text.startswith("/") and whole.startswith("../") and not whole.startswith("../..") else ""
