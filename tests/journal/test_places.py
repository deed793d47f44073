"""The lease, the blobs and the channel, between processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.domain.digest import digest_bytes
from harness.errors import Conflict
from harness.journal.blobs import Blobs
from harness.journal.channel import Channel
from harness.journal.lease import driven, lease
from harness.journal.sqlite import SqliteJournal, Store

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from harness.journal.lease import lease
with lease(Path(sys.argv[1]), "x"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    with lease(tmp_path, "x"):
        assert driven(tmp_path, "x")
        with pytest.raises(Conflict, match=f"by process {os.getpid()}"), lease(tmp_path, "x"):
            pass
        with lease(tmp_path, "y"):
            pass
    assert not driven(tmp_path, "x")


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(Conflict, match=str(holder.pid)), lease(tmp_path, "x"):
            pass
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(10)
    with lease(tmp_path, "x"):
        pass


def test_a_lease_can_be_waited_for(tmp_path: Path) -> None:
    got: list[float] = []

    def wait() -> None:
        with lease(tmp_path, "x", wait=True):
            got.append(time.monotonic())

    with ThreadPoolExecutor(1) as pool:
        with lease(tmp_path, "x"):
            job = pool.submit(wait)
            time.sleep(0.1)
            assert not got
            released = time.monotonic()
        job.result(5)
    assert got[0] >= released


def test_blobs_are_named_by_their_content(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"evidence")
    assert name == digest_bytes(b"evidence") == blobs.put(b"evidence")
    assert blobs.get(name) == b"evidence"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_blobs_that_are_put_at_once_are_whole(tmp_path: Path) -> None:
    data = os.urandom(1 << 20)
    with ThreadPoolExecutor(4) as pool:
        names = set(pool.map(lambda n: Blobs(tmp_path).put(data), range(8)))
    assert len(names) == 1 and Blobs(tmp_path).get(names.pop()) == data
    assert not list(tmp_path.rglob("*.part"))


def test_messages_are_numbered_and_never_posted_twice(tmp_path: Path) -> None:
    channel = Channel(Store(tmp_path / "journal.db"), tmp_path)
    assert [
        channel.post("a/1", "CEO", "one"),
        channel.post("a/2", "CTO", "two"),
        channel.post("a/1", "CEO", "one"),
    ] == [
        1,
        2,
        1,
    ]
    text = channel.file.read_text()
    assert text.count("## msg #") == 2 and text.index("one") < text.index("two")


def test_the_file_is_shown_anew_from_the_journal(tmp_path: Path) -> None:
    channel = Channel(Store(tmp_path / "journal.db"), tmp_path)
    channel.post("a/1", "CEO", "one")
    channel.file.unlink()
    channel.post("a/1", "CEO", "one")
    assert "one" in channel.file.read_text()


POSTER = """
import sys
from pathlib import Path
from harness.journal.channel import Channel
from harness.journal.sqlite import Store
home, name = Path(sys.argv[1]), sys.argv[2]
for n in range(10):
    Channel(Store(home / "journal.db"), home).post(f"{name}/{n}", name, f"{name} {n}")
"""


def test_posts_of_several_processes_are_numbered_without_gaps(tmp_path: Path) -> None:
    posters = [
        subprocess.Popen([sys.executable, "-c", POSTER, str(tmp_path), name], cwd=ROOT) for name in ("a", "b", "c")
    ]
    assert [poster.wait(60) for poster in posters] == [0, 0, 0]
    entries = SqliteJournal(Store(tmp_path / "journal.db"), "repo").read()
    assert [e.event.number for e in entries if e.event.type == "message"] == list(range(1, 31))
