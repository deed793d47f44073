"""Environment variables that code reads: what a reading is, and what a file tells the others about its functions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MOST_BYTES = 1 << 20
"""Of one file."""
_NAMES = """HOME PATH USER USERNAME LOGNAME SHELL PWD OLDPWD TMPDIR TEMP TMP LANG LANGUAGE TERM COLORTERM NO_COLOR
FORCE_COLOR EDITOR VISUAL PAGER BROWSER HOSTNAME DISPLAY COLUMNS LINES APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES
SYSTEMROOT USERPROFILE HOMEDRIVE HOMEPATH COMSPEC WINDIR PATHEXT VIRTUAL_ENV PYTHONPATH PYTEST_CURRENT_TEST TZ CI
NODE_ENV WAYLAND_DISPLAY SSH_AUTH_SOCK"""
USUAL = frozenset(_NAMES.split())
"""What the machine or the runtime sets; no project documents it."""
_USUAL = re.compile(r"(?:XDG|LC)_[A-Z_]+|npm_[a-z_]+")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
UPPER = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Reading:
    """One place where a variable is read."""

    names: tuple[str, ...]
    """Any of them is enough, such as the choices of an alias."""
    line: int


@dataclass(slots=True)
class Facts:
    """What calls mean, gathered over all files first: a call in one file reads by a function of another."""

    readers: dict[str, int] = field(default_factory=dict)
    """function -> the position of the parameter that it takes a variable's name from"""
    parameters: dict[str, str] = field(default_factory=dict)
    """function -> the name of that parameter"""
    constants: dict[str, str] = field(default_factory=dict)
    """Names in capitals that files declare as one string, for those that import them."""
    given: set[tuple[str, int]] = field(default_factory=set)
    """(function, position) of arguments that are the whole environment"""
    parsers: set[str] = field(default_factory=set)
    """Schemas that the whole environment is parsed by; objects that are called with a variable's name."""
    settings: set[str] = field(default_factory=lambda: {"BaseSettings"})
    """Classes whose fields are variables."""


def ordinary(name: str) -> bool:
    """Whether a variable is the machine's, and not the project's to document."""
    return name.upper() in USUAL or bool(_USUAL.fullmatch(name)) or not NAME.fullmatch(name)
