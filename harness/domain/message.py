"""Commit messages: what a conventional, imperative message looks like."""

from __future__ import annotations

import re

from harness.domain.display import visible
from harness.domain.mood import strange

TYPES = ("feat", "fix", "docs", "test", "chore", "refactor", "perf")
MOST = 71
"""Characters that a header may have: under 72, so that the description after its type is shorter still."""
_VOUCHING = """change approval approval-chain approved-by spec-lock spec-base gated-tree gate release signed-off-by
acked-by reviewed-by tested-by co-authored-by co-developed-by authored-by committed-by"""
OTHERS = frozenset(_VOUCHING.split())
"""Trailers, in lower case, by which the harness or a person vouches for a commit."""
_TRAILER = re.compile(r"\s*([A-Za-z-]+)\s*:")
_HEADER = re.compile(r"(?P<type>[^\s(!:]+)(?P<scope>\([^()]*\))?(?P<breaks>!)?: (?P<subject>\S.*)")
_SCOPE = re.compile(r"\([a-z0-9][a-z0-9/_.-]*\)")
_ISSUE = re.compile(r"(?<![\w&/#])#[1-9]\d*\b|\bGH-\d+\b")
_CLOSES = re.compile(r"(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)[ :]+(?:[\w./-]*#\d+|GH-\d+)\.?", re.I)
"""A line that only refers to an issue."""
_FOOTER = re.compile(r"(?:BREAKING CHANGE|[A-Za-z][A-Za-z0-9-]*)(?:: | #).*\S")
_BREAKING = re.compile(r"BREAKING[ -]CHANGE.*|(?i:breaking[ \t_-]*changes?)[ \t]*(?:[:#!–—-].*)?")
"""What, where a paragraph begins, can only be meant as the footer of a breaking change."""
_BREAKS = re.compile(r"BREAKING[ -]CHANGE: \S.*")
_UNFINISHED = re.compile(r"(?:fixup|squash|amend)! ", re.I)
_WIP = re.compile(r"\W*(?:wip|work[ -]in[ -]progress)\b", re.I)
_MERGED = re.compile(r"Merge (?:branch|pull request|remote-tracking branch|tag|commit) ")
_REVERTED = re.compile(r'Revert ".*|revert(?:\([^()]*\))?!?: .*', re.S)
_FORMS = (
    (_UNFINISHED, "is to be squashed into another commit: do that first"),
    (_MERGED, "is a merge's: the branch must be a straight line"),
    (_REVERTED, "is no type of ours: write `fix: revert …`, and which commit in a footer such as `Refs: 1a2b3c4`"),
    (_WIP, "says that the work is not done: finish it, then say what the commit does"),
)
"""(what a header begins with, what is wrong with it) for headers that git and people make."""


def problems(message: str) -> list[str]:
    """What is wrong with a commit message, one sentence each; empty if nothing is."""
    lines = message.rstrip().split("\n")
    header = lines[0].rstrip("\r")
    if not header.strip():
        return ["the message is empty: write `type(scope): what the commit does`"]
    found = _header(header)
    if _ISSUE.search(header):
        found.append("the header names an issue: put it into a footer, such as `Closes #123`")
    if len(header) > MOST:
        found.append(f"the header has {len(header)} characters; keep it under {MOST + 1}")
    if len(lines) > 1 and lines[1].strip():
        found.append("the second line is not empty: leave a blank line between header and body")
    found += _footers([line.rstrip("\r") for line in lines[1:]])
    if visible(message) != message.replace("\r\n", "\n"):
        found.append("the message holds control characters, or characters that nobody sees")
    return found


def proposing(name: str) -> str:
    """The message of the CEO's own commit with the proposal; without the scope where the name is too long for one."""
    scoped = f"docs({name}): propose the change"
    return scoped if len(scoped) <= MOST else "docs: propose the change"


def claims(message: str) -> list[str]:
    """Trailers of a message that only the harness or a person can set, one sentence each; a role has no say in them."""
    found = [match[1] for row in message.splitlines() if (match := _TRAILER.match(row)) and match[1].lower() in OTHERS]
    return [f"{name}: is not yours to say: leave that line out" for name in dict.fromkeys(found)]


def _header(header: str) -> list[str]:
    for form, wrong in _FORMS:
        if form.match(header):
            return [f"the header {header[:60]!r} {wrong}"]
    match = _HEADER.fullmatch(header)
    if not match:
        return [f"the header {header[:60]!r} is not conventional: write `type(scope): subject`, such as `fix: …`"]
    found = []
    if match["type"] not in TYPES:
        found.append(f"the type {match['type'][:20]!r} is not one of {', '.join(TYPES)}")
    if match["scope"] and not _SCOPE.fullmatch(match["scope"]):
        found.append(f"the scope {match['scope'][:40]} must be lower-case letters, digits and - _ . /")
    if _WIP.match(match["subject"]):
        return [*found, f"the subject {match['subject'][:40]!r} {_FORMS[-1][1]}"]
    word = strange(match["subject"])
    if word:
        found.append(f"{word[:30]!r} is not the imperative: start with a verb such as add, fix, remove")
    return found


def _footers(lines: list[str]) -> list[str]:
    """What is wrong with the footers among the lines below the header: how they are written, and where they stand."""
    found = []
    paragraphs = [
        part.split("\n") for part in re.split(r"\n(?:[ \t]*\n)+", "\n".join(lines).strip("\n")) if part.strip()
    ]
    for number, (first, *more) in enumerate(paragraphs):
        opens, follows = _footer(first), False
        if _BREAKING.fullmatch(first.strip()) and not _BREAKS.fullmatch(first.strip()):
            found.append(f"{first[:40]!r} is no footer: write `BREAKING CHANGE: what breaks, and what to do`")
        for later in paragraphs[number + 1 :]:
            if later[0].startswith(("BREAKING CHANGE: ", "BREAKING-CHANGE: ")):
                break
            follows = follows or not _footer(later[0])
        for line in (first, *more):
            lost = (not opens or follows) and _CLOSES.fullmatch(line.strip())
            if lost or (not opens and _BREAKS.fullmatch(line)):
                found.append(f"{line[:40]!r} stands in the body: footers are the last paragraph, after a blank line")
    return found


def _footer(line: str) -> bool:
    return bool(_FOOTER.fullmatch(line.strip()) or _CLOSES.fullmatch(line.strip()))
