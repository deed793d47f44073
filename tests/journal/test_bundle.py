"""Bundles: the record with its evidence, the same bytes each time, and no blob that is not what it is named."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.domain.digest import digest_bytes
from harness.domain.event import Answered, Event, RunStarted
from harness.domain.gate import GateResult
from harness.errors import Broken, Mistake
from harness.journal import bundle
from harness.journal.blobs import Blobs
from harness.journal.jsonl import dump
from harness.journal.memory import MemoryJournal

REPORTS = (b"", b"coverage\n" * 1000, b"\x00\xff" * 40)
NAMES = tuple(digest_bytes(report) for report in REPORTS)
Members = list[tuple[str, bytes]]


def gate(name: str, evidence: str) -> Answered:
    answer = GateResult(gate=name, result="passed", evidence=evidence).model_dump(mode="json")
    return Answered(key=f"qa/1/gate/{name}", kind="gate", question="q", answer=answer)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    made = Blobs(tmp_path / "blobs")
    assert tuple(made.put(report) for report in REPORTS) == NAMES
    return made


@pytest.fixture
def journal() -> MemoryJournal:
    """Three blobs, one of them named twice; a gate with none; a model that speaks of evidence."""
    clock = iter(float(n) for n in range(1, 100))
    made = MemoryJournal(now=lambda: next(clock))
    spoken = Answered(key="qa/1/talk/1", kind="model", question="q", answer={"evidence": "a" * 64})
    named: list[Event] = [gate(f"g{n}", name) for n, name in enumerate((*NAMES, NAMES[1], ""))]
    for event in (RunStarted(change="x", kind="feature", pipeline="p"), spoken, *named):
        made.append(event)
    return made


def packed(journal: MemoryJournal, blobs: Blobs) -> bytes:
    file = io.BytesIO()
    bundle.pack(file, dump(journal.rows, "x", "1"), bundle.evidence(journal.read()), blobs.get)
    return file.getvalue()


def members(data: bytes) -> Members:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]


def tarred(path: Path, what: Members) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in what:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def test_the_entries_that_name_evidence(journal: MemoryJournal) -> None:
    assert bundle.evidence(journal.read()) == {name: 2 + n for n, name in enumerate(NAMES)}


def test_a_bundle_holds_the_record_and_its_evidence(journal: MemoryJournal, blobs: Blobs, tmp_path: Path) -> None:
    data = packed(journal, blobs)
    found = dict(members(data))
    assert list(found) == [bundle.TRANSCRIPT, *(bundle.BLOBS + name for name in sorted(NAMES))]
    assert all(found[bundle.BLOBS + name] == report for name, report in zip(NAMES, REPORTS, strict=True))
    (tmp_path / "t.tar").write_bytes(data)
    head, entries = bundle.read(tmp_path / "t.tar")
    assert head["run"] == "x"
    assert entries == journal.read()


def test_the_same_record_gives_the_same_bytes(journal: MemoryJournal, blobs: Blobs) -> None:
    data = packed(journal, blobs)
    assert data == packed(journal, blobs)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in tar} == {(0, 0, 0, "", "", 0o644)}


def test_plain_lines_are_read_too(journal: MemoryJournal, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("\n".join(dump(journal.rows, "x", "1")))
    assert bundle.read(tmp_path / "t.jsonl")[1] == journal.read()
    with pytest.raises(Mistake, match="there is no transcript"):
        bundle.read(tmp_path / "none.tar")


def test_missing_evidence_is_named_when_packing(journal: MemoryJournal, blobs: Blobs, tmp_path: Path) -> None:
    place = tmp_path / "blobs" / NAMES[1][:2] / NAMES[1][2:]
    place.write_bytes(b"something else")
    with pytest.raises(Broken, match=f"{NAMES[1]} of entry 3 was changed"):
        packed(journal, blobs)
    place.unlink()
    with pytest.raises(Broken, match=f"{NAMES[1]} of entry 3 is missing"):
        packed(journal, blobs)


def without(found: Members) -> Members:
    return [row for row in found if row[0] != bundle.BLOBS + NAMES[1]]


def changed(found: Members) -> Members:
    return [(name, b"other" if name == bundle.BLOBS + NAMES[1] else data) for name, data in found]


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (without, f"{NAMES[1]} of entry 3 is missing"),
        (changed, f"{NAMES[1]} of entry 3 was changed"),
        (lambda found: [*found, ("blobs/../x", b"")], r"'blobs/../x', which no entry names"),
        (lambda found: [*found, found[-1]], "twice"),
        (lambda found: found[1:], "does not begin with transcript.jsonl"),
        (lambda found: [(found[0][0], found[0][1].replace(b"passed", b"failed", 1)), *found[1:]], "hash chain"),
        (lambda found: [(found[0][0], b"\xff"), *found[1:]], "is damaged"),
    ],
)
def test_what_was_done_to_a_bundle_is_named(
    journal: MemoryJournal, blobs: Blobs, tmp_path: Path, edit: Callable[[Members], Members], what: str
) -> None:
    path = tarred(tmp_path / "t.tar", edit(members(packed(journal, blobs))))
    with pytest.raises(Broken, match=what) as broken:
        bundle.read(path)
    assert broken.value.exit_code == 6


@pytest.mark.parametrize("kept", [300, 1000, 4096])
def test_a_bundle_that_is_cut_off_is_broken(journal: MemoryJournal, blobs: Blobs, tmp_path: Path, kept: int) -> None:
    (tmp_path / "t.tar").write_bytes(packed(journal, blobs)[:kept])
    with pytest.raises(Broken):
        bundle.read(tmp_path / "t.tar")
