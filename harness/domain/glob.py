"""Globs over paths. `**/` is any folders, `**` anything, `*` and `?` stay within one name; all else is literal.

A glob may come from somebody hostile, such as an agent that searches: none makes the time grow faster than the length
of the path. Globs of few wildcards are regular expressions; others run as an automaton, character by character.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

FOLDERS, ANYTHING, NAME, ONE = "**/", "**", "*", "?"
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]", re.S)
_REGEX = {FOLDERS: "(?:[^/]+/)*", ANYTHING: ".+", NAME: "[^/]*", ONE: "[^/]"}
_FEW = 2
"""Wildcards of variable length with which a regular expression is still fast."""


@lru_cache(4096)
def matcher(globs: tuple[str, ...], ignore_case: bool = False) -> Callable[[str], bool]:
    """Whether a path matches one of `globs`, as a function of the path."""
    forms: list[str] = []
    slow: list[Callable[[str], bool]] = []
    for glob in globs:
        tokens = _tokens(glob)
        if _simple(tokens):
            forms.append("".join(_REGEX.get(token) or re.escape(token) for token in tokens))
        else:
            slow.append(_automaton(_tokens(glob.lower()) if ignore_case else tokens))
    fast = re.compile(f"(?:{'|'.join(forms)})\\Z", re.S | (re.I if ignore_case else 0)) if forms else None

    def match(path: str) -> bool:
        if fast is not None and fast.match(path):
            return True
        return bool(slow) and any(test(path.lower() if ignore_case else path) for test in slow)

    return match


def _tokens(glob: str) -> list[str]:
    """The parts of a glob; folders after folders say nothing new."""
    out: list[str] = []
    for token in _TOKEN.findall(glob):
        if token != FOLDERS or out[-1:] != [FOLDERS]:
            out.append(token)
    return out


def _simple(tokens: list[str]) -> bool:
    """Whether a regular expression can't be made to backtrack for long; `anything` at the very end never does."""
    wild = [token for token in tokens[:-1] if token in (FOLDERS, ANYTHING, NAME)]
    wild += [token for token in tokens[-1:] if token in (FOLDERS, NAME)]
    return len(wild) <= 1 or (len(wild) <= _FEW and ANYTHING not in wild)


def _automaton(tokens: list[str]) -> Callable[[str], bool]:
    """All positions in the glob at once, as the bits of a number: linear in the path, whatever the glob."""
    literal: dict[str, int] = {}
    one = anything = stay = within = skip = folders = 0
    at = 0
    for token in tokens:
        bit = 1 << at
        if token == ONE:
            one |= bit
        elif token == NAME:
            within, skip = within | bit, skip | bit
        elif token == ANYTHING:
            # one character, then any number of them
            anything, stay, skip = anything | bit, stay | bit << 1, skip | bit << 1
        elif token == FOLDERS:
            # between folders, then inside the name of one
            folders, within = folders | bit, within | bit << 1
        else:
            literal[token] = literal.get(token, 0) | bit
        at += 2 if token in (ANYTHING, FOLDERS) else 1
    end = 1 << at

    def closed(states: int) -> int:
        while more := ((states & skip) << 1 | (states & folders) << 2) & ~states:
            states |= more
        return states

    def match(path: str) -> bool:
        states = closed(1)
        for char in path:
            ahead = states & (literal.get(char, 0) | anything)
            if char == "/":
                following = ahead << 1 | states & stay | (states >> 1) & folders
            else:
                following = (ahead | states & (one | folders)) << 1 | states & (stay | within)
            states = closed(following)
            if not states:
                return False
        return bool(states & end)

    return match
