"""Files below an OpenSpec folder, read without following links that lead out of it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from harness.errors import HarnessError
from harness.openspec.script import by_unit
from harness.openspec.workflow import is_glob


class Unusable(HarnessError):
    """A file or folder can't be used; the sentence is the one that OpenSpec's tool gives."""


_WORDS = {
    errno.EEXIST: "EEXIST: file already exists",
    errno.ENOTDIR: "ENOTDIR: not a directory",
    errno.EACCES: "EACCES: permission denied",
    errno.EISDIR: "EISDIR: illegal operation on a directory",
    errno.ELOOP: "ELOOP: too many symbolic links encountered",
    errno.ENOENT: "ENOENT: no such file or directory",
    errno.ENAMETOOLONG: "ENAMETOOLONG: name too long",
    errno.EINVAL: "EINVAL: invalid argument",
    errno.EXDEV: "EXDEV: cross-device link not permitted",
    errno.EROFS: "EROFS: read-only file system",
    errno.ENOSPC: "ENOSPC: no space left on device",
}


def unusable(error: OSError, call: str, path: Path | str, to: Path | str = "") -> Unusable:
    """An error of the operating system as a sentence."""
    words = _WORDS.get(error.errno or 0, str(error.strerror))
    target = f" -> '{to}'" if to else ""
    return Unusable(f"{words}, {call} '{path}'{target}")


def inside(path: Path, limit: Path) -> Path:
    """`path`, if what it leads to lies below `limit`; Unusable if not."""
    if path.is_symlink() and not path.exists():
        raise Unusable(f"Cannot verify dangling symbolic link: {path}")
    real = Path(os.path.realpath(path))
    if real != limit and not real.is_relative_to(os.path.realpath(limit)):
        shown = real if path.is_dir() and path.is_symlink() else path
        raise Unusable(f"Path is outside the allowed directory: {shown}")
    return path


def text(path: Path, limit: Path) -> str:
    """A file's text, if it lies below `limit`; Unusable if it does not, or can't be read."""
    return content(inside(path, limit))


def content(path: Path) -> str:
    """A file's text; bytes that are not UTF-8 become replacement characters. Unusable if it can't be read."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except IsADirectoryError as error:
        raise Unusable("EISDIR: illegal operation on a directory, read") from error
    except OSError as error:
        raise unusable(error, "open", path) from error


def folders(path: Path) -> list[str]:
    """The real folders in `path`, in the order of UTF-16; none if it is not there; Unusable if it is no folder."""
    try:
        with os.scandir(path) as found:
            return sorted((each.name for each in found if each.is_dir(follow_symlinks=False)), key=by_unit)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unusable(error, "scandir", path) from error


def below(path: Path, *, hidden: bool = False, links: bool = False) -> Iterator[str]:
    """Every file below `path`, by its path with slashes; folders that are links are not entered, and told on wish."""
    for name in _entries(path):
        entry = path / name
        if name.startswith(".") and not hidden:
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from (f"{name}/{rest}" for rest in below(entry, hidden=hidden, links=links))
        elif links or not entry.is_dir():
            yield name


def _entries(path: Path) -> list[str]:
    try:
        return sorted(os.listdir(path), key=by_unit)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unusable(error, "scandir", path) from error


def matching(folder: Path, pattern: str) -> list[Path]:
    """The files of `folder` that a path or glob names, in the order of UTF-16."""
    if not is_glob(pattern):
        path = inside(folder / pattern, folder)
        return [path] if path.is_file() else []
    start = "/".join(part for part in _steady(pattern))
    if start and (folder / start).exists() and not (folder / start).is_dir():
        raise Unusable(f"ENOTDIR: not a directory, lstat '{folder / pattern}'")
    try:
        found = _compiled(pattern)
    except re.error:
        return []
    for link in _links(folder / start):
        inside(link, folder)
    paths = [folder / name for name in below(folder) if found.fullmatch(name)]
    return sorted((inside(path, folder) for path in paths), key=lambda path: by_unit(str(path)))


def _links(path: Path) -> Iterator[Path]:
    for name in _entries(path) if path.is_dir() else []:
        entry = path / name
        if entry.is_symlink() and not name.startswith("."):
            yield entry
        elif entry.is_dir() and not name.startswith("."):
            yield from _links(entry)


def _steady(pattern: str) -> Iterator[str]:
    for part in pattern.split("/"):
        if is_glob(part):
            return
        yield part


def _compiled(pattern: str) -> re.Pattern[str]:
    """A glob as a regular expression: `**` any folders, `*` and `?` within a name, `{a,b}` and `[abc]`."""
    out, at = "", 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            out, at = out + "(?:[^/]+/)*", at + 3
            continue
        if pattern.startswith("**", at):
            out, at = out + ".*", at + 2
            continue
        plain = {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|" if "{" in pattern[:at] else ","}
        if char == "[" and (end := pattern.find("]", at + 1)) > 0:
            out += "[" + pattern[at + 1 : end].replace("\\", "\\\\").replace("!", "^", 1) + "]"
            at = end
        else:
            out += plain.get(char, re.escape(char))
        at += 1
    return re.compile(out)
