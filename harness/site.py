"""A repository that the harness is used in: where things lie, and what can be read without any heavy package."""

from __future__ import annotations

import getpass
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.domain.change import CONSULTATION, Change
from harness.domain.event import Entry
from harness.errors import Broken, Mistake
from harness.flow.fold import State, fold
from harness.flow.spend import Spend
from harness.journal.channel import Channel
from harness.journal.lease import driven
from harness.journal.sqlite import Inbox, SqliteJournal, Store
from harness.llm import pricing
from harness.workspace.locate import clean, home, kept, locate


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

    def private(self, run: str) -> tuple[Path, Path]:
        """The run's own directories (of attempts, of gates): all in them can be made anew from commits."""
        return self.home / "stages" / run, self.home / "scratch" / run

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

    def consultations(self) -> list[str]:
        """Names of the consultations' runs, in order."""
        return [run for run in self.store.runs() if CONSULTATION.fullmatch(run)]

    def finished(self, run: str) -> str:
        """How the run ended; '' if it did not, or if there is none."""
        return fold(self.journal(run).read()).finished

    def owner(self) -> str:
        """Who decides here, by their git identity; by their login where git knows none."""
        asked = ["git", "-C", str(self.top), "config", "user.name"]
        done = subprocess.run(asked, capture_output=True, text=True, env=clean(), check=False)
        return done.stdout.strip() or getpass.getuser()

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
    _whole(place / "journal.db", common)
    return Site(top, common, place, Store(place / "journal.db"))


def _whole(journal: Path, common: Path) -> None:
    """Broken where the journal was emptied: SQLite takes a file of no bytes for a new one."""
    try:
        size = journal.stat().st_size
    except OSError:
        return
    if size == 0 and kept(common):
        raise Broken(
            f"the journal {journal} is empty, but git keeps work of a run under refs/harness: restore the journal from "
            "a copy, or delete it to go on without its record"
        )


def cache() -> Path | None:
    """The user's own folder for what can be found again, such as the sandbox's self-test; None where there is none."""
    place = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "harness"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return place if os.access(place, os.W_OK) else None


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
