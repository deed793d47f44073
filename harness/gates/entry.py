"""The entries of a changelog: every line that tells its readers something, and the release that it stands below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 4 << 20
FEWEST = 4
"""Letters and digits, of any script, that a line must have to say something; numbers alone say nothing."""
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_EMPTY = re.compile(
    r"\b(?:the )?(?:git|commits?|full) (?:log|history|messages?)\b|\bcode ?(?:quality|base|health|style)\b"
    r"|\b(?:this|the|new) (?:release|version|update|pr|branch) (?:contains?|includes?|brings|has)\b|\bunder the hood\b"
    r"|\]\([^)]*\)|<?https?://\S+|\b\d{4}-\d\d-\d\d\b|\bv?\d+(?:\.\d+)+\S*|#\d+|\bGH-\d+|\b[0-9a-f]{7,40}\b"
    r"|\b(?:todo|tbd|fixme|wip|n/?a|see|pull request|issues?|commit|unreleased|lorem ipsum.*)\b",
    re.I,
)
"""Addresses, dates, versions, references, placeholders and set phrases, which tell a reader nothing by themselves."""
_FILLER = """a an and the of for with on no none nothing yet so far here nope done misc miscellaneous various several
many few some lots minor major small other more general internal internals overall new change changes changed update
updates updated updating fix fixes fixed fixing bugfix bugfixes hotfix add added removed stuff thing things bug bugs
entry entries to be improve improves improved improving improvement improvements enhance enhanced enhancement
enhancements tweak tweaks tweaked adjust adjusted adjustments polish polished cleanup cleanups clean cleaned cleaning
up tidy refactor refactors refactored refactoring refactorings rework reworked implement implemented implementation
implementations feature features functionality code maintenance housekeeping performance stability reliability
optimization optimizations optimisation optimisations made make makes did we it its our this these that better
details needed required requested work worked files"""
_FILLERS = frozenset(_FILLER.split())
"""Words that tell a reader nothing without another one."""
_WORD = re.compile(r"\w+")
_LATER = re.compile(r"\s*(?:(?:[-*+•]|\d{1,3}[.)])\s+)?[\[(*_`]*(?:todo|tbd|tbc|fixme|wip|xxx)\b", re.I)
"""A line that somebody means to write."""
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")
_HASHES = re.compile(r" {0,3}(#{1,6})\s+(?P<title>\S.*)")
_RULE = re.compile(r"\s{0,3}(=|-|~|\^)\1{2,}\s*")
_RELEASE = re.compile(
    r"[\[*_<(\"`]*(?:version |release |[\w@/.-]{1,80}@|[A-Za-z][\w-]{0,40} v?(?=\d+\.\d+\.\d))?"
    r"v?(?P<name>\d+\.\d+(?:\.\d+)*(?:[-+.]?[0-9A-Za-z]+)*|\d{4}-\d\d-\d\d)(?![^\W_])(?!\s+[^\W\d_])",
    re.I,
)
_COMING = re.compile(r"\b(?:unreleased|upcoming|in (?:development|progress)|next|head|main|trunk)\b", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    words: str
    """Without its bullet, case and punctuation: a copied line says nothing new."""
    line: int
    release: str
    """The version or date of the heading that it stands below; '' for what is not released."""
    listed: bool
    """Whether it is an item of a list."""


def entries(data: bytes) -> list[Entry]:
    """Every line that says something, in order."""
    return list(_read(data))


def releases(data: bytes) -> list[str]:
    """The headings of releases, in order; '' for one of what is not released."""
    return [name for _, _, name in _headings(_lines(data)) if name is not None]


def _lines(data: bytes) -> list[str]:
    text = data[:MOST_BYTES].decode(errors="replace")
    return _HIDDEN.sub(lambda hidden: "\n" * hidden[0].count("\n"), text).splitlines()


def _read(data: bytes) -> Iterator[Entry]:
    lines = _lines(data)
    headings = {at: (level, name) for at, level, name in _headings(lines)}
    release, depth = "", 0
    for at, line in enumerate(lines):
        if at in headings:
            level, name = headings[at]
            if name is not None or level <= depth:
                release, depth = name or "", level
            continue
        words = " ".join(_WORD.findall(_EMPTY.sub(" ", line).lower()))
        if _says(words) and not line.lstrip().startswith("#") and not _LATER.match(line):
            yield Entry(words, at + 1, release, bool(_BULLET.match(line)))


def _says(words: str) -> bool:
    signs = [sign for sign in words if sign.isalnum()]
    return len(signs) >= FEWEST and any(map(str.isalpha, signs)) and not set(words.split()) <= _FILLERS


def _headings(lines: list[str]) -> Iterator[tuple[int, int, str | None]]:
    """(line, level, the release or '' for what is coming; None for any other heading)"""
    for at, line in enumerate(lines):
        marked = _HASHES.fullmatch(line)
        ruled = _RULE.fullmatch(lines[at + 1]) if at + 1 < len(lines) and line.strip() else None
        if marked:
            yield at, len(marked[1]), _named(marked["title"])
        elif ruled and not _BULLET.match(line) and not _RULE.fullmatch(line):
            yield at, 1 + "=-~^".index(ruled[1]), _named(line.strip())


def _named(title: str) -> str | None:
    if _COMING.search(title):
        return ""
    found = _RELEASE.match(title)
    return found["name"].lower() if found else None
