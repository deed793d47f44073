"""Opens what is to be checked: the journal here, or a file. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.domain.change import Change
from harness.domain.digest import digest_bytes
from harness.domain.event import Entry, Message, RunStarted
from harness.errors import Broken, Mistake, Refused
from harness.flow.fold import fold
from harness.journal.blobs import Blobs
from harness.journal.bundle import opened
from harness.journal.sqlite import SqliteJournal, Store
from harness.verify.case import Case
from harness.workspace.git import Git
from harness.workspace.locate import home, locate


def case(start: Path, run: str, file: Path | None) -> Case:
    """The finished run `run` of the repository that `start` lies in, from `file` where one is named.

    Mistake where there is no such record, Refused where the run is not over, Broken where the chain does not hold.
    """
    top, common = locate(start)
    place = home(common)
    store = Store(place / "journal.db") if (place / "journal.db").is_file() else None
    if file is not None:
        head, entries, faults = opened(file)
        if head.get("run") != run:
            raise Mistake(f"{file} is the record of {head.get('run')}, not of {run}")
        blob = None if faults is None else lambda name: faults.get(name, "")
    elif store is not None and run in store.runs():
        entries, blob = SqliteJournal(store, run).read(), _blobs(Blobs(place / "blobs"))
    else:
        raise Mistake(f"there is no record of {run} here; name one with --bundle FILE (`harness transcript` makes it)")
    return Case(_change(entries, run), entries, Git(common), top, blob, lambda: _messages(store, run, file))


def _change(entries: list[Entry], run: str) -> Change:
    """The change whose run it is; Refused unless it is over."""
    first = entries[0].event if entries else None
    if not isinstance(first, RunStarted):
        raise Mistake(f"{run} is the run of no change, so there is nothing to verify")
    if first.purpose != "change":
        raise Mistake(
            f"{run} is a {first.purpose}, and only changes are verified; `harness replay` checks a transcript"
        )
    change = Change(name=first.change, kind=first.kind, fork=first.fork)
    if change.run != run:
        raise Broken(f"the record of {run} is one of {change.run}")
    if not fold(entries).finished:
        raise Refused(f"{run} is not over, so there is nothing to verify yet; `harness status {run}` says where it is")
    return change


def _blobs(blobs: Blobs) -> Callable[[str], str]:
    def wrong(name: str) -> str:
        try:
            data = blobs.get(name)
        except OSError as error:
            return f"is missing ({error.strerror})"
        return "" if digest_bytes(data) == name else "was changed after it was written"

    return wrong


def _messages(store: Store | None, run: str, file: Path | None) -> list[Message] | str:
    """The channel's messages, or why there are none; Broken where its chain does not hold."""
    if store is None or (file is not None and run not in store.runs()):
        return "the approvals channel of this run is not here"
    entries = SqliteJournal(store, "repo").read()
    return [entry.event for entry in entries if isinstance(entry.event, Message)]
