"""Authorized is not done: which sentences say that something was done, and whether evidence stands beside it."""

from __future__ import annotations

import re
from collections.abc import Collection

DONE = ("completed", "committed", "merged", "deployed", "released")
"""Words for what was executed and confirmed; "authorized" and "approved" are none of them."""
_DONE = re.compile(rf"\b(?:{'|'.join(DONE)})\b", re.I)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
_HEADING = re.compile(r"\s*#{1,6}(?:\s|$)")
_NOT = re.compile(
    r"\b(?:not|never|no|none|nothing|nobody|without|cannot|neither|nor|unless|until|before|once|when|if|would|will|can|"
    r"could|should|shall|may|might|must|to|yet|un(?:completed|committed|merged|deployed|released))\b|n't\b",
    re.I,
)
"""What makes a sentence with such a word no claim: a negation, a condition, or something still to come."""
_REACH = 6
"""Words before it within which a negation belongs to a word."""
_COMMIT = re.compile(r"\b[0-9a-f]{7,64}\b")


def claims(text: str) -> list[str]:
    """The sentences of `text` that say of something that it was done; headings and negations aside."""
    lines = [line for line in text.splitlines() if not _HEADING.match(line)]
    sentences = [each.strip() for line in lines for each in _SENTENCE.split(line)]
    return [each for each in sentences if each and _claims(each)]


def unproven(text: str, evidence: Collection[str]) -> list[str]:
    """The claims of `text` on whose line stands no commit of `evidence` (ids in full; a line may shorten them)."""
    found = []
    for line in text.splitlines():
        named = _COMMIT.findall(line)
        if not any(full.startswith(short) for short in named for full in evidence):
            found += claims(line)
    return found


def _claims(sentence: str) -> bool:
    return any(not _denied(sentence[: found.start()]) for found in _DONE.finditer(sentence))


def _denied(before: str) -> bool:
    """Whether what stands before the word turns it into something that is not claimed."""
    return bool(_NOT.search(" ".join(before.split()[-_REACH:])))
