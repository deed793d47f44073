"""The approvals channel: numbered messages in the repository's own journal, and a file that shows them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from harness.domain.display import line, visible
from harness.domain.event import Entry, Message
from harness.journal.lease import lease
from harness.journal.sqlite import SqliteJournal, Store

NAME = "#vpe-cto-approvals"


class Channel:
    """Posting a key twice gives the same number."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store, self._home = store, home

    @property
    def file(self) -> Path:
        """Where the channel can be read."""
        return self._home / "channels" / "vpe-cto-approvals.md"

    def post(self, key: str, author: str, text: str) -> int:
        """The message's number; looks first, so that a crash never posts twice."""
        with lease(self._home / "locks", "repo", wait=True):
            journal = SqliteJournal(self._store, "repo")
            entries = journal.read()
            known = next((e.event for e in entries if isinstance(e.event, Message) and e.event.key == key), None)
            if known is None:
                number = 1 + sum(isinstance(e.event, Message) for e in entries)
                known = Message(channel=NAME, number=number, key=key, author=author, text=text)
                entries.append(journal.append(known))
            self._show(entries)
            return known.number

    def _show(self, entries: list[Entry]) -> None:
        """Write the file anew: the journal is the record, the file only shows it."""
        parts = [f"# {NAME}\n"]
        for entry in entries:
            if isinstance(entry.event, Message):
                when = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
                head = f"## msg #{entry.event.number} — {line(entry.event.author)}, {when}"
                parts.append(f"{head}\n\n{_within(entry.event.text.rstrip())}\n")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        part.write_text("\n".join(parts), encoding="utf-8")
        part.replace(self.file)


def _within(text: str) -> str:
    """A message's text, of which no line passes for the head of another message."""
    return re.sub(r"^([ ]{0,3})(?=#{1,6}[ \t]+msg\b)", r"\1\\", visible(text), flags=re.M)
