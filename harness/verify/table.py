"""The checks in their order, and how a record is opened for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import HarnessError
from harness.verify.against import against
from harness.verify.branch import commits, completed
from harness.verify.case import Case
from harness.verify.check import Check, Finding, failed, ok, unable
from harness.verify.course import course
from harness.verify.decided import signatures, subjects
from harness.verify.merge import base, gates, locked, merge, reachable
from harness.verify.record import channel, kept, replayed, written


@dataclass(frozen=True, slots=True)
class Row:
    """One check."""

    name: str
    title: str
    check: Callable[[Case], Finding]
    landed: bool = False
    """Whether it makes sense only of what was merged."""


ROWS = (
    Row("path", "both decisions, in order, and no merge without them", course),
    Row("decisions", "each is about what its question shows, and that is what the record held", subjects),
    Row("signatures", "each decision is signed by an allowed signer", signatures),
    Row("base", "what the run read of its base is what git holds", base),
    Row("lock", "the spec in git is the one that was approved", locked),
    Row("against", "the requirements that it changes are those that it was approved against", against),
    Row("gates", "every gate passed on what was approved", gates, landed=True),
    Row("merge", "the commit is what was approved, and names the approval", merge, landed=True),
    Row("develop", "merge and record are on the branch", reachable, landed=True),
    Row("commits", "each commit of the branch is accounted for, with its author", commits),
    Row("acts", "what was confirmed is there", completed),
    Row("record", "the files on the branch are those of the journal", written, landed=True),
    Row("evidence", "the gates' raw reports have their digests", kept),
    Row("channel", "the messages are there, word for word", channel),
    Row("replay", "the code comes to the same facts again", replayed),
)


def verify(case: Case) -> list[Check]:
    """Every check of a record whose chain holds."""
    last = case.entries[-1]
    found = [
        Check("chain", "each entry's hash covers the one before", ok(f"{len(case.entries)} entries, {last.hash[:12]}"))
    ]
    for row in ROWS:
        if not row.landed or case.merged:
            found.append(Check(row.name, row.title, checked(row, case)))
    return found


def broken(why: str) -> list[Check]:
    """Where the chain does not hold, nothing that the record says can be held against anything."""
    first = Check("chain", "each entry's hash covers the one before", failed(why))
    return [first, *(Check(row.name, row.title, unable("the record does not hold")) for row in ROWS)]


def checked(row: Row, case: Case) -> Finding:
    """A check's finding; what it stumbles over is a failure, since a whole record has no such thing."""
    try:
        return row.check(case)
    except HarnessError as error:
        return failed(str(error))
    except (KeyError, ValueError, TypeError, AttributeError, StopIteration) as error:
        return failed(f"the record is not of the form that it has to have: {type(error).__name__} {error}")
