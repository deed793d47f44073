"""Authorized is not done: which sentences say that something was done, and whether evidence stands beside it."""

from __future__ import annotations

import re
from collections.abc import Collection

DONE = ("completed", "committed", "merged", "deployed", "released")
"""Words for what was executed and confirmed; "authorized" and "approved" are none of them."""
MARK = "[claimed] "
"""Before a sentence that no entry of the record vouches for."""
_DONE = re.compile(rf"\b(?:{'|'.join(DONE)})\b", re.I)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
_PARTS = re.compile(r"((?<=[.!?;])\s+)")
"""The same within one line, with what stands between sentences kept."""
_HEADING = re.compile(r"\s*#{1,6}(?:\s|$)")
_NEGATION = re.compile(
    r"\b(?:not(?!\s+only\b)|never|no|none|nothing|nobody|without|cannot|neither|nor)\b|n['\u2019]t\b", re.I
)
_CONDITION = re.compile(r"\b(?:unless|until|before|once|when|if)\b", re.I)
_MODAL = re.compile(
    r"\b(?:would|will|can|could|should|shall|may|might|must|cannot|to\s+(?:\w+ly\s+)?(?:be|get|have))\b|['\u2019]ll\b",
    re.I,
)
"""What makes a word no claim where it governs it: a negation, a condition, or something still to come."""
_BE = re.compile(r"\b(?:be|being)(?:\s+(?:\w+ly|then|later|soon|now|first|also|never))?\s*\Z", re.I)
"""The infinitive right before the word: whatever stands before that, it is not said to have happened."""
_FINITE = re.compile(r"\b(?:am|is|are|was|were|has|had)\b", re.I)
"""A verb between a modal and the word, which is another one's then: `must know it was merged`."""
_CLAUSE = re.compile(r"[,:–—]|\s-\s|\b(?:and|but|so|because|although|though|however|therefore|whereas)\b", re.I)
"""Where what a negation or a modal governs ends."""
_ASIDE = re.compile(r"[:–—]|\s-\s")
"""Where what a condition governs ends."""
_LISTED = re.compile(r"(?:,\s*\w+)*,?\s+(?:and|or|nor)\s+\Z", re.I)
"""The end of an enumeration, which shares what stands before its first member: `not tested, reviewed or merged`."""
_JOINED = re.compile(r"\s*(?:,|/|,?\s*\b(?:and|or|nor)\b)\s*(?:\w+ly|then|also)?\s*", re.I)
"""What stands between two such words that share what stands before the first one."""
_REACH = 6
"""Words before it within which something governs a word."""
_COMMIT = re.compile(r"\b[0-9a-f]{7,64}\b")


def claims(text: str) -> list[str]:
    """The sentences of `text` that say of something that it was done; headings and negations aside."""
    lines = [line for line in text.splitlines() if not _HEADING.match(line)]
    sentences = [each.strip() for line in lines for each in _SENTENCE.split(line)]
    return [each for each in sentences if each and _claims(each)]


def marked(text: str) -> str:
    """A role's `text` with each sentence of it marked that says of something that it was done; else as it is."""
    rows = text.splitlines(keepends=True)
    return "".join(row if _HEADING.match(row) else "".join(map(_mark, _PARTS.split(row))) for row in rows)


def _mark(part: str) -> str:
    said = part.strip()
    return part.replace(said, f"{MARK}{said}", 1) if said and _claims(said) else part


def unproven(text: str, evidence: Collection[str]) -> list[str]:
    """The claims of `text` on whose line stands no commit of `evidence` (ids in full; a line may shorten them)."""
    found = []
    for line in text.splitlines():
        named = _COMMIT.findall(line)
        if not any(full.startswith(short) for short in named for full in evidence):
            found += claims(line)
    return found


def _claims(sentence: str) -> bool:
    """Whether one of its words is governed by nothing that makes it no claim."""
    end, denied = 0, False
    for found in _DONE.finditer(sentence):
        shared = end and _JOINED.fullmatch(sentence[end : found.start()])
        denied = denied if shared else _denied(sentence[: found.start()])
        if not denied:
            return True
        end = found.end()
    return False


def _denied(before: str) -> bool:
    """Whether what stands before the word turns it into something that is not claimed."""
    if _BE.search(before) or _CONDITION.search(_last(before, _ASIDE)):
        return True
    first = _LISTED.sub("", before)
    if _NEGATION.search(_last(first, _CLAUSE)):
        return True
    own = _last(first.rstrip(", "), _CLAUSE)
    return any(not _FINITE.search(own, modal.end()) for modal in _MODAL.finditer(own))


def _last(text: str, boundary: re.Pattern[str]) -> str:
    """The last words of the text's last clause."""
    return " ".join(boundary.split(text)[-1].split()[-_REACH:])
