"""Text files as tools see them: UTF-8 alone; byte-order marks and line ends are kept."""

from __future__ import annotations

from harness.errors import Mistake
from harness.ports import Workspace

LONGEST = 30_000
"""Characters of one result."""


def decoded(data: bytes, path: str) -> str:
    """The text of a file; Mistake if it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Mistake(f"{path} is not UTF-8 text; the file tools leave it alone") from error


def load(space: Workspace, path: str) -> tuple[str, str]:
    """(text with \\n line ends, the file's own line end)."""
    text = decoded(space.read(path), path)
    end = "\r\n" if "\r\n" in text else "\n"
    return text.replace("\r\n", "\n"), end


def save(space: Workspace, path: str, text: str, end: str) -> None:
    """Write the text back with the file's own line end."""
    space.write(path, text.replace("\n", end).encode() if end != "\n" else text.encode())


def around(text: str, line: int, count: int = 1, span: int = 4) -> str:
    """The `count` lines from 1-based `line` on, and some before and after, numbered."""
    lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
    first, last = max(1, line - span), min(len(lines), line + count - 1 + span)
    return "\n".join(f"{number:6}\t{lines[number - 1]}" for number in range(first, last + 1))
