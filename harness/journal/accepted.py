"""What the CEO accepted for the repository, in the repository's own journal. The last entry is the one that stands."""

from __future__ import annotations

from pathlib import Path

from harness.domain.event import Accepted, Entry
from harness.journal.lease import lease
from harness.journal.sqlite import SqliteJournal, Store


class Acceptances:
    """Recording the same twice in a row gives one entry, unless it is signed now."""

    def __init__(self, store: Store, home: Path) -> None:
        self._store, self._home = store, home

    def last(self) -> Accepted | None:
        """What stands; None before the first run."""
        found = self.all()
        return found[-1][1] if found else None

    def all(self) -> list[tuple[Entry, Accepted]]:
        """Every acceptance with its entry, in order."""
        return [(e, e.event) for e in SqliteJournal(self._store, "repo").read() if isinstance(e.event, Accepted)]

    def record(self, given: Accepted, over: str) -> bool:
        """Append; False where what stands is neither that already nor `over`, the subject that it was shown against."""
        with lease(self._home / "locks", "repo", wait=True):
            found = self.all()
            stands = found[-1][1] if found else None
            if stands is not None and stands.subject == given.subject and not given.signature:
                return True
            if given.signature and given.after != (found[-1][0].hash if found else ""):
                return False
            if (stands.subject if stands else "") != over:
                return False
            SqliteJournal(self._store, "repo").append(given)
            return True
