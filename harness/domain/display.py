"""Untrusted text as display text: one pure, total function for each medium that it is shown in.

A terminal, one line of Markdown, paragraphs of Markdown, a commit message, and a frame of a prompt. Each escapes only
where it must, so that ordinary text stays as it is, and each is idempotent.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right

UNSEEN = "�"
"""What stands in the place of a character that acts instead of being seen."""
_JOINED = "\u0600-\u0dff\u0f00-\u109f\u1780-\u17ff\u1820-\u18af\ufb50-\ufdff"
"""Scripts whose spelling needs joiners; elsewhere a joiner is a character that nobody sees."""
_PICTURES = "\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    f"\U000e0000-\U000e0fff]|(?<![{_JOINED}])\u200c|(?<![{_JOINED}{_PICTURES}])\u200d"
)
"""What a terminal acts on, what turns the direction of writing, what nobody sees, and what can't be encoded."""
_ACTIVE = re.compile(
    r"(?P<pair>\\[!-/:-@\[-`{-~])|(?P<ticks>`+)|\](?=[(\[:]|\Z)|<(?=[A-Za-z/!?]|\Z)|&(?=#?\w+;)|:(?=//)"
    r"|(?<=\bwww)\.|\||(?P<last>\\\Z)"
)
"""What begins a link, an image, HTML, an entity, an address, a code span or a cell."""
_START = re.compile(
    r"[ \t]*(?:(?P<mark>[#>]|[-+*](?=[ \t]|\Z)|[-=_*~:|](?=[-=_*~:| \t]*\Z)|~(?=~~)|\[(?=[ xX]\]))"
    r"|(?P<number>[0-9]{1,9})[.)](?=[ \t]|\Z))"
)
"""What makes a line a heading, a quote, a rule, a fence, an item, a box or the end of a table's head."""
_TRAILER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*[ \t]*:|\(cherry picked|-{3}|diff -|Index:|#|.{0,9}-+ *>8")


def visible(text: str) -> str:
    """`text` without anything that a terminal would act on and nobody would see; line breaks and tabs stay."""
    return _ACTING.sub(UNSEEN, text.replace("\r\n", "\n"))


def escaped(text: str) -> str:
    """JSON `text` that holds such characters as escapes alone, so that its reader still gets them."""
    return _ACTING.sub(lambda found: json.dumps(found[0])[1:-1], text)


def flat(text: str) -> str:
    """`text`, visible, on one line."""
    return " ".join(visible(text).split("\n")) if "\n" in text else visible(text)


def indented(text: str, width: int = 2) -> str:
    """`text`, visible; what goes on after a line break stands deeper, so that no text can add a line of its own."""
    return visible(text).replace("\n", "\n" + " " * width)


def line(text: str) -> str:
    """`text` as one line of Markdown, or one cell, that holds no link, image, HTML or heading, and ends nothing."""
    # deeper, it would be code, or belong to the item before it
    return _begun(_inline(re.sub(r"\A(?:[ \t]{2,}|\t)", " ", flat(text))))


def prose(text: str) -> str:
    """`text` as paragraphs of Markdown that hold no link, image, HTML, heading, list, quote, table or fence."""
    return "\n".join(_begun(_inline(each.strip(" \t"))) for each in visible(text).split("\n"))


def code(text: str) -> str:
    """`text` as what stands between two backticks."""
    return flat(text).replace("`", "'")


def body(text: str) -> str:
    """`text` as the body of a commit message: no line of it passes for a trailer, a patch or the end of the message."""
    return "\n".join(f"> {each}" if _TRAILER.match(each) else each for each in visible(text).split("\n"))


def framed(text: str, *tags: str) -> str:
    """`text`, visible, for a place between `<tag>` and `</tag>`: it neither ends nor begins one of `tags`."""
    return re.sub(rf"<(?=[\s/]*(?:{'|'.join(map(re.escape, tags))})\b)", "&lt;", visible(text), flags=re.I)


def _inline(text: str) -> str:
    """One line with what Markdown would act on escaped; code spans that end on it stay as they are."""
    runs: dict[int, list[int]] = {}
    for found in re.finditer("`+", text):
        runs.setdefault(len(found[0]), []).append(found.start())
    out, at = [], 0
    while found_ := _ACTIVE.search(text, at):
        start, end = found_.span()
        out.append(text[at:start])
        if found_["pair"]:
            out.append(found_[0])
        elif found_["ticks"]:
            places = runs.get(len(found_[0]), [])
            after = bisect_right(places, start)
            if after < len(places):
                end = places[after] + len(found_[0])
                out.append(_celled(text[start:end]))
            else:
                out.append("\\`" * len(found_[0]))
        else:
            out.append(f"\\{found_[0]}")
        at = end
    return "".join([*out, text[at:]])


def _celled(span: str) -> str:
    """A code span within a table's cell: there a bar ends the cell even inside of it."""
    return re.sub(r"(?<!\\)\|", r"\\|", span)


def _begun(text: str) -> str:
    """The line with what would make it a block of its own escaped."""
    found = _START.match(text)
    if not found:
        return text
    at = found.end("number") if found["number"] else found.start("mark")
    return f"{text[:at]}\\{text[at:]}"
