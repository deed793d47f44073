"""A repository that the harness is used in: where things lie, and what can be read without any heavy package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.domain.change import Change
from harness.domain.event import Entry
from harness.errors import Mistake
from harness.flow.fold import State, fold
from harness.flow.spend import Spend
from harness.journal.channel import Channel
from harness.journal.lease import driven
from harness.journal.sqlite import Inbox, SqliteJournal, Store
from harness.llm import pricing
from harness.workspace.locate import home, locate


@dataclass(frozen=True, slots=True)
class Site:
    """One repository."""

    top: Path
    common: Path
    home: Path
    store: Store

    @property
    def locks(self) -> Path:
        return self.home / "locks"

    def journal(self, run: str) -> SqliteJournal:
        return SqliteJournal(self.store, run)

    def inbox(self, run: str) -> Inbox:
        return Inbox(self.store, run)

    def channel(self) -> Channel:
        return Channel(self.store, self.home)

    def entries(self, run: str) -> list[Entry]:
        """The run's entries; Mistake if there is no such run."""
        found = self.journal(run).read()
        if not found:
            known = ", ".join(self.store.runs()) or "none yet"
            raise Mistake(f"there is no run of {run}; runs here: {known}")
        return found

    def state(self, run: str) -> State:
        return fold(self.entries(run))

    def driven(self, run: str) -> bool:
        """Whether a driver is at work on it now."""
        return driven(self.locks, run)

    def drift(self, change: Change, recorded: str) -> bool:
        """Whether the proposal in the user's tree differs from the one that the run works with."""
        try:
            own = (self.top / change.folder / "proposal.md").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return False
        return bool(recorded) and own != recorded


def site(start: Path) -> Site:
    """The repository that `start` lies in; Mistake if it is none."""
    top, common = locate(start)
    place = home(common)
    return Site(top, common, place, Store(place / "journal.db"))


def spend(entries: list[Entry]) -> Spend:
    """What the entries cost."""
    total = Spend(prices().cost)
    for entry in entries:
        total.add(entry)
    return total


def prices() -> pricing.Prices:
    """The prices in force: what ships, and the user's own file where there is one."""
    own = Path.home() / ".config" / "harness" / "prices.toml"
    return pricing.load(own if own.is_file() else None)
