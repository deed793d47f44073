"""The changelog tells readers about the change."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.entry import MOST_BYTES, Entry, entries, releases
from harness.gates.result import finding, judged
from harness.ports import Bench, Sandbox, Subject

NAME = "changelog"
_KEPT = 0.5
"""The part of an entry's words that has to stand in new lines for it to be reworded, and not deleted."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    return "" if config.changelog.path else "harness.toml has an empty [changelog] path: name the file"


def check(subject: Subject, bench: Bench) -> GateResult:
    """Compare the changelog of the base with that of the tree that would be merged."""
    path = subject.config.changelog.path
    after = bench.read(subject.tree, path)
    if after is None:
        return judged(NAME, subject, [finding("changelog-missing", "there is no changelog: create it", path)])
    before = bench.read(subject.base, path) or b""
    known, old = {entry.words for entry in entries(before)}, _released(before, after)
    added = [entry for entry in entries(after) if entry.words not in known]
    new = {entry.words for entry in added if entry.release not in old}
    text = "no new entry: add a line under the unreleased heading that says what changes for the reader"
    if added and not new:
        text = f"no new entry but below {added[0].release}, which is released: add it under the unreleased heading"
    found = [] if new else [finding("changelog-entry", text, path)]
    found += _deleted(subject, bench, entries(before), entries(after), added)
    return judged(NAME, subject, found, figures={"lines": len(new)})


def _released(before: bytes, after: bytes) -> Collection[str]:
    """Releases of the base that are closed: all but the newest where nothing is under way above it."""
    known, now = releases(before), releases(after)
    newest = {now[0]} if now else set()
    if all(now) and len(now) > 1 and _order(now[0]) < _order(now[-1]):
        newest.add(now[-1])
    return {name for name in known if name} - newest


def _order(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.replace("-", ".").split(".") if part.isdecimal() and len(part) < 10)


def _deleted(
    subject: Subject, bench: Bench, before: list[Entry], after: list[Entry], added: list[Entry]
) -> Iterator[Finding]:
    """Entries of the base that stand nowhere any more: neither moved, nor reworded, nor in another file."""
    now = {entry.words for entry in after}
    gone = [entry for entry in before if entry.listed and entry.words not in now]
    if not gone:
        return
    path = subject.config.changelog.path
    changed = bench.changed(subject.base, subject.tree)
    kin = [each for each, letter in changed.items() if letter != "D" and each != path and _suffix(each, path)]
    said = {sign for entry in added for sign in _signs(entry.words)}
    for each in kin:
        data = bench.read(subject.tree, each) or b""
        now |= {entry.words for entry in entries(data)} if len(data) <= MOST_BYTES else set()
    for entry in gone:
        signs = _signs(entry.words)
        if entry.words not in now and len(signs & said) < _KEPT * len(signs):
            text = f"the entry {entry.words[:80]!r} of the base is gone: put it back, for its readers rely on it"
            yield finding("changelog-deleted", text, path)


def _suffix(one: str, other: str) -> bool:
    return one.rpartition(".")[2] == other.rpartition(".")[2]


def _signs(words: str) -> set[str]:
    """The words; of scripts without spaces the characters."""
    return {sign for word in words.split() for sign in ([word] if word.isascii() else word)}
