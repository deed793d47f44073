"""Where the files lie that ship with the harness: roles/ and prompts/, in a wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder `name` (roles or prompts) that ships with this version."""
    packed = HERE / "_data" / name
    return packed if packed.is_dir() else HERE.parent / name
