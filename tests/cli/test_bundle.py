"""`harness transcript --bundle` and `harness replay` on it, as a user calls them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.domain.digest import digest_bytes
from harness.domain.event import EVENT
from harness.journal.blobs import Blobs
from harness.journal.bundle import evidence
from harness.journal.jsonl import load
from harness.journal.sqlite import SqliteJournal, Store
from tests.cli.conftest import ROOT, Shell

CHANGE = "add-note-tags"
RECORD = ROOT / "harness" / "demo" / "transcript.jsonl"


UPTO = 450
"""Entries of the demo's run up to its last measurements; a later decision is on the evidence by its name."""


@pytest.fixture
def recorded(shell: Callable[..., Shell]) -> Shell:
    """A repository with the record of the demo's run, whose gates name evidence that lies there."""
    sh = shell()
    home = sh.top / ".git" / "harness"
    entries = load(RECORD)[1][:UPTO]
    blobs = Blobs(home / "blobs")
    put = {name: blobs.put(f"report {seq}\n".encode()) for name, seq in evidence(entries).items()}
    assert len(put) > 3
    journal = SqliteJournal(Store(home / "journal.db"), CHANGE)
    for entry in entries:
        text = entry.event.model_dump_json()
        for old, new in put.items():
            text = text.replace(old, new)
        journal.append(EVENT.validate_json(text))
    return sh


def rewritten(path: Path, edit: Callable[[str, bytes], bytes | None]) -> None:
    """The tar file again, each member as `edit(name, content)` gives it; None leaves it out."""
    with tarfile.open(path) as tar:
        found = [(member.name, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    with tarfile.open(path, "w") as tar:
        for name, before in found:
            data = edit(name, before)
            if data is not None:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def test_a_bundle_replays(recorded: Shell) -> None:
    said = recorded.harness("transcript", CHANGE, "--bundle", "t.tar")
    assert f"wrote {UPTO} entries" in said and "pieces of evidence to t.tar" in said
    assert f"{UPTO} entries replayed" in recorded.harness("replay", "t.tar")
    recorded.harness("transcript", CHANGE, "--bundle", "again.tar")
    assert (recorded.top / "again.tar").read_bytes() == (recorded.top / "t.tar").read_bytes()


def test_a_bundle_that_is_not_whole_does_not_replay(recorded: Shell) -> None:
    recorded.harness("transcript", CHANGE, "--bundle", "t.tar")
    with tarfile.open(recorded.top / "t.tar") as tar:
        last = tar.getnames()[-1]
    name = last.removeprefix("blobs/")
    rewritten(recorded.top / "t.tar", lambda n, data: b"other" if n == last else data)
    assert (
        f"the evidence {name} of entry" in (said := recorded.harness("replay", "t.tar", code=6)) and "changed" in said
    )
    rewritten(recorded.top / "t.tar", lambda n, data: None if n == last else data)
    assert (
        f"the evidence {name} of entry" in (said := recorded.harness("replay", "t.tar", code=6)) and "missing" in said
    )


def test_what_can_not_be_bundled_leaves_no_file(recorded: Shell) -> None:
    assert "name one file" in recorded.harness("transcript", CHANGE, "-o", "a", "--bundle", "b", code=2)
    (recorded.top / "there.tar").write_text("mine")
    assert "was not touched" in recorded.harness("transcript", CHANGE, "--bundle", "there.tar", code=4)
    assert (recorded.top / "there.tar").read_text() == "mine"
    seq = max(evidence(load(RECORD)[1][:UPTO]).values())
    name = digest_bytes(f"report {seq}\n".encode())
    (recorded.top / ".git" / "harness" / "blobs" / name[:2] / name[2:]).unlink()
    assert f"the evidence {name} of entry {seq} is missing" in (
        recorded.harness("transcript", CHANGE, "--bundle", "t.tar", code=6)
    )
    assert not (recorded.top / "t.tar").exists()
