r"""The text rules of JavaScript, which OpenSpec's tool is written in: `\s`, `.`, trim, lengths, the order of names.

Two tools that share files have to agree on what is blank, what a line is and which name comes first.
"""

from __future__ import annotations

import re
import unicodedata

BLANKS = (
    "\t\n\x0b\x0c\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What trim takes off and `\\s` matches."""
S = r"(?:[^\S\x1c-\x1f\x85]|\ufeff)"
"""`\\s`, to be put into a pattern: Python's own, less what JavaScript does not count, and the byte order mark. A class
of single characters would take a millisecond to compile in every pattern."""
_BREAKS = "\u2028\u2029"
"""Line ends that `.` does not match, in text whose own are LF."""
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


def rest(text: str) -> str | None:
    r"""What `\s*(.+)\s*$` takes of a line's rest: '' where it holds blanks alone, None where nothing fits.

    Done by hand: the pattern takes cubic time on a hostile line.
    """
    core = trim(text)
    if not core:
        return "" if text.strip(_BREAKS) else None
    if any(char in core for char in _BREAKS):
        return None
    begun = text[text.index(core[0]) :]
    return begun[: min((at for char in _BREAKS if (at := begun.find(char)) >= 0), default=len(begun))]


def length(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def normal(text: str) -> str:
    """A file's text without a byte order mark and with LF line ends."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def by_unit(text: str) -> bytes:
    """A sort key: the order of UTF-16 code units."""
    return text.encode("utf-16-be", errors="surrogatepass")


def leading(text: str) -> int | None:
    """The number that a text begins with, as `parseInt` reads it."""
    found = re.match(r"[+-]?[0-9]{1,15}", text.lstrip(BLANKS))
    return int(found[0]) if found else None


def by_locale(text: str) -> tuple[list[tuple[int, int, int]], list[str], list[int]]:
    """A sort key: the order in which people expect names, letters before case and accents."""
    first: list[tuple[int, int, int]] = []
    accents: list[str] = []
    forms: list[int] = []
    for whole in unicodedata.normalize("NFC", text):
        for char in unicodedata.normalize("NFKD", "ss" if whole == "ß" else whole):
            if unicodedata.combining(char):
                if accents:
                    accents[-1] += char
                continue
            if unicodedata.category(char) in ("Cc", "Cf") and char not in BLANKS:
                continue
            accents.append("")
            forms.append(
                2 * (unicodedata.normalize("NFD", whole) != unicodedata.normalize("NFKD", whole)) + char.isupper()
            )
            first.append(_weight(char))
    return first, accents, forms


def _weight(char: str) -> tuple[int, int, int]:
    """(kind, place in it, place in that) of a character."""
    if char in BLANKS:
        return 0, 0, ord(char)
    if char in _PUNCTUATION:
        return 1, _PUNCTUATION.index(char), 0
    kind = unicodedata.category(char)
    if kind[0] in "PS":
        after = {"P": "%", "S": "~"}[kind[0]] if kind != "Sc" else "$"
        return 1, _PUNCTUATION.index(after), ord(char)
    if kind == "Nd":
        return 2, unicodedata.digit(char), 0
    lower = char.lower()
    if char == "\u0131":
        return 3, ord("i"), 1
    return (3 if lower.isalpha() and lower < "\u0250" else 4), ord(lower[0]), 0
