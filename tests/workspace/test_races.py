"""A hostile thread swaps files and directories for links to the outside, while the harness reads, writes and restores.

It does so by exchanging names in one step, thousands of times; the interpreter hands over between the two threads at
nearly every system call. A check of the resolved path before opening, the usual way, loses this race: that is shown
first.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.workspace import walk
from harness.workspace.copy import Copy
from harness.workspace.review import Review

TRIES, ENOUGH = 6_000, 5_000
LONGEST = 60.0
"""Seconds after which the naive way has had enough tries to lose."""
LIBC = ctypes.CDLL(None, use_errno=True)
HERE, EXCHANGE = -100, 2
PAUSE = 2e-5
"""Seconds that each state lasts, so that a check often sees the one and the use after it the other."""
Act = Callable[[], object]


class Swaps:
    """Exchanges `tree/d` with a link to the outside directory, and `tree/f` with one to the outside file."""

    def __init__(self, tree: Path, outside: Path) -> None:
        self._tree, self._outside, self._end = tree, outside, threading.Event()
        self._thread = threading.Thread(target=self._main, name="hostile")
        self.count = 0

    def __enter__(self) -> Swaps:
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        self._thread.join()
        sys.setswitchinterval(self._interval)

    def _main(self) -> None:
        while not self._end.is_set():
            for name, target in (("d", self._outside), ("f", self._outside / "f")):
                with contextlib.suppress(OSError):
                    self._swap(self._tree / name, target)
                    self.count += 1

    def _swap(self, path: Path, target: Path) -> None:
        """A link takes the place of what is there, in one step, and then that comes back."""
        link = self._tree / "aside"
        with contextlib.suppress(FileExistsError):
            os.symlink(target, link)
        exchange(path, link)
        time.sleep(PAUSE)
        exchange(path, link)
        time.sleep(PAUSE)


def exchange(one: Path, other: Path) -> None:
    """Two names change places; where the system has no such call, a moment lies between."""
    if not hasattr(LIBC, "renameat2"):
        spare = other.with_name("spare")
        for old, new in ((one, spare), (other, one), (spare, other)):
            os.rename(old, new)
    elif LIBC.renameat2(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE):
        raise OSError(ctypes.get_errno(), "exchange")


@pytest.fixture
def place() -> Iterator[Path]:
    """`tree` with a directory and files, and `outside`; not below a closed directory, for an ordinary user's sake."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "outside").mkdir()
        (folder / "outside" / "f").write_bytes(b"outside")
        (folder / "outside" / "f").chmod(0o640)
        yield folder


def state(outside: Path) -> object:
    """Everything about the outside that a write, a removal or a change of mode would change."""
    stats = [(s.st_ino, s.st_mode, s.st_mtime_ns, s.st_ctime_ns, s.st_nlink) for s in (outside.stat(), outside.lstat())]
    file = (outside / "f").stat()
    return stats, sorted(os.listdir(outside)), (file.st_ino, file.st_mode, file.st_mtime_ns, file.st_ctime_ns)


def fill(tree: Path) -> None:
    (tree / "d").mkdir(parents=True)
    (tree / "d" / "f").write_bytes(b"inside")
    (tree / "f").write_bytes(b"inside")


def tried(acts: list[Act], count: int) -> tuple[int, int]:
    """Run the acts in turn, `count` in all: (tries, acts done). An act that fails is a try that was refused."""
    tries = done = 0
    for number in range(count):
        tries += 1
        with contextlib.suppress(OSError):
            acts[number % len(acts)]()
            done += 1
    return tries, done


def test_a_check_of_the_path_before_it_is_opened_loses(place: Path) -> None:
    tree, outside = place / "tree", place / "outside"
    fill(tree)
    before, until, root = state(outside), time.monotonic() + LONGEST, os.path.realpath(tree)

    def naive(path: Path) -> None:
        if os.path.realpath(path).startswith(root):
            path.write_bytes(b"naive")

    with Swaps(tree, outside):
        while state(outside) == before and time.monotonic() < until:
            tried([lambda: naive(tree / "d" / "f"), lambda: naive(tree / "f")], 100)
    assert (outside / "f").read_bytes() in (b"naive", b"")


