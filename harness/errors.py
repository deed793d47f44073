"""What can go wrong, each with its exit code. A message is one sentence that the reader can act on."""

from __future__ import annotations


class HarnessError(Exception):
    """Any error that the harness raises on purpose."""

    exit_code = 1


class Mistake(HarnessError):
    """The user's input can't be used; the sentence says what to do about it."""

    exit_code = 2


class Parked(HarnessError):
    """The run waits: for the CEO, or for something that only a person can put right."""

    exit_code = 3


class Refused(HarnessError):
    """What was asked is not allowed as things stand."""

    exit_code = 4


class Stale(Refused):
    """The thing decided on is not the thing that waits now."""


class Conflict(Refused):
    """Another process was first."""


class Diverged(HarnessError):
    """A replay or a rehearsal did not do what the record says."""

    exit_code = 5


class Broken(HarnessError):
    """A record is damaged: unreadable, edited, or of an unknown shape."""

    exit_code = 6


class Unreachable(HarnessError):
    """The model endpoint can't be used; the sentence says why. The run can be taken up again."""


class Stopped(Parked):
    """The driver ended at a safe point because somebody asked it to."""


class Abandoned(HarnessError):
    """The CEO said a final no."""


class GaveUp(Parked):
    """Too many failures in a row: the CEO decides how to go on."""

    exit_code = 1


class HistoryRefused(Unreachable):
    """The endpoint does not take the recorded conversation; the attempt begins again from its last snapshot."""
