"""What the user allows on the command line about where commands run. No file of a repository can say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.domain.event import Driver, Entry
from harness.errors import Parked
from harness.ports import Level


@dataclass(frozen=True, slots=True)
class Consent:
    """What is never taken for granted."""

    disposable: bool = False
    """This machine is disposable: commands may run unconfined where there is no sandbox."""
    lower: bool = False
    """The sandbox may be a weaker one than the last session's."""
    highest: Level = 3
    """The best level to try; no option sets it, it is there to measure what a lower level holds."""


NONE = Consent()


def settled(run: str, entries: Sequence[Entry], level: int, consent: Consent) -> None:
    """Parked where `level` is lower than that of the last session on record, and the user has not allowed it."""
    levels = [entry.event.level for entry in entries if isinstance(entry.event, Driver)]
    last = next((known for known in reversed(levels) if known >= 0), -1)
    if level < last and not consent.lower and not (consent.disposable and level == 1):
        raise Parked(
            f"the last session of {run} ran commands at level {last} of the sandbox, and this machine gives level "
            f"{level} now (`harness doctor` says why): raise it, or go on with `harness run {run} --lower-sandbox`"
        )
