"""How a path is spelled: what lenient file systems take for the same, and what no role may use."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 400
"""Bytes of a path that a role may use."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Characters that are drawn as nothing, besides those of the categories below."""
_FORMAT = ("Cc", "Cf", "Zl", "Zp")
_SHORT = re.compile(r"[^.]{0,7}~[0-9]{1,6}(?:\.[^.]{0,3})?")
"""A second name that Windows gives to a long one, such as GIT~1 to .git."""


def letters(text: str) -> str:
    """`text` without what can't be seen, in one case and one form: `ſ` is s, `K` (Kelvin) is k, a full-width g is g."""
    if text.isascii():
        return text.lower() if text.isprintable() else "".join(filter(str.isprintable, text)).lower()
    for _ in range(3):
        text = unicodedata.normalize("NFKC", text).replace("İ", "I").upper().casefold()
    return "".join(char for char in unicodedata.normalize("NFKC", text) if not _unseen(char))


def folded(path: str) -> str:
    """`path` as the most lenient file system reads it: besides `letters`, a name's stream and its last dots and spaces
    do not count, as on Windows."""
    text = letters(path)
    if text.isascii() and not any(mark in text for mark in (":", " ", "./", "\\")) and text[-1:] != ".":
        return text
    return "/".join(_name(part) for part in text.replace("\\", "/").split("/"))


def hostile(path: str) -> str:
    """Why no role may use this spelling of a path, or ''."""
    if len(path.encode(errors="surrogatepass")) > LONGEST:
        return "the path is too long"
    if not path.isascii():
        if unicodedata.normalize("NFC", path) != path:
            return "the name is not in normal form (NFC)"
        if any(unicodedata.category(char) in ("Cs", "Cn") for char in path):
            return "the name holds what is no character"
    if any(_unseen(char) for char in path):
        return "the name holds a control or format character"
    return next((why for part in path.split("/") if (why := _hostile(part))), "")


def _hostile(part: str) -> str:
    """The same for one name."""
    if part in ("", ".", ".."):
        return "not a plain relative path"
    if folded(part) == ".git":
        return "a git directory is never kept"
    if _SHORT.fullmatch(part):
        return "the name is one that Windows makes up for another file"
    if ":" in part or "\\" in part or part != part.rstrip(" ."):
        return "the name is not portable"
    return ""


def _name(part: str) -> str:
    return part.partition(":")[0].rstrip(". ") or part


def _unseen(char: str) -> bool:
    if char.isascii():
        return not char.isprintable()
    return unicodedata.category(char) in _FORMAT or bool(_UNSEEN.match(char))
