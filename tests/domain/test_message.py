"""What a commit message may not hold: what nobody sees, and trailers that a role has no say in."""

from __future__ import annotations

import pytest

from harness.domain.message import claims, problems


@pytest.mark.parametrize("piece", ["\x1b[2J", "\r", "\x9b", "\u202e", "\u200b", "\U000e0041", "\x00"])
def test_what_nobody_sees_is_a_problem(piece: str) -> None:
    found = problems(f"fix: mend it\n\nBecause{piece} it was broken.")
    assert found == ["the message holds control characters, or characters that nobody sees"]


@pytest.mark.parametrize(
    "text", ["fix: mend it\r\n\r\nIt was broken.\r\n", "fix: mend it\n\n\tIndented, 👩\u200d💻 ✔\ufe0f."]
)
def test_usual_messages_have_none(text: str) -> None:
    assert problems(text) == [] == claims(text)


@pytest.mark.parametrize(
    "row",
    ["Approved-by: cleo", "approval: 00", "  Signed-off-by : A <a@b.c>", "Gate: tests passed", "Co-authored-by: x"],
)
def test_a_role_claims_nothing_for_others(row: str) -> None:
    name = row.partition(":")[0].strip()
    assert claims(f"fix: mend it\n\n{row}\n\nmore") == [f"{name}: is not yours to say: leave that line out"]


@pytest.mark.parametrize("row", ["Refs: #12", "See: docs/a.md", "the approval: it came late", "Note: changed twice"])
def test_other_lines_are_prose(row: str) -> None:
    assert claims(f"fix: mend it\n\n{row}") == []
