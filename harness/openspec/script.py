r"""The text rules of JavaScript, which OpenSpec's tool is written in: `\s`, `.`, trim, lengths, the order of names.

Two tools that share files have to agree on what is blank, what a line is and which name comes first.
"""

from __future__ import annotations

import unicodedata

BLANKS = (
    "\t\n\x0b\x0c\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What trim takes off and `\\s` matches."""
S = r"(?:[^\S\x1c-\x1f\x85]|\ufeff)"
"""`\\s`, to be put into a pattern: Python's own, less what JavaScript does not count, and the byte order mark. A class
of single characters would take a millisecond to compile in every pattern."""
DOT = "[^\n\u2028\u2029]"
"""`.` as a class, for text whose carriage returns are gone."""
_PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
"""The order of the Unicode collation's root table, in front of digits and letters."""


def trim(text: str) -> str:
    """Blanks taken off both ends."""
    return text.strip(BLANKS)


def trim_end(text: str) -> str:
    """Blanks taken off the end."""
    return text.rstrip(BLANKS)


def length(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def normal(text: str) -> str:
    """A file's text without a byte order mark and with LF line ends."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def by_unit(text: str) -> bytes:
    """A sort key: the order of UTF-16 code units."""
    return text.encode("utf-16-be", errors="surrogatepass")


def by_locale(text: str) -> tuple[list[tuple[int, int]], list[str], list[bool]]:
    """A sort key: the order in which people expect names, letters before case and accents."""
    first: list[tuple[int, int]] = []
    accents: list[str] = []
    case: list[bool] = []
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char):
            if accents:
                accents[-1] += char
            continue
        accents.append("")
        case.append(char.isupper())
        first.append(_weight(char))
    return first, accents, case


def _weight(char: str) -> tuple[int, int]:
    if char in BLANKS:
        return 0, ord(char)
    if char in _PUNCTUATION:
        return 1, _PUNCTUATION.index(char)
    if char.isdigit():
        return 2, ord(char)
    lower = char.lower()
    return (3 if lower.isalpha() and lower < "\u0250" else 4), ord(lower[0])
