"""Commit messages of a branch: as the conventions have them, and each way in which they are not."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

_FILES = {"app.py": "x = 1\n"}


def _told(name: str, message: str) -> Delivery:
    """A message that the gate has to refuse."""
    return Delivery("commits", name, _FILES, message=message, rule="commits-message")


DELIVERIES = (
    Delivery("commits", "a plain fix", _FILES, message="fix(auth): handle an expired token apart"),
    Delivery(
        "commits", "a breaking change", _FILES,
        message="feat(api)!: drop the v1 routes\n\nNobody calls them.\n\nBREAKING CHANGE: call v2 instead\nCloses #45",
    ),
    Delivery(
        "commits", "imperatives that look otherwise", _FILES,
        message="refactor: process, embed and dispatch feeds",
    ),
    Delivery("commits", "an adverb first", _FILES, message="perf(token): lazily load the parser\n\nSee #12 for why.\n"),
    Delivery("commits", "71 characters", _FILES, message="docs: " + "describe " * 7 + "it"),
    *(
        Delivery("commits", f"well formed: {message[:40]}", _FILES, message=message)
        for message in (
            "feat!: drop Python 3.8\n\nBREAKING CHANGE: run Python 3.9 or newer\n",
            "fix(core.parser/v1.2): mend a loop\n\nBREAKING-CHANGE: the second result is gone",
            "fix: revert the cache of tokens\n\nIt kept what was revoked.\n\nRefs: 676104e, a215868",
            "docs: string the guides together and bring them up to date",
            "refactor: need no second look-up, address by name",
            "perf: round fixed-point numbers once\n\nReviewed-by: Z\nRefs: #123",
            "fix: add " + "漢" * 62,
        )
    ),
    Delivery("commits", "nothing changed", {}, message="chore: change nothing", rule="commits-empty"),
    _told("72 characters", "docs: " + "describe " * 7 + "it."),
    _told("72 wide characters", "fix: add " + "漢" * 63),
    _told("73 wide characters", "docs: add " + "漢" * 63),
    _told("a type in capitals", "Feat: add a filter"),
    _told("a mark before the scope", "feat!(api): drop v1"),
    _told("an empty scope", "feat(): add a filter"),
    _told("a breaking change without a space", "feat!: drop v1\n\nBREAKING CHANGE:call v2"),
    _told("a breaking change in the body", "feat!: drop v1\n\nIt was old.\nBREAKING CHANGE: call v2"),
    _told("the specification's own revert", "revert: feat: add search\n\nRefs: 676104e"),
    _told("past", "feat: added a filter"),
    _told("third person", "fix: handles null owners"),
    _told("after an adverb", "fix: properly handles null owners"),
    _told("a noun", "feat: new endpoint for items"),
    _told("no type", "Add a filter"),
    _told("another type", "build: bump jest"),
    _told("an issue in the header", "fix: mend the login (#45)"),
    _told("an issue in the body", "fix: mend the login\n\nCloses #45\n\nIt was broken."),
    _told("a footer that tools don't read", "feat: drop v1\n\nBreaking change: call v2"),
    _told("no blank line", "fix: mend the login\nIt was broken."),
    _told("unfinished", "fixup! fix: mend the login"),
    _told("under way", "feat: WIP search"),
    _told("git's own revert", 'Revert "feat: add search"'),
    _told("unseen characters", "fix: mend the lo\u200bgin"),
)  # fmt: skip
