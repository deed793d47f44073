"""New files in the user's working tree: never over anything that is there, never behind a link."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import Mistake


def create(top: Path, path: str, text: str) -> bool:
    """Write a new file below `top`; False, with nothing touched, where one is there. Mistake where it can't be."""
    target = top / path
    folder = target.parent
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.resolve().is_relative_to(top.resolve()):
        raise Mistake(f"{path} would lie outside the repository, behind a link; put a folder in the link's place")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(target):
            return False
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        if os.path.lexists(target):
            return False
        raise Mistake(f"{path} can't be written: there is a file where a folder has to be") from error
    except OSError as error:
        raise Mistake(f"{path} can't be written: {error.strerror}") from error
    return True
