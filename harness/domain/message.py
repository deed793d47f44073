"""Commit messages: what a conventional, imperative message looks like."""

from __future__ import annotations

import re

from harness.domain.display import visible

TYPES = ("feat", "fix", "docs", "test", "chore", "refactor", "perf")
MOST = 71
"""Characters that a header may have."""
_VOUCHING = """change approval approval-chain approved-by spec-lock spec-base gated-tree gate release signed-off-by
acked-by reviewed-by tested-by co-authored-by co-developed-by authored-by committed-by"""
OTHERS = frozenset(_VOUCHING.split())
"""Trailers, in lower case, by which the harness or a person vouches for a commit."""
_TRAILER = re.compile(r"\s*([A-Za-z-]+)\s*:")
_HEADER = re.compile(r"(?P<type>[^\s(!:]+)(?P<scope>\([^()]*\))?(?P<breaks>!)?: (?P<subject>\S.*)")
_SCOPE = re.compile(r"\([a-z0-9][a-z0-9/_.-]*\)")
_SUFFIX = re.compile(r"[a-z]+ed|[a-z]{2,}ing|[a-z]{2,}[^suiy\W]s")
_VERBS = """access address alias assess bias bring bus bypass canvas compress cross discuss dismiss embed exceed express
feed focus guess miss need pass ping press proceed process seed shed speed spring sting stress string suppress swing
breed bleed wing ring sing fling sling cling wring succeed weed shred wed"""
"""Imperatives that end like another form."""
_OTHERS = """made wrote built did does got ran began broke chose found gave kept left rewrote sent took
was were is has had goes done this these that the a an some my our new"""
"""Words that are no imperative although they end like one."""
_IMPERATIVE, _OTHER = frozenset(_VERBS.split()), frozenset(_OTHERS.split())


def problems(message: str) -> list[str]:
    """What is wrong with a commit message, one sentence each; empty if nothing is."""
    lines = message.rstrip().split("\n")
    header = lines[0].rstrip("\r")
    if not header.strip():
        return ["the message is empty: write `type(scope): what the commit does`"]
    found = _header(header)
    if len(header) > MOST:
        found.append(f"the header has {len(header)} characters; keep it under {MOST + 1}")
    if len(lines) > 1 and lines[1].strip():
        found.append("the second line is not empty: leave a blank line between header and body")
    if visible(message) != message.replace("\r\n", "\n"):
        found.append("the message holds control characters, or characters that nobody sees")
    return found


def claims(message: str) -> list[str]:
    """Trailers of a message that only the harness or a person can set, one sentence each; a role has no say in them."""
    found = [match[1] for row in message.splitlines() if (match := _TRAILER.match(row)) and match[1].lower() in OTHERS]
    return [f"{name}: is not yours to say: leave that line out" for name in dict.fromkeys(found)]


def _header(header: str) -> list[str]:
    match = _HEADER.fullmatch(header)
    if not match:
        return [f"the header {header[:60]!r} is not conventional: write `type(scope): subject`, such as `fix: …`"]
    found = []
    if match["type"] not in TYPES:
        found.append(f"the type {match['type'][:20]!r} is not one of {', '.join(TYPES)}")
    if match["scope"] and not _SCOPE.fullmatch(match["scope"]):
        found.append(f"the scope {match['scope'][:40]} must be lower-case letters, digits and - _ . /")
    word = re.split(r"[\s,;:]", match["subject"], maxsplit=1)[0]
    if not imperative(word):
        found.append(f"{word[:30]!r} is not the imperative: start with a verb such as add, fix, remove")
    return found


def imperative(word: str) -> bool:
    """Whether `word` can be an English imperative, as far as its form tells."""
    plain = word.lower().strip("`'\"()")
    if not plain or plain in _OTHER:
        return False
    return plain in _IMPERATIVE or not _SUFFIX.fullmatch(plain)
