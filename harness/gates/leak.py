"""A secret that a file holds, without the secret: from the forms that we know, and from what detect-secrets reports."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from harness.domain.secret import places

PLUGINS = (
    "IPPublicDetector", "PrivateKeyDetector", "BasicAuthDetector", "ArtifactoryDetector", "CloudantDetector",
    "IbmCloudIamDetector", "IbmCosHmacDetector", "SoftlayerDetector",
)  # fmt: skip
"""Left out: no secret, told better by forms of ours, or alarmed by ordinary words and digests."""
FILTERS = (
    "allowlist.is_line_allowlisted", "heuristic.is_swagger_file", "heuristic.is_non_text_file",
    "heuristic.is_lock_file",
)  # fmt: skip
"""Left out: a comment, a folder's name or a file's name would switch it off."""
GUESSED = frozenset(
    {"Secret Keyword", "Base64 High Entropy String", "Hex High Entropy String", "JSON Web Token", "Twilio API Key"}
)
"""What detect-secrets only guesses from names and entropy."""
_NAMED = re.compile(
    r"pass(?:word|wd|phrase|code)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|auth[-_]?key|credential"
    r"|(?:encryption|signing|master|client|service|account|license)[-_]?key|bearer",
    re.I,
)
_UNNAMED = re.compile(
    r"hash|digest|checksum|sha\d|md5|fingerprint|commit|etag|integrity|public[-_]?key|url|uri|path"
    r"|field|name|header|label|message|pattern|regex|prefix|format|type|column",
    re.I,
)
_PLACEHOLDER = re.compile(
    r"example|sample|change[-_ ]?me|placeholder|dummy|fake|your[-_ ]|my[-_]|xxx|\*\*\*|<[^>]*>|\$\{|\{\{|%\(|%s"
    r"|redacted|insert|replace|lorem|^(?:secret|password)-?\d{0,3}$|^(?:test|demo|dev|local|mock|stub|invalid|wrong|bad)",
    re.I,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_WORDS = re.compile(
    r"[A-Za-z]{2,}(?:[-_.:/ ]+[A-Za-z]{2,})*[-_.:]?v?\d{0,2}|[\w.-]+\([^)]*\)?|[\w.]+\[[^\]]*\]?|[A-Z_]+"
)
"""Names, and what calls or indexes something."""
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|[=:]\s*([^\s\"'`,;]+)")
_JOINED = re.compile(r"([\"'])(?:[ \t]*\+[ \t]*|[ \t]+)[rRbBuUfF]{0,2}\1")
"""What stands between two strings of a line that the language joins."""
_MOST_LINE = 4000
_LEAST, _ENTROPY = 8, 2.9
"""Characters, and bits for each of them, that a guessed secret has at least."""

_LISTED = re.compile(r"([\"'])\s*,\s*\1")
_ENDS = re.compile(r"[\"'][ \t]*[+\\]?[ \t]*$")
_GOES_ON = re.compile(r"[ \t]*\+?[ \t]*[bf]?[\"']")


@dataclass(frozen=True, slots=True)
class Leak:
    """One secret in one file."""

    kind: str
    digest: str
    """The first digits of a digest, by which two of them are told apart."""
    path: str
    line: int
    guessed: bool = False
    """Whether it is one only by its name or its entropy."""


def joined(text: str) -> str:
    """`text` with strings that stand beside each other, or are added, as one; its lines stay where they are."""
    return "\n".join(_JOINED.sub("", line) if len(line) <= _MOST_LINE else line for line in text.split("\n"))


def across(text: str) -> str:
    """`text` with strings that go on in the next line, or that `join` puts together, as one in the line where they
    begin; its lines stay where they are."""
    out: list[str] = []
    head = -1
    for line in text.split("\n"):
        if "join(" in line and len(line) <= _MOST_LINE:
            line = _LISTED.sub("", line)
        begun = _ENDS.search(out[head]) if head >= 0 else None
        goes = _GOES_ON.match(line) if begun and len(out[head]) + len(line) <= _MOST_LINE else None
        if begun and goes:
            out[head] = out[head][: begun.start()] + line[goes.end() :]
            out.append("")
        else:
            out.append(line)
            head = len(out) - 1
    return "\n".join(out)


def known(path: str, text: str) -> Iterator[Leak]:
    """Secrets by the forms that we know."""
    for place in places(text):
        yield Leak(place.kind, place.digest, path, text.count("\n", 0, place.at) + 1)


def reported(report: bytes, lines: dict[str, list[str]]) -> Iterator[Leak] | None:
    """What detect-secrets found in the files whose lines are given, placeholders left out; None for no report."""
    try:
        rows = [row for found in json.loads(report)["results"].values() for row in found]
        parsed = [(str(r["type"]), str(r["filename"]), str(r["hashed_secret"]), int(r["line_number"])) for r in rows]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return (
        Leak(kind.lower(), digest[:12], path.removeprefix("./"), line, kind in GUESSED)
        for kind, path, digest, line in parsed
        if _real(kind, digest, (lines.get(path.removeprefix("./")) or [])[line - 1 : line])
    )


def settings(path: str, text: str) -> Iterator[Leak]:
    """Secrets that a file of settings such as `.env` says under a name: `KEY=value` lines, placeholders left out."""
    for number, line in enumerate(text.splitlines()[:20_000], 1):
        name, mark, said = line[:_MOST_LINE].partition("=")
        if mark and not name.lstrip().startswith(("#", ";", "//")) and _guess(name, said.strip().strip("\"'")):
            yield Leak("setting", hashlib.sha256(said.encode(errors="replace")).hexdigest()[:12], path, number, True)


def _real(kind: str, digest: str, line: list[str]) -> bool:
    text = line[0][:_MOST_LINE] if line else ""
    for match in _QUOTED.finditer(text):
        value = next(group for group in match.groups() if group is not None)
        if hashlib.sha1(value.encode(errors="replace"), usedforsecurity=False).hexdigest() != digest:
            continue
        if kind == "JSON Web Token":
            return not _PLACEHOLDER.search(value)
        return _guess(text[: match.start()], value) if kind in GUESSED else not re.search("example", value, re.I)
    # not to be found as one value: a token inside a longer text, which has a form of its own
    return kind not in GUESSED and "example" not in text.lower()


def _guess(name: str, value: str) -> bool:
    """Whether a value under a name can be a secret, and no placeholder, identifier, digest or address."""
    key = re.split(r"[,;{(]", name)[-1]
    if not _NAMED.search(key) or _UNNAMED.search(key):
        return False
    if len(value) < _LEAST or re.search(r"\s|://", value) or value.startswith(("/", "./", "$", "@")):
        return False
    if _PLACEHOLDER.search(value) or _UUID.fullmatch(value) or _WORDS.fullmatch(value):
        return False
    mixed = bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value)) or bool(re.search(r"[^\w.:/-]", value))
    return mixed and _bits(value) >= _ENTROPY


def _bits(value: str) -> float:
    """Shannon's entropy in bits for each character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
