"""The export under random commands: whatever they leave, the tree is what is kept, and nothing outside is touched."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import stat
import subprocess
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from harness.domain.permission import SHIPPED, refusal
from harness.domain.role import Role
from harness.ports import Command, Outcome, Process
from harness.workspace import walk
from harness.workspace.directory import Directory
from harness.workspace.git import Git
from harness.workspace.scratch import scratch

FOLDER = "openspec/changes/demo"
ROLE = Role(
    name="developer", title="D", email="d@x.invalid", model="m", tools=("bash",),
    write=("src/**", "*.md", "é/**"), deny=("**/locked*",),
)  # fmt: skip
BASE: dict[str, tuple[str, bytes]] = {
    "README.md": ("100644", b"readme\n"),
    "docs/spec.md": ("100644", b"spec\n"),
    "docs/deep/er/x": ("100755", b"x\n"),
    "src/a.py": ("100644", b"a\n"),
    "src/run": ("100755", b"#!/bin/sh\n"),
    "src/locked.py": ("100644", b"locked\n"),
    "src/sub/b.py": ("100644", b"b\n"),
    "src/sub/locked": ("100644", b"locked too\n"),
    "src/build/kept": ("100644", b"tracked\n"),
    "src/big.bin": ("100644", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    "src/link": ("120000", b"a.py"),
    "link": ("120000", b"docs/spec.md"),
    "out": ("120000", b"../../canary"),
    ".env": ("100644", b"SECRET=1\n"),
    "src/key.pem": ("100644", b"SECRET=2\n"),
    "src/.env.example": ("100644", b"example\n"),
    "caf\udce9": ("100644", b"latin\n"),
    "é/ü": ("100644", b"accents\n"),
}
LINKS = ("a.py", "/etc/passwd", "../../canary", "../../../canary/file", ".", "..", "loop", "../../kept", "docs")
NAMES = (
    b"a.py", b"new", b"locked2", b".git", b".GIT", b"git~1", b".env", b".ENV", b"key.pem", b"KEY.pem", b"README.MD",
    b"caf\xe9", b"\xff\xfe", b"a\nb", b"a\x01", "e\u0301".encode(), "a\u202eb".encode(), b" ", b"...", b"x:y", b"x\\y",
    b"build", b"node_modules", b"SRC", b"A.PY", b"sub", b"run", b"link", b"d", b"-rf", b"*", b"x" * 255,
)  # fmt: skip
MODES = (0, 0o111, 0o400, 0o444, 0o600, 0o644, 0o700, 0o755, 0o777, 0o1777, 0o2755, 0o4755, 0o6777)


class Hostile:
    """A sandbox that does to the tree what a seed says."""

    level: Literal[0, 3] = 3
    why = "a test"

    def __init__(self) -> None:
        self.acts: Callable[[Path], None] = lambda tree: None

    def run(self, command: Command) -> Outcome:
        self.acts(command.tree)
        return Outcome(0, "")

    def start(self, command: Command) -> Process:
        raise NotImplementedError

    def forward(self, *, listen: str, to: str) -> str:
        raise NotImplementedError


class Vandal:
    """Random acts on a tree, through byte paths, as a command could do them; what fails, fails."""

    def __init__(self, seed: int, tree: Path) -> None:
        self.random, self.tree = random.Random(seed), os.fsencode(tree)
        self.acts = [
            self.write, self.write, self.write, self.append, self.remove, self.remove_tree, self.directory, self.link,
            self.link, self.hard_link, self.fifo, self.socket, self.device, self.mode, self.mode, self.move,
            self.sparse, self.deep, self.replace_by_link, self.touch,
        ]  # fmt: skip

    def run(self, count: int) -> None:
        for _ in range(count):
            with contextlib.suppress(OSError):
                self.random.choice(self.acts)()

    def any(self) -> bytes:
        """Some path that is there; links are not followed to find it."""
        found = [self.tree]
        for top, folders, files in os.walk(self.tree):
            found += [os.path.join(top, name) for name in (*folders, *files)]
            if len(found) > 300:
                break
        return self.random.choice(found[1:] or [os.path.join(self.tree, b"gone")])

    def new(self) -> bytes:
        where = self.any()
        where = where if os.path.isdir(where) and not os.path.islink(where) else os.path.dirname(where)
        return os.path.join(where, self.random.choice(NAMES))

    def write(self) -> None:
        path = self.random.choice([self.new, self.any])()
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
        with os.fdopen(fd, "wb") as file:
            file.write(self.random.randbytes(self.random.choice([0, 1, 7, 3000])))

    def append(self) -> None:
        fd = os.open(self.any(), os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK)
        os.write(fd, b"more")
        os.close(fd)

    def touch(self) -> None:
        os.utime(self.any(), ns=(0, self.random.randrange(10**18)), follow_symlinks=False)

    def remove(self) -> None:
        os.unlink(self.any())

    def remove_tree(self) -> None:
        walk.remove_tree(Path(os.fsdecode(self.any())))

    def directory(self) -> None:
        os.makedirs(os.path.join(self.new(), *self.random.choices(NAMES, k=self.random.randrange(3))))

    def link(self) -> None:
        os.symlink(self.random.choice(LINKS), self.new())

    def replace_by_link(self) -> None:
        path = self.any()
        os.rename(path, self.new())
        os.symlink(self.random.choice(LINKS), path)

    def hard_link(self) -> None:
        os.link(self.any(), self.new(), follow_symlinks=False)

    def fifo(self) -> None:
        os.mkfifo(self.new())

    def socket(self) -> None:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(self.new())

    def device(self) -> None:
        kind = self.random.choice([(stat.S_IFCHR, os.makedev(1, 3)), (stat.S_IFBLK, os.makedev(7, 99))])
        os.mknod(self.new(), kind[0] | 0o666, kind[1])

    def mode(self) -> None:
        path = self.any()
        if not os.path.islink(path):
            os.chmod(path, self.random.choice(MODES))

    def move(self) -> None:
        os.rename(self.any(), self.random.choice([self.new, self.any])())

    def sparse(self) -> None:
        fd = os.open(self.new(), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
        os.truncate(fd, self.random.choice([33 << 20, 1 << 40, 1 << 20]))
        os.close(fd)

    def deep(self) -> None:
        path = self.new()
        for _ in range(self.random.choice([5, 70, 90])):
            os.mkdir(path)
            path = os.path.join(path, b"d")


def vandalize(seed: int, tree: Path) -> None:
    Vandal(seed, tree).run(12)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Git, str]:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    git = Git(folder)
    return git, git.record(parent="", changes=BASE, message="base", ref="refs/heads/develop", date=1)


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A folder beside the private one, which must stay as it is, down to the time of its last change."""
    folder = tmp_path / "canary"
    folder.mkdir()
    (folder / "file").write_bytes(b"outside")
    before = state(tmp_path)
    yield folder
    assert state(tmp_path) == before


