"""Every journal does the same: one suite for all of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.domain.event import Asked, Finished, RunStarted
from harness.errors import Broken, Conflict, HarnessError
from harness.journal.jsonl import dump, load
from harness.journal.memory import MemoryInbox, MemoryJournal
from harness.journal.sqlite import Inbox, SqliteJournal, Store
from harness.ports import Journal

Make = Callable[[], Journal]
STARTED = RunStarted(change="x", kind="feature", pipeline="p")
ASKED = Asked(key="k ünï", kind="tool", question="q", detail={"deep": [1, {"a": None}], "text": "line\nline"})
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Opens the same journal anew each time; the one in memory is there once."""
    if request.param == "sqlite":
        return lambda: SqliteJournal(Store(tmp_path / "journal.db"), "x")
    memory = MemoryJournal()
    return lambda: memory


def test_what_is_appended_is_read(make: Make) -> None:
    journal = make()
    assert journal.read() == []
    written = [journal.append(STARTED), journal.append(ASKED), journal.append(Finished(outcome="merged"))]
    assert make().read() == written
    assert [entry.seq for entry in written] == [0, 1, 2]
    assert written[1].event == ASKED
    assert len({entry.hash for entry in written}) == 3


def test_times_are_stamped_to_the_microsecond_and_come_back(make: Make) -> None:
    entry = make().append(STARTED)
    assert make().read()[0].at == entry.at > 1_700_000_000


def test_each_hash_covers_the_one_before(make: Make) -> None:
    journal = make()
    first, second = journal.append(STARTED), journal.append(STARTED)
    assert first.hash != second.hash


def test_a_journal_goes_on_where_another_ended(make: Make) -> None:
    make().append(STARTED)
    assert make().append(ASKED).seq == 1


# ---------------------------------------------------------------- sqlite


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "deep" / "er" / "journal.db")


def test_the_second_of_two_writers_is_told(store: Store) -> None:
    SqliteJournal(store, "x").append(STARTED)
    first, second = SqliteJournal(store, "x"), SqliteJournal(Store(store.path), "x")
    first.append(ASKED)
    with pytest.raises(Conflict, match="entry 1 of x was written by another process"):
        second.append(Finished(outcome="merged"))
    assert [e.event.type for e in second.read()] == ["run_started", "asked"]
    assert second.append(Finished(outcome="merged")).seq == 2


def test_runs_do_not_mix(store: Store) -> None:
    SqliteJournal(store, "b").append(STARTED)
    SqliteJournal(store, "a").append(ASKED)
    SqliteJournal(store, "repo").append(ASKED)
    assert store.runs() == ["a", "b"]
    assert len(SqliteJournal(store, "a").read()) == 1
    store.forget("a")
    assert store.runs() == ["b"]


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        ("update entries set body = replace(body, 'merged', 'abandoned') where seq = 2", "entry 2 was changed"),
        ("update entries set at = at + 1 where seq = 0", "entry 0 was changed"),
        ("update entries set hash = 'f00' where seq = 1", "entry 1 was changed"),
        ("delete from entries where seq = 1", "entry 1 is missing"),
    ],
)
def test_what_was_done_to_an_entry_is_named(store: Store, edit: str, what: str) -> None:
    journal = SqliteJournal(store, "x")
    for event in (STARTED, ASKED, Finished(outcome="merged")):
        journal.append(event)
    store.execute(edit)
    with pytest.raises(Broken, match=what) as broken:
        SqliteJournal(store, "x").read()
    assert broken.value.exit_code == 6


def test_a_file_that_is_no_journal_is_broken(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"this is not a database, it only lies here" * 50)
    with pytest.raises(Broken, match="unreadable"):
        Store(tmp_path / "journal.db")


def test_a_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(HarnessError, match="can't be opened"):
        Store(tmp_path / "file" / "journal.db")


