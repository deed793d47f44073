"""openspec/backlog.md: one line an item, by hand or by the harness. What is not touched stays, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.domain.change import NAME
from harness.errors import Mistake, Refused

PATH = "openspec/backlog.md"
FORM = "`- [ ] its-name: what it is for`"
START = b"# Backlog\n\n"
LONGEST = 2_000
"""Characters of an item's line."""
_NAME = NAME.pattern
_BOM = b"\xef\xbb\xbf"
_ITEM = re.compile(
    rf"[-*+] +\[(?P<box>[ xX])\] +(?P<code>`?)(?P<name>{_NAME})(?P=code)(?: +\((?P<kind>feature|fix|docs)\))?"
    rf"(?: *: *(?P<text>.*?))?(?: +\(as (?P<change>{_NAME})\))?\s*"
)
_BULLET = re.compile(r"[-*+](?:\s|$)")
_RULE = re.compile(r"(?:[-*_]\s*){3,}")
_MARK = re.compile(rf"\(as {_NAME}\)\s*\Z")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the backlog, with the indented lines below it."""

    name: str
    text: str
    kind: str
    """feature, fix or docs; '' where the line does not say."""
    done: bool
    change: str
    """The change that takes it up; '' until there is one."""
    notes: str
    """The indented lines below, without their indent."""
    first: int
    """Index of its line, from 0."""
    last: int
    """Index of the last line that belongs to it."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the file holds: items, and what can't be read, each as a sentence with its line."""

    items: tuple[Item, ...]
    problems: tuple[str, ...]

    def find(self, name: str) -> Item:
        """The item `name`; Mistake where there is none."""
        for item in self.items:
            if item.name == name:
                return item
        known = ", ".join(item.name for item in self.items) or "none"
        raise Mistake(f"the backlog has no item {name}; it has {known}")


def read(data: bytes) -> Backlog:
    """The items of the file and what is wrong with it; Mistake where it is no text at all."""
    if b"\0" in data:
        raise Mistake(f"{PATH} is no UTF-8 text; save it as UTF-8, then try again")
    lines = _lines(data)
    items: list[Item] = []
    problems: list[str] = []
    for number in _plain(lines):
        line = lines[number]
        found = _ITEM.fullmatch(line) if len(line) <= LONGEST else None
        if found and any(item.name == found["name"] for item in items):
            problems.append(f"line {number + 1}: {found['name']} stands in the backlog already; only the first counts")
        elif found:
            items.append(_item(found, lines, number))
        elif _BULLET.match(line) and not _RULE.fullmatch(line):
            problems.append(f"line {number + 1}: {_short(line)!r} is no item; write {FORM}, or indent what is a note")
    return Backlog(tuple(items), tuple(problems))


def added(data: bytes, name: str, text: str, kind: str = "") -> bytes:
    """The file with a new item behind the last one; Refused where there is one of that name."""
    known = read(data)
    if any(item.name == name for item in known.items):
        raise Refused(f"{name} stands in the backlog already; `harness backlog list` shows it")
    said = " ".join(text.split())
    if not said or any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in said):
        raise Mistake("say in one line what it is for, in plain text")
    if len(said) > LONGEST // 2:
        raise Mistake(f"the text has {len(said)} characters; say it in {LONGEST // 2}, and more in the proposal")
    if "<!--" in said or _MARK.search(said):
        raise Mistake("the text may not hold `<!--`, nor end like the mark of a change, `(as its-name)`")
    line = f"- [ ] {name}{f' ({kind})' if kind else ''}: {said}".encode()
    rows, end = _rows(data), _end(data)
    at = known.items[-1].last + 1 if known.items else len(rows)
    before, after = b"".join(rows[:at]), b"".join(rows[at:])
    if before and not before.endswith(b"\n"):
        before += end
    whole = before + line + end + after
    if all(item.name != name for item in read(whole).items):
        raise Mistake(f"{PATH} ends inside a comment or a fence, where nothing counts; close it first")
    return whole


def dropped(data: bytes, name: str) -> tuple[bytes, str]:
    """(the file without the item and its notes, what was taken out)."""
    item, rows = read(data).find(name), _rows(data)
    gone = b"".join(rows[item.first : item.last + 1])
    kept = b"".join(rows[: item.first]) + b"".join(rows[item.last + 1 :])
    if item.first == 0 and gone.startswith(_BOM):
        kept, gone = _BOM + kept, gone.removeprefix(_BOM)
    return kept, gone.decode(errors="replace").strip("\r\n")


def marked(data: bytes, name: str, change: str) -> bytes:
    """The file with the item marked as taken up by `change`; Refused where it is done, or another one took it up."""
    item, rows = read(data).find(name), _rows(data)
    if item.done:
        raise Refused(f"{name} is ticked in the backlog already; take the tick away first if it is to be done again")
    if item.change and item.change != change:
        raise Refused(f"{name} is taken up by {item.change} already; see `harness status {item.change}`")
    if item.change:
        return data
    row = rows[item.first]
    text = row.rstrip(b" \t\r\n")
    rows[item.first] = text + f" (as {change})".encode() + row[len(text) :]
    return b"".join(rows)


def ticked(data: bytes, change: str) -> bytes:
    """The file with the box of every item ticked that `change` takes up; as it is where it holds none, or no text."""
    try:
        items = [item for item in read(data).items if not item.done and change in (item.change, item.name)]
    except Mistake:
        return data
    rows = _rows(data)
    for item in items:
        if item.change in ("", change):
            rows[item.first] = rows[item.first].replace(b"[ ]", b"[x]", 1)
    return b"".join(rows)


def _rows(data: bytes) -> list[bytes]:
    """The lines with their ends; only \\n and \\r\\n end one, whatever else Python takes for a line end."""
    return re.findall(rb"[^\n]*\n|[^\n]+\Z", data)


def _lines(data: bytes) -> list[str]:
    """The lines as text, without their ends; bytes that are no UTF-8 match nothing but stay countable."""
    rows = [row.decode("utf-8", errors="surrogateescape").rstrip("\r\n") for row in _rows(data)]
    return [rows[0].removeprefix("\ufeff"), *rows[1:]] if rows else []


def _end(data: bytes) -> bytes:
    """The line end that most lines have."""
    windows = data.count(b"\r\n")
    return b"\r\n" if windows * 2 > data.count(b"\n") else b"\n"


def _plain(lines: list[str]) -> Iterator[int]:
    """Indices of the lines that are neither in a comment nor in a fence, nor indented, nor empty."""
    until = ""
    for number, line in enumerate(lines):
        bare = line.strip()
        if until:
            until = "" if (until in bare if until == "-->" else bare.startswith(until)) else until
        elif bare.startswith("<!--"):
            until = "" if "-->" in bare else "-->"
        elif bare.startswith(("```", "~~~")):
            until = bare[:3]
        elif bare and not line[0].isspace():
            yield number


def _item(found: re.Match[str], lines: list[str], number: int) -> Item:
    last = number
    for below in range(number + 1, len(lines)):
        if lines[below].strip() and not lines[below][0].isspace():
            break
        last = below if lines[below].strip() else last
    notes = "\n".join(line.strip() for line in lines[number + 1 : last + 1])
    return Item(
        name=found["name"],
        text=found["text"] or "",
        kind=found["kind"] or "",
        done=found["box"] != " ",
        change=found["change"] or "",
        notes=notes,
        first=number,
        last=last,
    )


def _short(line: str) -> str:
    text = line.encode("utf-8", errors="replace").decode()
    return text if len(text) <= 60 else f"{text[:60]}…"
