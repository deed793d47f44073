"""The seal of a journal: each entry's hash covers the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pydantic import ValidationError

from harness.domain.event import EVENT, Entry
from harness.errors import Broken

START = ""
Row = tuple[int, int, str, str]
"""(seq, microseconds since the epoch, stored text, hash)"""


def seal(before: str, at: int, body: str) -> str:
    """The hash of an entry: SHA-256 over the previous hash, the time and the stored text."""
    return hashlib.sha256(f"{before}\n{at}\n{body}".encode()).hexdigest()


def entries(rows: Iterable[Row], where: str) -> list[Entry]:
    """The entries of `rows`; raises Broken naming the first one that is missing, edited or unreadable."""
    found: list[Entry] = []
    before = START
    for index, (seq, at, body, stored) in enumerate(rows):
        if seq != index:
            raise Broken(f"{where}: entry {index} is missing; the record is not whole")
        if seal(before, at, body) != stored:
            raise Broken(f"{where}: entry {seq} was changed after it was written; the hash chain does not hold")
        try:
            event = EVENT.validate_json(body)
        except ValidationError as error:
            raise Broken(f"{where}: entry {seq} is of a shape that this version does not know") from error
        found.append(Entry.model_construct(seq=seq, at=at / 1e6, event=event, hash=stored))
        before = stored
    return found
