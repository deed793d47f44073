"""What the user allows on the command line about where commands run. No file of a repository can say it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.ports import Level


@dataclass(frozen=True, slots=True)
class Consent:
    """What is never taken for granted."""

    disposable: bool = False
    """This machine is disposable: commands may run unconfined where there is no sandbox."""
    highest: Level = 3
    """The best level to try; no option sets it, it is there to measure what a lower level holds."""


NONE = Consent()