FULL = """
import resource, signal, sys
from pathlib import Path
from harness.domain.event import Asked
from harness.errors import HarnessError
from harness.journal.sqlite import SqliteJournal, Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = SqliteJournal(Store(Path(sys.argv[1])), "x")
if sys.argv[2] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
kept = 0
try:
    for n in range(1000):
        journal.append(Asked(key=str(n), kind="git", question="q" * 2000))
        kept += 1
except HarnessError as error:
    print(kept, error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert len(SqliteJournal(Store(Path(sys.argv[1])), "x").read()) == kept > 0
"""


@pytest.mark.parametrize("how", ["limit", "tmpfs"])
def test_a_disk_that_is_full_is_one_sentence_and_loses_nothing(tmp_path: Path, how: str) -> None:
    """A limit on the file's size, or a file system that really has no room."""
    command = [sys.executable, "-c", FULL, str(tmp_path / "journal.db"), how]
    if how == "tmpfs":
        small = ["bwrap", "--dev-bind", "/", "/", "--size", "400000", "--tmpfs", str(tmp_path)]
        if not shutil.which("bwrap") or subprocess.run([*small, "true"], capture_output=True, check=False).returncode:
            pytest.skip("needs a file system of its own, by bwrap")
        command = [*small, *command]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout.strip().partition(" ")[2]
    assert "room" in said and "nothing" in said and "\n" not in said, said


def test_a_killed_writer_leaves_whole_entries(tmp_path: Path) -> None:
    """Killed between two appends, with the log not folded into the file yet."""
    writer = """
import os, signal, sys
from pathlib import Path
from harness.domain.event import Asked
from harness.journal.sqlite import SqliteJournal, Store
journal = SqliteJournal(Store(Path(sys.argv[1])), "x")
for n in range(5):
    journal.append(Asked(key=str(n), kind="git", question="q"))
os.kill(os.getpid(), signal.SIGKILL)
"""
    path = tmp_path / "journal.db"
    subprocess.run([sys.executable, "-c", writer, str(path)], cwd=ROOT, timeout=60, check=False)
    assert len(SqliteJournal(Store(path), "x").read()) == 5


# ---------------------------------------------------------------- inbox


@pytest.mark.parametrize("kind", ["sqlite", "memory"])
def test_the_inbox_keeps_until_it_is_dropped(kind: str, store: Store) -> None:
    inbox = Inbox(store, "x") if kind == "sqlite" else MemoryInbox()
    inbox.put({"verb": "approve", "n": 1})
    inbox.put({"verb": "stop", "n": 2})
    (first, item), (second, _) = inbox.items()
    assert item == {"verb": "approve", "n": 1} and first < second
    inbox.drop(first)
    assert [item["n"] for _, item in inbox.items()] == [2]
    inbox.drop(first)
    assert len(inbox.items()) == 1


def test_inboxes_of_runs_do_not_mix(store: Store) -> None:
    Inbox(store, "x").put({"n": 1})
    assert Inbox(store, "y").items() == []
    assert len(Inbox(Store(store.path), "x").items()) == 1


# ---------------------------------------------------------------- transcripts


def test_a_transcript_holds_the_stored_text_unchanged(store: Store, tmp_path: Path) -> None:
    journal = SqliteJournal(store, "x")
    written = [journal.append(STARTED), journal.append(ASKED)]
    path = tmp_path / "run.jsonl"
    path.write_text("\n".join(dump(journal.rows(), "x", "0.1.0", "a note")) + "\n", encoding="utf-8")
    head, entries = load(path)
    assert entries == written
    assert (head["run"], head["note"], head["harness"]) == ("x", "a note", "0.1.0")


@pytest.mark.parametrize("text", ["", "not json\n", "{}\n", '{"format": "harness-transcript"}\n[1]\n', "[1, 2]\n"])
def test_what_is_no_transcript_is_told_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(text)
    with pytest.raises(Broken, match="is not a transcript"):
        load(path)
