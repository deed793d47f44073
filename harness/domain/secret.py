"""What looks like a secret in a text that the harness did not write, and the mark that takes its place."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote, urlsplit

from harness.domain.digest import digest_bytes


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of secret."""

    name: str
    anchors: tuple[str, ...]
    """Texts of which one is in every such secret: without one of them nothing is searched."""
    form: str
    """What it looks like, from where no word goes on; the group `secret` is what is replaced, where it is not all."""


_PEM = r"(?:\s|\\[nrt]|[\"'+,]|[A-Z][A-Za-z-]{1,20}: [^\n\\]{0,100}(?:\n|\\n)){0,40}"
_LINES = r"(?:[A-Za-z0-9+/]{16,2000}={0,2}(?:\s|\\[nr]){0,8}){1,400}(?:[A-Za-z0-9+/]{1,15}={1,2})?"
"""Base64, its lines broken as in a file or as in a string."""
_SAMPLE = (
    r"(?!(?i:pass|passw|password|passwd|pwd|secret|pw|user|username|root|admin|guest|test|tester|postgres|mysql|mongo"
    r"|redis|rabbitmq|changeme|change_me|example|token|x+|y+|\*+|\.+|your\w*|my\w*|some\w*|dummy\w*|fake\w*|foo\w*|bar"
    r"|baz|1234\w*|abc\w*|hunter2)@)"
)
"""Passwords of examples."""
_ELSEWHERE = (
    r"(?!127\.|0\.0\.0\.0|example\.|host\.(?:docker|containers)\.internal\b|gateway\.docker\.internal\b"
    r"|[\w.-]{1,100}\.(?:example|test|invalid|local|localhost)\b)"
    r"(?=[A-Za-z0-9-]{1,63}\.[A-Za-z0-9])"
)
"""A host that is none of an example, of this machine, or of a group of containers."""
KINDS = (
    Kind(
        "private key", ("PRIVATE KEY",),
        rf"-----BEGIN [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----(?={_PEM}[A-Za-z0-9+/=]{{16}})"
        r"(?:(?:[^-]|-(?!-)){0,20000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        rf"|{_PEM}{_LINES})",
    ),
    Kind("private key", ("Private-Lines: ",), rf"Private-Lines: \d{{1,3}}\s{{1,2}}{_LINES}"),
    Kind("age key", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    Kind("anthropic key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_-]{20,}"),
    Kind("api key", ("sk-",), r"sk-(?=[A-Za-z0-9_-]{0,60}[0-9])(?=[A-Za-z0-9_-]{0,60}[A-Z])[A-Za-z0-9_-]{32,}"),
    Kind("aws key", ("AKIA", "ASIA"), r"(?:AKIA|ASIA)(?![0-9A-Z]{9}EXAMPLE)[0-9A-Z]{16}\b"),
    Kind(
        "aws secret", ("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        r"(?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY|SecretAccessKey)[\"']?\s{0,9}[=:]\s{0,9}[\"']?"
        r"(?P<secret>(?![A-Za-z0-9/+]{30}EXAMPLEKEY)[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    Kind(
        "azure key", ("AccountKey=", "SharedAccessKey="),
        r"(?:AccountKey|SharedAccessKey)=(?P<secret>[A-Za-z0-9+/]{43}(?:[A-Za-z0-9+/]{43}=)?=)",
    ),
    Kind("azure secret", ("Q~",), r"(?<![\w.~-])[A-Za-z0-9_.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}(?![\w.~-])"),
    Kind(
        "github token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})",
    ),
    Kind("gitlab token", ("gl",), r"gl(?:pat|ptt|dt|rt|cbt|soat|ft|imt|agent)-[A-Za-z0-9_-]{20,}"),
    Kind("slack token", ("xox", "xapp-"), r"(?:xox[abposr]|xapp)-[A-Za-z0-9-]{20,}"),
    Kind(
        "slack address", ("hooks.slack.com/",),
        r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}",
    ),
    Kind("google key", ("AIza",), r"AIza[A-Za-z0-9_-]{35}\b"),
    Kind("google secret", ("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_-]{28}\b"),
    Kind("google token", ("ya29.",), r"ya29\.[A-Za-z0-9_-]{40,}"),
    Kind("npm token", ("npm_",), r"npm_[A-Za-z0-9]{36}\b"),
    Kind("npm token", ("_authToken",), r"_authToken\s{0,3}=\s{0,3}[\"']?(?P<secret>[A-Za-z0-9+/=_.-]{16,})"),
    Kind("pypi token", ("pypi-AgE",), r"pypi-AgE[A-Za-z0-9_-]{50,}"),
    Kind(
        "stripe key", ("k_live_", "k_test_", "whsec_"),
        r"(?:[sr]k_(?:live|test)_[A-Za-z0-9]{20,}|whsec_[A-Za-z0-9+/]{32,})",
    ),
    Kind("sendgrid key", ("SG.",), r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    Kind("twilio key", ("SK",), r"SK[0-9a-f]{32}\b"),
    Kind("hugging face token", ("hf_",), r"hf_[A-Za-z]{34}\b"),
    Kind("digitalocean token", ("_v1_",), r"do[opr]_v1_[0-9a-f]{64}\b"),
    Kind("shopify token", ("shp",), r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    Kind("databricks token", ("dapi",), r"dapi[0-9a-f]{32}\b"),
    Kind("vault token", ("hvs.", "hvb."), r"hv[sb]\.[A-Za-z0-9_-]{24,}"),
    Kind("telegram token", (":AA",), r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    Kind(
        "password", ("://",),
        rf"://[^\s:/@?#\"'`<>\[\]{{}}()$%*\\]{{0,100}}:(?P<secret>{_SAMPLE}[^\s:/@?#\"'`<>\[\]{{}}()$*\\|]{{6,200}})"
        rf"@{_ELSEWHERE}",
    ),
)  # fmt: skip
"""Only forms that hardly anything else has, so that code is left alone. Tokens that a program under test issues, such
as JWTs, are not among them: roles have to read and compare them."""
_MARK = re.compile(r"\[redacted [a-z ]+ [0-9a-f]{12}\]")
_BETWEEN = "".join(map(chr, range(33))) + "\"'\\+,"
"""What a known value may be broken up with: white space, quotes, and what joins strings."""
_DROPPED = dict.fromkeys(map(ord, _BETWEEN))
SHORTEST = 8
"""Characters of a known value that is looked for; shorter ones would hit ordinary words."""
_SURE = 16
"""Characters from which on a known value is also looked for in other forms."""


def in_use(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets that the harness itself works with: the endpoint's key, its token, the password of its address."""
    found = [environment.get(name, "").strip() for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")]
    with suppress(ValueError):
        found.append(urlsplit(environment.get("ANTHROPIC_BASE_URL", "")).password or "")
    return tuple(value for value in found if len(value) >= SHORTEST)


def redacted(text: str, known: Iterable[str] = ()) -> str:
    """`text` with each secret replaced by its kind and digest; `known` values, such as the key in use, too."""
    for value in known:
        text = _without(text, value)
    for kind in KINDS:
        if any(anchor in text for anchor in kind.anchors):
            text = _form(kind).sub(partial(_replaced, kind.name), text)
    return text


def scrubbed(value: Any, known: Iterable[str] = ()) -> Any:
    """A JSON value with every text in it redacted, names of members as well."""
    sure = tuple(known)
    if isinstance(value, str):
        return redacted(value, sure)
    if isinstance(value, dict):
        return {scrubbed(name, sure): scrubbed(each, sure) for name, each in value.items()}
    return [scrubbed(each, sure) for each in value] if isinstance(value, list | tuple) else value


def cleaned(data: bytes, known: Iterable[str] = ()) -> bytes:
    """A report's bytes, redacted; those without a secret come back as they are."""
    text = data.decode("utf-8", errors="surrogateescape")
    said = redacted(text, known)
    return data if said == text else said.encode("utf-8", errors="surrogateescape")


def told(text: str, known: Iterable[str] = ()) -> str:
    """The kind of the first secret in `text`, such as `aws key`; '' if there is none."""
    said = redacted(_MARK.sub("", text), known)
    mark = _MARK.search(said)
    return mark[0].removeprefix("[redacted ").rpartition(" ")[0] if mark else ""


@dataclass(frozen=True, slots=True)
class Place:
    """A secret in a text, without itself."""

    kind: str
    digest: str
    at: int
    """Its offset."""


def places(text: str) -> list[Place]:
    """Where a text holds what has the form of a secret."""
    found = []
    for kind in KINDS:
        for match in _form(kind).finditer(text) if any(anchor in text for anchor in kind.anchors) else ():
            if _replaced(kind.name, match) != match[0]:
                value = match["secret"] if "secret" in match.re.groupindex else match[0]
                found.append(Place(kind.name, _short(value), match.start()))
    return found


def holds(value: Any, known: Iterable[str]) -> bool:
    """Whether a text, or one within a JSON value, holds one of the `known` values, in whatever form."""
    sure = tuple(known)
    if isinstance(value, str):
        return any(_without(value, each) != value for each in sure)
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return any(holds(each, sure) for each in inner)


def marked(text: str) -> bool:
    """Whether `text` holds a mark: whoever writes it back would destroy what it stands for."""
    return bool(_MARK.search(text))


@lru_cache(len(KINDS))
def _form(kind: Kind) -> re.Pattern[str]:
    return re.compile(kind.form)


def _replaced(name: str, found: re.Match[str]) -> str:
    """The match with its secret part, or all of it, as a mark; as it is where it is the end of a longer word."""
    # not a part of the form, which is found many times faster where it begins with plain letters
    before = found.string[max(0, found.start() - 1) : found.start()]
    if found[0][0].isalnum() and (before.isalnum() or before == "_"):
        return found[0]
    if "secret" not in found.re.groupindex:
        return _mark(name, found[0])
    start, end = found.span("secret")
    return found.string[found.start() : start] + _mark(name, found["secret"]) + found.string[end : found.end()]


def _without(text: str, value: str) -> str:
    """`text` without a known value: as it is, broken up, backwards, or in the usual encodings."""
    if len(value) < SHORTEST:
        return text
    mark = _mark("key in use", value)
    text = text.replace(value, mark)
    if len(value) < _SURE:
        return text
    squeezed = text.translate(_DROPPED)
    for form in _forms(value):
        if form.translate(_DROPPED) in squeezed:
            text = _broken(form).sub(mark, text)
    return text


@lru_cache(64)
def _forms(value: str) -> tuple[str, ...]:
    """How a known value may be written: itself, backwards, in base64 at each offset, in hex, in escapes."""
    data = value.encode(errors="surrogatepass")
    found = [value, value[::-1], data.hex(), data.hex().upper()]
    for offset in range(3):
        # the characters at both ends hold bits of what stands beside it
        first, last = -(-offset * 8 // 6), (offset + len(data)) * 8 // 6
        inner = base64.b64encode(b"\0" * offset + data + b"\0\0")[first:last].decode()
        found += [inner, inner.replace("+", "-").replace("/", "_")]
    for each in ("%{:02x}", "%{:02X}", "\\x{:02x}", "\\u{:04x}", "&#{};", "\\{:03o}"):
        found.append("".join(each.format(byte) for byte in data))
    for escapes in (quote(data, safe=""), quote(data)):
        found += [escapes, re.sub("%..", lambda each: each[0].lower(), escapes)]
    return tuple(dict.fromkeys(found))


@lru_cache(64)
def _broken(form: str) -> re.Pattern[str]:
    """`form`, with what may break it up between its characters."""
    between = f"[{re.escape(_BETWEEN)}]{{0,80}}"
    return re.compile(between.join(re.escape(each) for each in form.translate(_DROPPED)))


def _mark(kind: str, value: str) -> str:
    return f"[redacted {kind} {_short(value)}]"


def _short(value: str) -> str:
    return digest_bytes(value.encode(errors="surrogatepass"))[:12]
