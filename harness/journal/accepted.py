"""What the CEO accepted for the repository, in the repository's own journal. The last entry is the one that stands."""

from __future__ import annotations

from pathlib import Path

from harness.domain.event import Accepted
from harness.journal.lease import lease
from harness.journal.sqlite import SqliteJournal, Store


class Acceptances:
    """Recording the same twice in a row gives one entry."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store, self._home = store, home

    def last(self) -> Accepted | None:
        """What stands; None before the first run."""
        entries = SqliteJournal(self._store, "repo").read()
        return next((e.event for e in reversed(entries) if isinstance(e.event, Accepted)), None)

    def record(self, given: Accepted, over: str) -> bool:
        """Append; False where what stands is neither that already nor `over`, the subject that it was shown against."""
        with lease(self._home / "locks", "repo", wait=True):
            stands = self.last()
            if stands is not None and stands.subject == given.subject:
                return True
            if (stands.subject if stands else "") != over:
                return False
            SqliteJournal(self._store, "repo").append(given)
            return True
