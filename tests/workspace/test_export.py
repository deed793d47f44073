"""What the export carries unchanged, tells apart and bounds: attacks that a random command would hardly find."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.domain.permission import Secrets
from harness.domain.role import Role
from harness.errors import Mistake
from harness.workspace import walk
from harness.workspace.copy import Copy
from harness.workspace.directory import Directory
from harness.workspace.git import Git
from harness.workspace.review import Review
from tests.workspace.test_fuzz import Hostile

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 5\n"
BASE: dict[str, tuple[str, bytes]] = {
    "src/a.py": ("100644", b"a = 1\n"),
    "big.psd": ("100644", POINTER),
    ".env": ("100644", b"TOKEN=1\n"),
    ".env.example": ("100644", b"TOKEN=\n"),
    "conf/own.secret": ("100644", b"own\n"),
    "conf/test.pem": ("100644", b"pem\n"),
}
ALL = Role(name="developer", title="D", email="d@x.invalid", model="m", tools=("bash",), write=("**",))
Make = Callable[..., tuple[Directory, Callable[[Callable[[Path], Any]], list[str]]]]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "repo.git")], check=True)
    return Git(tmp_path / "repo.git")


@pytest.fixture
def base(git: Git) -> str:
    """A commit with a submodule besides the files."""
    made = git.record(parent="", changes=BASE, message="base", ref="refs/heads/develop", date=1)
    tree = git.run("ls-tree", made) + f"160000 commit {made}\tvendor\n".encode()
    whole = git.run("mktree", "--missing", stdin=tree).decode().strip()
    person = ("a", "a@x.invalid")
    return git.seal(whole, (made,), "submodule", author=person, committer=person, date=1_700_000_000)


@pytest.fixture
def make(tmp_path: Path, git: Git, base: str) -> Iterator[Make]:
    """(an agent's directory, a way to do something in it that gives the refusals)"""
    made: list[Directory] = []

    def build(role: Role = ALL, **more: Any) -> tuple[Directory, Callable[[Callable[[Path], Any]], list[str]]]:
        box = Hostile()
        space = Directory(
            tmp_path / "private", objects=git, snapshot=base, ref="refs/harness/x/1", role=role, folder="x",
            sandbox=box, read=(), env={}, ignored=lambda path: False, date=lambda: 1_700_000_000, **more,
        )  # fmt: skip

        def act(what: Callable[[Path], Any]) -> list[str]:
            box.acts = lambda tree: what(tree) and None
            return list(space.run("", 1).refused)

        made.append(space)
        return space, act

    yield build
    for space in made:
        space.close()


def test_a_submodule_is_carried_unchanged(make: Make, git: Git, base: str) -> None:
    space, act = make()
    for path in ("vendor", "vendor/x", "Vendor/x"):
        with pytest.raises(Mistake, match=r"left out of this directory|differs from vendor"):
            space.write(path, b"x")
    refused = act(lambda tree: [(tree / "vendor").mkdir(), (tree / "vendor" / "x").write_text("x")])
    assert refused == ["vendor/x — it stands for something that is left out of this directory"]
    assert act(lambda tree: (tree / "src" / "a.py").write_text("new")) == []
    assert git.paths(space.snapshot())["vendor"] == git.paths(base)["vendor"]


def test_a_pointer_is_carried_unchanged(make: Make, base: str) -> None:
    space, act = make()
    assert space.read("big.psd") == POINTER
    with pytest.raises(Mistake, match="LFS"):
        space.write("big.psd", b"x")
    why = ["big.psd — git filters it (LFS and the like), so it is carried unchanged"]
    assert act(lambda tree: (tree / "big.psd").write_bytes(b"x")) == why
    assert act(lambda tree: (tree / "big.psd").unlink()) == why
    assert space.read("big.psd") == POINTER
    assert space.snapshot() == base


def test_what_git_filters_is_carried_unchanged(tmp_path: Path, git: Git) -> None:
    attributes = b"*.bin filter=lfs diff=lfs\nplain.bin -filter\n"
    files = {
        ".gitattributes": ("100644", b"* text=auto\n"),
        "in/.gitattributes": ("100644", attributes),
        "in/caf\udce9.bin": ("100644", b"raw"),
        "in/plain.bin": ("100644", b"raw"),
        "out.bin": ("100644", b"raw"),
    }
    head = git.record(parent="", changes=files, message="m", ref="refs/heads/x", date=1_700_000_000)
    assert git.filtered(head) == ["in/caf\udce9.bin"]
    copy = Copy(tmp_path, git.files(head), carried=git.filtered(head))
    assert [path for path in copy.kept if copy.fixed(path)] == ["in/caf\udce9.bin"]
    copy.close()


@pytest.mark.parametrize("path", ["SRC/b.py", "src/A.py", "ſrc/b.py", "Big.psd", "Conf/x"])
def test_names_that_differ_in_spelling_alone_are_refused(make: Make, base: str, path: str) -> None:
    space, act = make()

    def write(tree: Path) -> None:
        (tree / path).parent.mkdir(exist_ok=True)
        (tree / path).write_text("x")

    assert [line.split(" — ")[1] for line in act(write)] == [f"it differs from {twin(path)} in spelling alone"]
    with pytest.raises(Mistake, match="in spelling alone"):
        space.write(path, b"x")
    assert space.snapshot() == base


def twin(path: str) -> str:
    plain = path.lower().replace("ſ", "s")
    return plain if plain in BASE else plain.partition("/")[0]


def test_a_file_may_get_another_case(make: Make, git: Git) -> None:
    space, act = make()
    assert act(lambda tree: os.rename(tree / "src" / "a.py", tree / "src" / "A.py")) == []
    assert {"src/A.py"} == {path for path in git.paths(space.snapshot()) if path.lower() == "src/a.py"}
    assert act(lambda tree: [(tree / "n.txt").write_text("1"), (tree / "N.txt").write_text("2")]) == [
        "n.txt — it differs from N.txt in spelling alone"
    ]


def test_secrets_are_left_out_by_the_role_and_by_the_repository(make: Make) -> None:
    shown = make()[0].names()
    assert shown == [".env.example", "big.psd", "conf/own.secret", "src/a.py"]
    reader = ALL.model_copy(update={"reads": ("conf/*.pem",)})
    space, act = make(reader)
    assert space.read("conf/test.pem") == b"pem\n"
    assert act(lambda tree: (tree / "conf" / "test.pem").write_text("x")) == []
    own = Secrets(patterns=("conf/*.secret",), public=("conf/*.pem",))
    space, act = make(secrets=own)
    assert space.names() == [".env.example", "big.psd", "conf/test.pem", "src/a.py"]
    with pytest.raises(Mistake, match="left out of this directory"):
        space.read("conf/own.secret")
    assert act(lambda tree: (tree / "conf" / "Own.SECRET").write_text("x")) == [
        "conf/Own.SECRET — it is a secret by its name, and the developer may not read it"
    ]


def test_huge_and_many_large_files_are_refused_without_being_read(make: Make, base: str) -> None:
    space, act = make()

    def fill(tree: Path) -> None:
        for number in range(300):
            with (tree / f"{number}.bin").open("wb") as file:
                file.truncate(32 << 20)

    def stretch(tree: Path) -> None:
        with (tree / "huge").open("wb") as file:
            file.truncate(1 << 42)
        os.truncate(tree / "conf" / "own.secret", 1 << 41)

    used = time.process_time()
    refused = act(fill)
    assert any(line.endswith("the command left too much to keep") for line in refused)
    assert refused[-1].endswith("more")
    assert act(stretch) == ["conf/own.secret — it is larger than 32 MB", "huge — it is larger than 32 MB"]
    assert time.process_time() - used < 10
    assert space.read("conf/own.secret") == b"own\n"
    assert "huge" not in space.names()


def test_what_was_read_a_moment_ago_and_is_written_at_once_is_seen(make: Make, git: Git) -> None:
    """The clock of a file moves in ticks: two writes within one leave the same times and the same size."""
    space, act = make()
    for number in range(40):
        space.write("src/a.py", b"tool  %03d\n" % number)
        content = b"shell %03d\n" % number

        def overwrite(tree: Path, content: bytes = content) -> None:
            with (tree / "src" / "a.py").open("r+b") as file:
                file.write(content)

        assert act(overwrite) == []
        assert dict((p, d) for p, _, d in git.files(space.snapshot()))["src/a.py"] == content


def test_forged_times_hide_no_change(make: Make, git: Git) -> None:
    space, act = make()
    act(lambda tree: None)

    def forge(tree: Path) -> None:
        path = tree / "src" / "a.py"
        before = path.stat()
        path.write_bytes(b"b = 2\n")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert act(forge) == []
    assert dict((p, d) for p, _, d in git.files(space.snapshot()))["src/a.py"] == b"b = 2\n"


def test_a_tree_that_no_file_system_can_hold_is_opened_all_the_same(tmp_path: Path) -> None:
    files = [
        ("a", "100644", b"file"),
        ("a/b", "100644", b"below a file"),
        ("c/d", "100644", b"in a folder"),
        ("c", "100644", b"in place of the folder"),
        ("x" * 300, "100644", b"name too long"),
        ("d/" * 2500 + "x", "100644", b"path too long"),
        ("e/../../f", "100644", b"out"),
        ("link", "120000", b"t" * 5000),
        (".ｇit/config", "100644", b"spelled"),
        ("git~1/config", "100644", b"short"),
        ("g", "100755", b"fine"),
    ]
    copy = Copy(tmp_path, files)
    assert {str(p.relative_to(copy.directory)) for p in copy.directory.rglob("*") if p.is_file()} == {
        "a", "c/d", "g", "git~1/config",
    }  # fmt: skip
    assert all(copy.hides(path) for path in ("a/b", "c", "link", "x" * 300))
    review = Review(copy, lambda path: "", lambda path: False)
    review.run()
    assert (review.kept, review.refused) == ([], {})
    copy.close()


def test_root_gives_what_it_makes_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    if os.getuid():
        pytest.skip("only root can give files away")
    os.chown(tmp_path, 54321, 54321)
    fd = walk.top(tmp_path)
    walk.write(fd, "new/folder/file", b"x", 0o755)
    walk.link(fd, "new/link", "folder")
    os.close(fd)
    for path in ("new", "new/folder", "new/folder/file", "new/link"):
        found = (tmp_path / path).lstat()
        assert (found.st_uid, found.st_gid) == (54321, 54321), path
    assert (tmp_path / "new/folder/file").stat().st_mode & 0o7777 == 0o755
