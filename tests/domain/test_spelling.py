"""Spellings: every character that some file system takes for another, and what no role may use."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.spelling import folded, hostile, letters

ASCII = re.compile(r"[!-~]", re.I)
LETTER = re.compile(r"[a-z]", re.I)


def test_every_character_that_stands_for_a_plain_one_is_read_as_that() -> None:
    found = 0
    for number in range(0x20000):
        char = chr(number)
        readings = {char.lower(), char.upper().lower(), char.casefold(), unicodedata.normalize("NFKC", char).casefold()}
        plain = {reading for reading in readings if len(reading) == 1 and "!" <= reading <= "~"}
        for reading in plain:
            assert letters(char) == reading, (hex(number), char)
        if LETTER.fullmatch(char):
            assert letters(char) in "abcdefghijklmnopqrstuvwxyz", (hex(number), char)
        found += bool(plain) and not char.isascii()
    assert found > 500


def test_what_is_not_seen_does_not_count() -> None:
    categories = ("Cc", "Cf", "Zl", "Zp")
    for number in [*range(0x11000), *range(0xE0000, 0xE1000)]:
        char = chr(number)
        if unicodedata.category(char) in categories or 0xFE00 <= number <= 0xFE0F:
            assert letters(f"g{char}it") == "git", hex(number)
            assert hostile(f"a/g{char}it"), hex(number)


@given(st.text(max_size=20))
def test_reading_twice_changes_nothing(text: str) -> None:
    assert letters(letters(text)) == letters(text)


@given(st.text(max_size=20))
def test_all_forms_are_read_alike(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert letters(unicodedata.normalize(form, text)) == letters(text)


@given(st.text(max_size=40))
def test_nothing_raises(text: str) -> None:
    assert isinstance(hostile(text), str)
    assert isinstance(folded(text), str)


@given(st.text(alphabet=st.characters(codec="ascii", categories=("L", "N"), include_characters="._-+ @"), min_size=1))
def test_ordinary_names_are_not_hostile(text: str) -> None:
    name = f"x{text}x"
    if len(name) < 300:
        assert hostile(f"src/{name}/{name}.py") == ""


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("src/.GIT", "src/.git"),
        (".git . .", ".git"),
        (".git::$INDEX_ALLOCATION/config", ".git/config"),
        (".git./hooks", ".git/hooks"),
        ("a\\.git\\config", "a/.git/config"),
        (".ｇｉｔ", ".git"),
        ("．git", ".git"),
        (".g\u200cit", ".git"),
        ("ſiteCuſtomize.py", "sitecustomize.py"),
        ("\u212aey", "key"),
        ("İd_rsa", "id_rsa"),
        ("ıd_rsa", "id_rsa"),
        ("proﬁle", "profile"),
        ("src/.../x", "src/.../x"),
        ("straße", "strasse"),
    ],
)
def test_lenient_readings(path: str, read: str) -> None:
    assert folded(path) == read


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "a//b", "../a", "a/..", "./a", ".git", "a/.GiT/config", ".git.", ".git ", ".git/ ", "git~1",
        "GIT~12/x", "HARNES~1.TOM", "src/SITECU~1.PY", "a:b", "a\\b", "a.", "b ", "a\0", "a\n", "a\x7f", "a\u202eb",
        "a\u200bb",
        "a\u2066b", "a\ufeff", "a\u034fb", "a\ufe0f", "a\u3164", "a\U000e0041", "e\u0301", "\u212a", "\ud800",
        "a\uffff", "x" * 401,
    ],
)  # fmt: skip
def test_hostile_spellings(path: str) -> None:
    assert hostile(path)


@pytest.mark.parametrize(
    "path", ["src/é.py", "docs/日本語.md", "a b/c", ".gitignore", "a~b", "backup~", "x" * 200, "λ"]
)
def test_other_spellings(path: str) -> None:
    assert hostile(path) == ""