def state(folder: Path) -> list[object]:
    paths = [folder / "canary", folder / "canary" / "file"]
    stats = [(p.stat().st_mode, p.stat().st_ctime_ns, p.stat().st_uid) for p in paths]
    return [stats, (folder / "canary" / "file").read_bytes(), sorted(os.listdir(folder / "canary"))]


def on_disk(tree: Path, kept: Collection[str]) -> dict[str, tuple[str, bytes]]:
    """Everything below `tree` but scratch that is not kept, in the terms of git; what git has no term for is odd."""
    found = {}
    fd = walk.top(tree)
    try:
        for path, status in walk.entries(fd, lambda path: True, 10**6):
            mode = stat.S_IMODE(status.st_mode)
            if scratch(path) and path not in kept:
                continue
            if stat.S_ISLNK(status.st_mode):
                found[path] = ("120000", os.fsencode(walk.target(fd, path)))
            elif stat.S_ISREG(status.st_mode) and mode in (0o644, 0o755):
                found[path] = ("100755" if mode == 0o755 else "100644", walk.read(fd, path, 1 << 26))
            elif not stat.S_ISDIR(status.st_mode):
                found[path] = ("odd", oct(status.st_mode).encode())
    finally:
        os.close(fd)
    return found


def may(path: str) -> bool:
    """Whether the role may have changed `path`."""
    return not refusal(ROLE, path, FOLDER) and not SHIPPED.hides(path)


HIDDEN = (".env", "src/key.pem", "out")
ROUNDS, SEEDS = 3, 50


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_random_command_leaves_what_is_kept_and_nothing_else(
    seed: int, repository: tuple[Git, str], tmp_path: Path, canary: Path
) -> None:
    git, base = repository
    box = Hostile()
    space = Directory(
        tmp_path / "private", objects=git, snapshot=base, ref=f"refs/harness/fuzz/{seed}", role=ROLE, folder=FOLDER,
        sandbox=box, read=(), env={}, ignored=lambda path: path.endswith(".log"), date=lambda: 1_700_000_000,
    )  # fmt: skip
    tree, before = tmp_path / "private" / "tree", dict(BASE)
    for round_ in range(ROUNDS):
        box.acts = partial(vandalize, seed * ROUNDS + round_)
        ran = space.run("", 1)
        after = {path: (mode, data) for path, mode, data in git.files(space.snapshot())}
        assert {path: row for path, row in after.items() if path not in HIDDEN} == on_disk(tree, after)
        changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        assert changed == set(ran.kept)
        assert [path for path in changed if not may(path) or path in ("src/big.bin", *HIDDEN)] == []
        assert [path for path in changed if path in after and after[path][0] not in ("100644", "100755")] == []
        box.acts = lambda tree: None
        again = space.run("", 1)
        assert (again.kept, again.refused) == ((), ())
        before = after
    space.close()
    assert sorted(os.listdir(tmp_path)) == ["canary"]


def test_random_commands_leave_whatever_can_be_left(tmp_path: Path) -> None:
    """Otherwise the test above would show nothing."""
    (tmp_path / "canary").mkdir()
    seen: set[object] = set()
    for seed in range(SEEDS):
        tree = tmp_path / str(seed)
        (tree / "src").mkdir(parents=True)
        (tree / "src" / "a.py").write_bytes(b"a")
        Vandal(seed, tree).run(30)
        fd = walk.top(tree)
        for path, status in walk.entries(fd, lambda path: True, 10**6):
            seen |= {stat.S_IFMT(status.st_mode), status.st_mode & stat.S_ISUID, status.st_size > 1 << 30}
            seen |= {"hard" if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode) else "", path.count("/") > 65}
            seen |= {"odd" if any("\udc80" <= char <= "\udcff" for char in path) else ""}
        os.close(fd)
        walk.remove_tree(tree)
    wanted = {stat.S_IFDIR, stat.S_IFREG, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_ISUID, True, "hard", "odd"}
    devices = {stat.S_IFCHR} if os.getuid() == 0 else set()
    assert wanted | devices <= seen
