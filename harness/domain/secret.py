"""What looks like a secret in a tool's output, and the mark that takes its place."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.domain.digest import digest_bytes

KINDS: dict[str, str] = {
    "private key": r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)",
    "anthropic key": r"\bsk-ant-[A-Za-z0-9_-]{20,}",
    "api key": r"\bsk-[A-Za-z0-9_-]{32,}",
    "aws key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "github token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})",
    "gitlab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "slack token": r"\bxox[abposr]-[A-Za-z0-9-]{20,}",
    "google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
}
"""kind -> what it looks like; only forms that hardly anything else has, so that code is left alone"""
_ANY = re.compile("|".join(f"({form})" for form in KINDS.values()), re.S)
_MARK = re.compile(r"\[redacted [a-z ]+ [0-9a-f]{12}\]")
SHORTEST = 8
"""Characters of a known value that is looked for; shorter ones would hit ordinary words."""


def redacted(text: str, known: Iterable[str] = ()) -> str:
    """`text` with each secret replaced by its kind and digest; `known` values, such as the key in use, too."""
    for value in known:
        if len(value) >= SHORTEST:
            text = text.replace(value, _mark("key in use", value))
    return _ANY.sub(lambda found: _mark(_kind(found), found[0]), text)


def marked(text: str) -> bool:
    """Whether `text` holds a mark: whoever writes it back would destroy what it stands for."""
    return bool(_MARK.search(text))


def _kind(found: re.Match[str]) -> str:
    return list(KINDS)[(found.lastindex or 1) - 1]


def _mark(kind: str, value: str) -> str:
    return f"[redacted {kind} {digest_bytes(value.encode(errors='surrogatepass'))[:12]}]"
