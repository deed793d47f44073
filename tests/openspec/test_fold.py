"""The one engine for validate and archive, by itself."""

from __future__ import annotations

import hashlib

import pytest

from harness.openspec.fold import fold
from harness.openspec.living import split, structure

STEPS = "#### Scenario: S\n- **WHEN** a\n- **THEN** b"
ALPHA = f"### Requirement: Alpha\nIt SHALL.\n\n{STEPS}"
BETA = f"### Requirement: Beta\nIt SHALL.\n\n{STEPS}"
SPEC = f"# cap\n\n## Purpose\nWhy.\n\n## Requirements\n\n{ALPHA}\n\n{BETA}\n"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_base_of_every_touched_requirement_is_named() -> None:
    delta = (
        f"## MODIFIED Requirements\n{ALPHA.replace('SHALL', 'MUST')}\n"
        "## REMOVED Requirements\n- `### Requirement: Gone`\n"
        "## RENAMED Requirements\n- FROM: `### Requirement: Beta`\n- TO: `### Requirement: B`\n"
    )
    out = fold(SPEC, delta, "cap", "chg")
    assert out.problem == ""
    assert out.base == {"Alpha": sha(ALPHA), "Beta": sha(BETA)}
    moved = fold(SPEC.replace("It SHALL.", "It SHALL too."), delta, "cap", "chg")
    assert moved.base["Alpha"] != out.base["Alpha"]


def test_the_line_ends_of_the_living_spec_are_kept() -> None:
    delta = f"## ADDED Requirements\n{BETA.replace('Beta', 'New')}\n"
    unix = fold(SPEC, delta, "cap", "chg").text
    windows = fold(SPEC.replace("\n", "\r\n"), delta.replace("\n", "\r\n"), "cap", "chg").text
    assert windows == unix.replace("\n", "\r\n")
    assert fold("\ufeff" + SPEC, delta, "cap", "chg").text == unix


def test_folding_twice_changes_nothing() -> None:
    delta = f"## ADDED Requirements\n{BETA.replace('Beta', 'New')}\n"
    once = fold(SPEC, delta, "cap", "chg")
    again = fold(once.text, delta, "cap", "chg")
    assert (once.changed, again.changed, again.text) == (True, False, once.text)


@pytest.mark.parametrize(
    ("delta", "problem"),
    [
        ("## ADDED Requirements\n" + ALPHA.replace("SHALL", "MUST"), "already exists"),
        ("## ADDED Requirements\n" + ALPHA.replace("Alpha", "ALPHA"), "differs only in case or spacing"),
        ("## MODIFIED Requirements\n" + ALPHA.replace("Alpha", "Nope"), "not found"),
        ("## MODIFIED Requirements\n### Requirement: Alpha\nMUST\n\n#### Scenario: T\n- x", 'block: "S"'),
        ("## REMOVED Requirements\n### Requirement: alpha", "fix the header to match it exactly"),
        ("nothing", "found no operations"),
        ("## RENAMED Requirements\nFROM: ### Requirement: X\nTO: ### Requirement: Y", "source not found"),
    ],
)
def test_what_can_not_be_folded_says_why(delta: str, problem: str) -> None:
    out = fold(SPEC, delta, "cap", "chg")
    assert problem in out.problem


def test_a_half_written_delta_loses_nothing() -> None:
    """A fence that is never closed hides what follows it, so nothing of it may reach the spec as a requirement."""
    out = fold(SPEC, f"## ADDED Requirements\n### Requirement: New\nIt SHALL.\n```\n{BETA}\n", "cap", "chg")
    assert [block.name for block in out.left] == ["Alpha", "Beta", "New"]
    assert out.text.count("### Requirement: Beta") == 2
    assert [block.name for block in split(out.text).blocks] == ["Alpha", "Beta", "New"]


def test_a_spec_in_disorder_is_not_touched() -> None:
    text = SPEC + "\n## Notes\n\n### Requirement: Lost\nIt SHALL.\n"
    assert [issue.line for issue in structure(text)] == [text[: text.index("### Requirement: Lost")].count("\n") + 1]
    assert "structurally invalid" in fold(text, f"## ADDED Requirements\n{BETA}", "cap", "chg").problem


def test_a_hostile_document_takes_linear_time() -> None:
    """Lines of blanks, hashes and brackets that would make a careless pattern try again and again."""
    blank, hashes = " " * 40_000, "#" * 40_000
    for line in (blank + "x", "## " + blank, f"### Requirement: a{blank}{hashes}x", "- [" + blank, "```" + blank):
        fold(SPEC, f"## ADDED Requirements\n{line}\n", "cap", "chg")
