"""What a commit message may not hold: what nobody sees, and trailers that a role has no say in."""

from __future__ import annotations

import pytest

from harness.domain.message import claims, problems, proposing


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


@pytest.mark.parametrize(
    "text",
    [
        "feat!: drop the v1 routes", "feat(api)!: drop the v1 routes\n\nBREAKING CHANGE: call v2 instead.",
        "fix: mend it\n\nCloses #45", "fix: mend it\n\nBecause of #45 it was slow.\n\nRefs: #12\nFixes owner/repo#45",
        "feat: move it\n\nWhy.\n\nBREAKING-CHANGE: the path is new\n  and so is its query.\n\nIt goes on here.",
        "fix: mend it\n\nThis is no\nbreaking change: the path stays.",
        "fix: mend it\n\nBreaking changes are listed below.",
        "fix: use colour #000 for text", "fix: mend it\n\nCloses #1\n\nReviewed-by: a",
        "fix: revert the new default\n\nRefs: 1a2b3c4", "fix: m" + "e" * 65,
    ],
)  # fmt: skip
def test_footers_and_breaks_that_are_well_formed(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("feat!(api): drop it", "not conventional"),
        ("feat (api): drop it", "not conventional"),
        ("feat : drop it", "not conventional"),
        ("feat:drop it", "not conventional"),
        ("feat(): drop it", "scope"),
        ("Feat: drop it", "type"),
        ("build: drop it", "type"),
        ("fix: mend it (#45)", "footer"),
        ("fix: mend #45", "footer"),
        ("fix: mend it\n\nCloses #45\n\nBecause it was broken.", "last paragraph"),
        ("fix: mend it\n\nIt was broken.\nCloses #45", "last paragraph"),
        ("feat: drop it\n\nbreaking change: call v2", "BREAKING CHANGE: what"),
        ("feat: drop it\n\nBREAKING CHANGE call v2", "BREAKING CHANGE: what"),
        ("feat: drop it\n\nBREAKING CHANGE:", "BREAKING CHANGE: what"),
        ("feat: drop it\n\nBREAKING CHANGES: call v2", "BREAKING CHANGE: what"),
        ("feat: drop it\n\nIt is old.\nBREAKING CHANGE: call v2", "last paragraph"),
        ("fixup! fix: mend it", "squashed"),
        ("squash! fix: mend it", "squashed"),
        ("WIP: mend it", "not done"),
        ("wip", "not done"),
        ("fix: WIP mend it", "not done"),
        ("fix: [wip] mend it", "not done"),
        ('Revert "feat: drop it"', "fix: revert"),
        ("revert: drop it", "fix: revert"),
        ("Merge branch 'develop' into fix/it", "straight line"),
        ("fix: m" + "e" * 66, "72"),
    ],
)
def test_footers_breaks_and_headers_that_are_not(text: str, why: str) -> None:
    assert any(why in each for each in problems(text))


@pytest.mark.parametrize("name", ["a", "add-login", "a" * 45, "a" * 46, "a" * 62])
def test_the_proposal_of_every_change_keeps_to_the_rules(name: str) -> None:
    assert problems(proposing(name)) == []
