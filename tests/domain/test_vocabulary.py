"""Authorized is not done: what counts as a claim."""

from __future__ import annotations

import pytest

from harness.domain.vocabulary import claims, marked, unproven

COMMIT = "4f6bfce1f88e36ba00844de139b0542c793061a2"


@pytest.mark.parametrize(
    "text",
    [
        "The change is merged to develop.",
        "All tasks completed",
        "COMMITTED everything; see the branch",
        "I deployed it this morning.",
        "It was not easy. It is merged.",
        "- done: merged",
        "Nothing failed and the change was merged.",
        "No problems: deployed to production",
        "No problems, merged.",
        "The CEO must know: it was deployed.",
        "The CEO must know it was deployed.",
        "To be clear, the change was merged.",
        "It was not only merged but deployed.",
        "Merged to develop and deployed.",
        "It could not be tested, so it was merged as it is.",
        "In May it was released.",
        "Everything that was asked for has been completed, and nothing is pending.",
    ],
)
def test_what_says_that_something_was_done_is_a_claim(text: str) -> None:
    assert claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "### Completed This Session",
        "# Merged",
        "Nothing was committed by this action.",
        "It is not merged.",
        "It isn't yet merged; the CEO decides.",
        "It can be merged once the CEO approves.",
        "Will be deployed later.",
        "authorized: merge feature/x to develop",
        "The change is to be merged.",
        "If it is merged, the table is locked.",
        "approved and authorized",
        "not yet merged",
        "nothing was merged",
        "can be merged",
        "to be merged",
        "must be merged",
        "cannot be merged",
        "It was not tested, reviewed or merged.",
        "Nothing was committed, merged or deployed.",
        "Nothing was built and merged.",
        "It must be tested, merged, and deployed.",
        "It will, as planned, be merged.",
        "Will the change be merged and released?",
        "neither merged nor deployed",
        "It would have been merged.",
        "Once the CEO agrees, it is merged.",
        "It doesn\u2019t get merged.",
        "The tests have to pass before it is merged.",
        "The uncommitted files were put back.",
        "emerged",
        "",
    ],
)
def test_headings_negations_and_plans_are_none(text: str) -> None:
    assert claims(text) == []


def test_a_claim_is_proven_by_a_commit_on_its_line() -> None:
    assert unproven(f"feature/x is merged: {COMMIT}", [COMMIT]) == []
    assert unproven(f"feature/x is merged: {COMMIT[:12]}", [COMMIT]) == []
    assert unproven(f"feature/x is merged: {'a' * 40}", [COMMIT]) == [f"feature/x is merged: {'a' * 40}"]
    assert unproven(f"feature/x is merged\n{COMMIT}", [COMMIT]) == ["feature/x is merged"]
    assert unproven("feature/x is merged", []) == ["feature/x is merged"]


def test_a_role_s_claims_are_marked_and_nothing_else_is_touched() -> None:
    text = "  It is small.  It was merged; and deployed.\r\n# It was merged\nNot merged yet.\nIt was merged"
    assert marked(text) == (
        "  It is small.  [claimed] It was merged; [claimed] and deployed.\r\n# It was merged\nNot merged yet.\n"
        "[claimed] It was merged"
    )
    assert marked("") == "" and marked("A plain text.\n") == "A plain text.\n"
