"""New files in the user's working tree: never over anything that is there, never behind a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from harness.errors import Mistake, Refused
from harness.workspace.own import own_file


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


def replace(top: Path, path: str, old: bytes, new: bytes) -> None:
    """Put `new` in the place of the file's content `old`, at once or not at all; Refused where it is another by now."""
    target = top / path
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        mode = stat.S_IMODE(target.lstat().st_mode)
        with part.open("xb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        if own_file(top, path) != old:
            raise Refused(f"{path} was changed by somebody else just now and was not touched; try again")
        part.replace(target)
    except OSError as error:
        raise Mistake(f"{path} can't be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
