"""A file of the user's own working tree: no link is followed on the way, and none is cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import Mistake
from harness.workspace.own import MOST_OWN, own_file


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "top/a/b").mkdir(parents=True)
    (tmp_path / "top/a/b/file").write_bytes(b"mine")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_bytes(b"not mine")
    return tmp_path / "top"


def test_a_file_is_read_and_what_is_none_is_absent(top: Path) -> None:
    assert own_file(top, "a/b/file") == b"mine"
    os.mkfifo(top / "pipe")
    assert [own_file(top, path) for path in ("a/b/none", "none/file", "a/b/file/x", "a", "pipe")] == [None] * 5


@pytest.mark.parametrize("path", ["a/c/file", "c/file", "link", "a/c/../file"])
def test_nothing_behind_a_link_is_read(top: Path, path: str) -> None:
    (top / "a/c").symlink_to("../../outside")
    (top / "c").symlink_to(top.parent / "outside")
    (top / "link").symlink_to("../outside/file")
    assert own_file(top, path) is None


def test_the_top_itself_may_be_reached_through_a_link(top: Path) -> None:
    (top.parent / "also").symlink_to("top")
    assert own_file(top.parent / "also", "a/b/file") == b"mine"


def test_a_file_that_is_too_large_is_refused_and_not_cut(top: Path) -> None:
    (top / "full").write_bytes(b"x" * MOST_OWN)
    (top / "over").write_bytes(b"x" * (MOST_OWN + 1))
    assert own_file(top, "full") == b"x" * MOST_OWN
    with pytest.raises(Mistake, match="over is larger than 1 MiB"):
        own_file(top, "over")


def test_no_file_is_left_open(top: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for path in ("a/b/file", "a/b/none", "a/none/x", "a"):
        own_file(top, path)
    assert len(os.listdir("/proc/self/fd")) == before
