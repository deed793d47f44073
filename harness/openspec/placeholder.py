"""A purpose that nobody has written yet, and where it stands."""

from __future__ import annotations

import re
import unicodedata

from harness.openspec.markdown import fenced
from harness.openspec.script import trim

_MARK = re.compile(r"TBD|TODO", re.I | re.A)
_STOP = re.compile(r"[ \t]*(?:\Z|[\n:\-–—.,;()\[\]{}])")
"""What may follow a mark that is not in capitals."""
_GENERATED = ("TBD - created by archiving change ", ". Update Purpose after archive.")
_HEADING = re.compile(r" {0,3}##[ \t]+Purpose[ \t]*", re.I | re.A)
_NEXT = re.compile(r" {0,3}#{1,2}[ \t]")


def unwritten(purpose: str) -> bool:
    """Whether a purpose begins with TBD or TODO, or holds the sentence that archiving writes."""
    words = _words(purpose)
    return _marked(words) or _generated(words) is not None


def line(purpose: str, text: str) -> int | None:
    """The line of a spec in which its unwritten purpose stands; None where it can't be told."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    code = fenced(lines)
    start = next((i for i, each in enumerate(lines) if not code[i] and _HEADING.fullmatch(each)), None)
    if start is None:
        return None
    inside = []
    for i in range(start + 1, len(lines)):
        if not code[i] and _NEXT.match(lines[i]):
            break
        if not code[i]:
            inside.append(i)
    if _marked(_words(purpose)):
        return next((i + 1 for i in inside if trim(lines[i])), None)
    whole = "\n".join(lines[i] for i in inside)
    at = _generated(whole)
    return None if at is None else inside[whole.count("\n", 0, at)] + 1


def _words(purpose: str) -> str:
    """A purpose without code."""
    lines = purpose.split("\n")
    code = fenced(lines)
    return trim("\n".join(each for each, hidden in zip(lines, code, strict=True) if not hidden))


def _marked(words: str) -> bool:
    found = _MARK.match(words)
    if found is None or _letter(words[found.end() : found.end() + 1]):
        return False
    return found[0].isupper() or bool(_STOP.match(words, found.end()))


def _letter(char: str) -> bool:
    """Whether a character goes on with a word."""
    return char == "_" or (char != "" and unicodedata.category(char)[0] in "LNM")


def _generated(words: str) -> int | None:
    """Where the sentence begins that archiving writes."""
    begin, end = _GENERATED
    at = words.find(end)
    while at >= 0:
        start = words.rfind(begin, 0, at + len(begin))
        if 0 <= start <= at:
            return start
        at = words.find(end, at + 1)
    return None
