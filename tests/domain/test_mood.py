"""The imperative, by rule and by list, on subjects as people write them."""

from __future__ import annotations

import pytest

from harness.domain.message import problems
from harness.domain.mood import strange
from tests.domain.headers import IMPERATIVE, OTHER, words


def test_imperatives_are_left_alone() -> None:
    assert [(subject, strange(subject)) for subject in words(IMPERATIVE) if problems(f"fix: {subject}")] == []
    assert len(words(IMPERATIVE)) > 300


def test_other_moods_are_told() -> None:
    told = {subject: " ".join(problems(f"fix: {subject}")) for subject in words(OTHER)}
    assert [subject for subject, why in told.items() if "imperative" not in why and "not done" not in why] == []
    assert len(words(OTHER)) > 100


@pytest.mark.parametrize(
    ("subject", "word"),
    [
        ("correctly handles null", "handles"),
        ("also only adding it", "adding"),
        ("Added it", "Added"),
        ("newly", "newly"),
    ],
)
def test_the_word_is_named(subject: str, word: str) -> None:
    assert strange(subject) == word