def test_reads_writes_and_removals_never_leave_the_tree(place: Path) -> None:
    tree, outside = place / "tree", place / "outside"
    fill(tree)
    before, read = state(outside), set[bytes]()
    fd = walk.top(tree)
    acts: list[Act] = [
        lambda: read.add(walk.read(fd, "d/f", 100)),
        lambda: walk.write(fd, "d/f", b"written", 0o644),
        lambda: read.add(walk.read(fd, "f", 100)),
        lambda: walk.chmod(fd, "f", 0o755),
        lambda: walk.write(fd, "f", b"written", 0o644),
        lambda: walk.chmod(fd, "d/f", 0o600),
        lambda: walk.chmod(fd, "f", 0o600),
        lambda: list(walk.entries(fd, lambda path: True, 1000)),
        lambda: walk.write(fd, "d/new/x", b"written", 0o644),
        lambda: walk.remove(fd, "d/new"),
        lambda: walk.remove(fd, "d/f"),
        lambda: walk.write(fd, "d/f", b"written", 0o644),
        lambda: walk.remove(fd, "aside/f"),
        lambda: walk.chmod(fd, "f", 0o644),
    ]
    with Swaps(tree, outside) as swaps:
        tries, done = tried(acts, TRIES)
    os.close(fd)
    assert state(outside) == before
    assert read <= {b"inside", b"written"}
    assert b"written" in read
    assert tries >= ENOUGH and done > TRIES / 10
    assert swaps.count > 100


def test_comparing_and_restoring_never_leave_the_tree(place: Path) -> None:
    outside = place / "outside"
    copy = Copy(place, [("d/f", "100644", b"inside"), ("f", "100755", b"inside"), ("d/e/g", "100644", b"inside")])
    before, kept = state(outside), dict[str, bytes]()

    def review() -> None:
        found = Review(copy, lambda path: "" if path == "f" else "no", lambda path: False)
        found.run()
        kept.update({path: copy.kept.get(path)[1] for path in found.kept if path in copy.kept})

    def restore() -> None:
        with copy.opened() as fd:
            copy.restore(fd, "d/f")

    def put() -> None:
        with copy.opened() as fd:
            copy.put(fd, "f", "100644", b"put")

    with Swaps(copy.directory, outside) as swaps:
        tries, _ = tried([review, restore, put], TRIES)
    assert state(outside) == before
    assert b"outside" not in kept.values()
    assert tries >= ENOUGH
    assert swaps.count > 100
    copy.rebuild()
    assert {p.name for p in copy.directory.rglob("*")} >= {"d", "e", "g"}
    copy.close()


def test_an_ordinary_user_changes_no_mode_outside(place: Path) -> None:
    """Where a mode keeps the owner out, it is put right first: not that of what a link leads to."""
    if not hasattr(os, "O_PATH"):
        pytest.skip("this system closes files to their owner in another way")
    tree, outside = place / "tree", place / "outside"
    fill(tree)
    if os.getuid() == 0:
        for path in (place, outside, outside / "f", tree, tree / "d", tree / "f", tree / "d" / "f"):
            os.chown(path, 65534, 65534)
    before = state(outside)
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert state(outside) == before
        return
    code = 1
    try:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        code = _closed(tree, outside)
    finally:
        os._exit(code)


def _closed(tree: Path, outside: Path) -> int:
    """0 if closed files and directories were opened although they were swapped all the time."""
    fd, read = walk.top(tree), list[bytes]()

    def close(name: str) -> None:
        below = os.open(tree / name, os.O_PATH | os.O_NOFOLLOW)
        if not stat.S_ISLNK(os.fstat(below).st_mode):
            os.chmod(f"/proc/self/fd/{below}", 0)
        os.close(below)

    acts: list[Act] = [
        lambda: close("f"),
        lambda: read.append(walk.read(fd, "f", 100)),
        lambda: close("d"),
        lambda: read.append(walk.read(fd, "d/f", 100)),
    ]
    with Swaps(tree, outside):
        tries, _ = tried(acts, TRIES)
    return 0 if tries >= ENOUGH and read and set(read) == {b"inside"} else 2
