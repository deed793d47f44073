"""An agent's directory, on real git objects and in the real sandbox."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.domain.role import Role
from harness.errors import Mistake
from harness.ports import Sandbox
from harness.sandbox.probe import open_sandbox
from harness.sandbox.toolchain import interpreter
from harness.workspace import walk
from harness.workspace.directory import Directory
from harness.workspace.git import Git

PYTHON = str(interpreter()[0])
REF = "refs/harness/test/1"
FOLDER = "openspec/changes/demo"
DEVELOPER = Role(
    name="developer", title="Developer", email="d@localhost", model="m", tools=("run",),
    write=("src/**", "tests/**", "*.md", "{change}/tasks.md"), deny=("**/locked.py",),
)  # fmt: skip
READER = Role(name="reader", title="Reader", email="r@localhost", model="m", tools=("run",))
BASE: dict[str, tuple[str, bytes]] = {
    "README.md": ("100644", b"readme\n"),
    "docs/spec.md": ("100644", b"spec\n"),
    "src/a.py": ("100644", b"a = 1\n"),
    "src/locked.py": ("100644", b"locked\n"),
    "src/run.sh": ("100755", b"#!/bin/sh\n"),
    "src/deep/b.py": ("100644", b"b\n"),
    "src/build/tracked.txt": ("100644", b"tracked\n"),
    "src/latin": ("100644", b"caf\xe9"),
    ".env": ("100644", b"TOKEN=secret\n"),
    "src/server.pem": ("100644", b"PRIVATE KEY\n"),
    "good": ("120000", b"src/a.py"),
    "bad": ("120000", b"../../outside"),
    "absolute": ("120000", b"/etc/passwd"),
    "src/odd name:colon": ("100644", b"odd\n"),
}

Make = Callable[..., Directory]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    found = open_sandbox(tmp_path_factory.mktemp("cache"))
    assert found.level == 3, found.why
    return found


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "repo.git")], check=True)
    return Git(tmp_path / "repo.git")


@pytest.fixture
def base(git: Git) -> str:
    return git.record(parent="", changes=BASE, message="base", ref="refs/heads/develop", date=1)


@pytest.fixture
def make(tmp_path: Path, git: Git, base: str, sandbox: Sandbox) -> Iterator[Make]:
    made: list[Directory] = []

    def build(role: Role = DEVELOPER, snapshot: str = base, packages: tuple[Path, ...] = ()) -> Directory:
        links = tuple((path, path.name) for path in packages)
        directory = Directory(
            tmp_path / "private", objects=git, snapshot=snapshot, ref=REF, role=role, folder=FOLDER, sandbox=sandbox,
            read=packages, env={"MARK": "1"}, links=links, ignored=lambda path: path.endswith(".log"),
            date=lambda: 1_700_000_000,
        )  # fmt: skip
        made.append(directory)
        return directory

    yield build
    for directory in made[-1:]:
        directory.close()
    assert not (tmp_path / "private").exists()


def content(git: Git, commit: str) -> dict[str, tuple[str, bytes]]:
    return {path: (mode, data) for path, mode, data in git.files(commit)}


def outside(tmp_path: Path) -> dict[str, tuple[str, bytes]]:
    """The tree on disk, in the terms of git."""
    found = {}
    tree = tmp_path / "private" / "tree"
    for path in tree.rglob("*"):
        name = str(path.relative_to(tree))
        if path.is_symlink():
            found[name] = ("120000", os.readlink(path).encode())
        elif path.is_file():
            found[name] = ("100755" if path.stat().st_mode & 0o100 else "100644", path.read_bytes())
        elif not path.is_dir():
            found[name] = ("special", b"")
    return found


VISIBLE = {path: value for path, value in BASE.items() if path not in (".env", "src/server.pem", "bad", "absolute")}


def test_holds_the_commit_without_secrets_and_links_that_leave(make: Make, tmp_path: Path) -> None:
    make()
    assert outside(tmp_path) == VISIBLE


def test_hidden_files_go_on_in_commits_and_can_not_be_replaced(make: Make, git: Git, base: str) -> None:
    directory = make()
    for path in (".env", "src/server.pem", "src/server.pem/x", "absolute"):
        with pytest.raises(Mistake):
            directory.write(path, b"mine")
    ran = directory.run("mkdir -p src; echo mine > src/server.pem; echo mine > .env", 10)
    assert ran.kept == ()
    assert {line.split(" — ")[0] for line in ran.refused} == {"src/server.pem", ".env"}
    assert directory.snapshot() == base
    directory.write("README.md", b"new")
    assert content(git, directory.snapshot()) == {**BASE, "README.md": ("100644", b"new")}


def test_named_packages_are_linked_and_are_no_change_of_the_role(
    make: Make, git: Git, base: str, tmp_path: Path
) -> None:
    packages = tmp_path / "node_modules"
    (packages / ".bin").mkdir(parents=True)
    (packages / "a.js").write_text("installed")
    directory = make(packages=(packages,))
    shell = "cat node_modules/a.js; rm -r node_modules; mkdir node_modules; echo mine > node_modules/b.js"
    ran = directory.run(shell, 10)
    assert (ran.outcome.output, ran.kept, ran.refused) == ("installed", (), ())
    assert directory.run("cat node_modules/b.js; rm -r node_modules", 10).outcome.output == "mine\n"
    assert directory.run("cat node_modules/a.js", 10).outcome.output == "installed"
    assert "node_modules" not in directory.names()
    assert directory.snapshot() == base
    assert (packages / "a.js").read_text() == "installed"


def test_reads_writes_and_names(make: Make) -> None:
    directory = make()
    assert directory.read("src/latin") == b"caf\xe9"
    directory.write("src/new/file.py", b"new\n")
    directory.write("src/run.sh", b"#!/bin/sh\nexit\n")
    assert directory.read("src/new/file.py") == b"new\n"
    assert directory.names("src/new") == ["src/new/file.py"]
    assert directory.names("src/build") == ["src/build/tracked.txt"]
    assert directory.names() == sorted({*VISIBLE, "src/new/file.py"} - {"good"})
    for path in ("none", "src", "good", "../x", "/etc/passwd", "", "src//a.py", ".env", "a\0b", "x" * 5000):
        with pytest.raises(Mistake):
            directory.read(path)
    with pytest.raises(Mistake, match="no such"):
        directory.names("nowhere")
    for path in ("../..", "a\0b", "\ud800"):
        with pytest.raises(Mistake):
            directory.names(path)
        with pytest.raises(Mistake):
            directory.read(path)


@pytest.mark.parametrize(
    "path",
    [
        "docs/spec.md", "src/locked.py", "src/LOCKED.py", ".git/config", "src/.GIT/x", "../x", "src/../../x", "/x",
        "harness.toml", "src/sitecustomize.py", "src/a\u202eb", "src/a.py/x", "src/deep", "src/" + "d/" * 250 + "x",
        "src/" + "d/" * 80 + "x", "src/\ud800", "src/a\0b",
    ],
)  # fmt: skip
def test_write_refuses(make: Make, base: str, path: str) -> None:
    directory = make()
    with pytest.raises(Mistake):
        directory.write(path, b"x")
    assert directory.snapshot() == base


def test_keeps_what_the_role_may_write(make: Make, git: Git, base: str) -> None:
    directory = make()
    ran = directory.run("echo 2 > src/a.py; mkdir src/n; echo n > src/n/c; rm src/deep/b.py; chmod +x README.md", 10)
    assert (ran.outcome.code, ran.refused) == (0, ())
    assert ran.kept == ("README.md", "src/a.py", "src/deep/b.py", "src/n/c")
    commit = directory.snapshot()
    expected = {
        **BASE,
        "src/a.py": ("100644", b"2\n"),
        "src/n/c": ("100644", b"n\n"),
        "README.md": ("100755", b"readme\n"),
    }
    del expected["src/deep/b.py"]
    assert content(git, commit) == expected
    assert git.commit(REF) == commit
    assert directory.snapshot() == commit
    assert git.log(base, commit)[0]["parents"] == base


def test_puts_back_what_it_may_not(make: Make, tmp_path: Path, base: str) -> None:
    directory = make()
    ran = directory.run("echo x > docs/spec.md; rm src/locked.py; echo y > docs/new; rm good; ln -s x good", 10)
    assert outside(tmp_path) == VISIBLE
    assert {line.split(" — ")[0] for line in ran.refused} == {"docs/spec.md", "src/locked.py", "docs/new", "good"}
    assert "docs/spec.md — the developer may not write it" in ran.refused
    assert ran.kept == ()
    assert directory.snapshot() == base


def test_puts_back_the_kept_state_not_the_base(make: Make, git: Git) -> None:
    directory = make()
    directory.write("src/a.py", b"kept")
    directory.run("rm -r src; ln -s docs src", 10)
    assert directory.read("src/a.py") == b"kept"
    assert content(git, directory.snapshot())["src/a.py"] == ("100644", b"kept")


def test_a_role_without_paths_may_run_anything_and_keeps_nothing(make: Make, tmp_path: Path, base: str) -> None:
    directory = make(READER)
    ran = directory.run("rm -rf /repo/* ; echo x > a; mkdir -p b/c; echo y > b/c/d", 10)
    assert (ran.kept, directory.snapshot()) == ((), base)
    assert outside(tmp_path) == VISIBLE


@pytest.mark.parametrize(
    "shell",
    [
        "ln -s /etc/passwd src/link",
        "ln -s a.py src/link",
        "mkfifo src/pipe",
        "mkdir -p src/.git/hooks; echo x > src/.git/hooks/a",
        "git init -q . ; git config core.fsmonitor ./x",
        "mkdir .GIT; echo x > .GIT/config",
        "echo x > 'src/.git '",
        "mkdir 'src/GIT~1'; echo x > 'src/GIT~1/config'",
        "printf x > \"$(printf 'src/\\001')\"",
        "printf x > \"$(printf 'src/\\377')\"",
        "printf x > \"$(printf 'src/.g\\342\\200\\214it')\"",
        "echo x > SRC.py",
        "echo x > 'src/a:b'",
        "echo x > src/sitecustomize.py",
        "echo x > src/.ENV",
        "rm -r src; ln -s docs src",
        "rm -r docs; echo x > docs",
        "rm src/locked.py; mkdir src/locked.py; echo x > src/locked.py/y",
        "ln docs/spec.md docs/copy; echo x >> docs/copy",
        "rm src/build/tracked.txt; mkfifo src/build/tracked.txt; rm README.md; ln -s /etc/passwd README.md",
        "ln -sfn /etc good",
        "rm good; cp src/a.py good",
        f"{PYTHON} -c \"import socket; socket.socket(socket.AF_UNIX).bind('src/s')\"",
        f"{PYTHON} -c \"import os; s = os.stat('docs/spec.md'); f = open('docs/spec.md', 'r+b'); f.write(b'SPEC'); "
        "f.close(); os.utime('docs/spec.md', ns=(s.st_atime_ns, s.st_mtime_ns))\"",
    ],
)
def test_hostile_commands_change_nothing(make: Make, tmp_path: Path, base: str, shell: str) -> None:
    directory = make()
    ran = directory.run(shell, 20)
    assert outside(tmp_path) == VISIBLE, ran
    assert not (tmp_path / "private" / "tree" / ".git").exists()
    assert (ran.outcome.code, ran.kept) == (0, ())
    assert ran.refused
    assert directory.snapshot() == base
    assert stat.S_IMODE((tmp_path / "private" / "tree" / "docs" / "spec.md").stat().st_mode) == 0o644
    assert directory.run("true", 10).refused == ()


@pytest.mark.parametrize(
    "shell", ["chmod 000 docs/spec.md docs src", "chmod 4777 docs/spec.md; touch src/a.py", "chmod 0 ."]
)
def test_other_modes_are_put_right_without_a_word(make: Make, tmp_path: Path, base: str, shell: str) -> None:
    directory = make()
    directory.run("true", 10)
    ran = directory.run(shell, 10)
    assert (ran.outcome.code, ran.kept) == (0, ())
    assert outside(tmp_path) == VISIBLE
    assert directory.snapshot() == base
    assert stat.S_IMODE((tmp_path / "private" / "tree" / "docs" / "spec.md").stat().st_mode) in (0o644, 0o755)


def test_conflicts_between_kept_and_restored(make: Make, tmp_path: Path, git: Git) -> None:
    directory = make()
    ran = directory.run(
        "rm -r src/build src/locked.py; echo x > src/build; mkdir src/locked.py; echo y > src/locked.py/z", 10
    )
    assert "src/build/tracked.txt" in ran.kept
    tree = outside(tmp_path)
    assert tree["src/locked.py"] == BASE["src/locked.py"]
    assert "src/locked.py/z" not in tree
    assert content(git, directory.snapshot())["src/locked.py"] == BASE["src/locked.py"]


def test_scratch_stays_and_is_not_kept(make: Make, tmp_path: Path, base: str) -> None:
    directory = make()
    made = ("src/__pycache__/a.pyc", ".coverage", "node_modules/x/y", "docs/dist/z", "a.log", ".venv/bin/python")
    shell = "".join(f"mkdir -p $(dirname {path}); echo x > {path}; " for path in made)
    ran = directory.run(shell, 10)
    assert (ran.kept, ran.refused) == ((), ())
    assert directory.snapshot() == base
    assert set(made) <= set(outside(tmp_path))
    assert not set(made) & set(directory.names())
    assert directory.run(f"cat {made[0]}", 10).outcome.output == "x\n"


def test_tracked_files_with_scratch_names_are_tracked(make: Make, git: Git) -> None:
    directory = make()
    ran = directory.run("echo changed > src/build/tracked.txt; echo other > src/build/other.txt", 10)
    assert ran.kept == ("src/build/tracked.txt",)
    directory.write("src/build/mine.txt", b"mine")
    assert directory.run("echo more >> src/build/mine.txt", 10).kept == ("src/build/mine.txt",)
    commit = content(git, directory.snapshot())
    assert commit["src/build/mine.txt"] == ("100644", b"minemore\n")
    assert "src/build/other.txt" not in commit


def test_three_thousand_nested_directories(make: Make, tmp_path: Path) -> None:
    directory = make()
    dig = "import os\nfor i in range(3000): os.mkdir('d'); os.chdir('d')\nopen('bottom', 'w')"
    for place in ("src", "."):
        ran = directory.run(f'cd {place}; {PYTHON} -c "{dig}"; chmod 0 d', 30)
        assert ran.outcome.code == 0
        assert [line.split(" — ")[1] for line in ran.refused] == ["nested too deep"]
    directory.run(f'mkdir build; cd build; {PYTHON} -c "{dig}"', 30)
    assert directory.run("echo on", 10).outcome.output == "on\n"


def test_refusals_are_named_up_to_a_number_on_one_line_each(make: Make) -> None:
    directory = make()
    ran = directory.run("for i in $(seq 70); do echo x > docs/$i; done; touch \"$(printf 'docs/a\\nb')\"", 20)
    assert len(ran.refused) == 51
    assert ran.refused[-1] == "21 more"
    assert all("\n" not in line for line in ran.refused)


def test_commands_see_their_environment_and_their_files(make: Make) -> None:
    directory = make()
    directory.write("src/a.py", b"print(6 * 7)")
    assert directory.run(f"{PYTHON} src/a.py; echo $MARK; pwd", 10).outcome.output == "42\n1\n/repo\n"


def test_a_command_over_its_time_is_reviewed_all_the_same(make: Make) -> None:
    directory = make()
    ran = directory.run("echo x > docs/spec.md; echo y > src/a.py; sleep 30", 0.3)
    assert ran.outcome.limit == "wall time"
    assert (ran.kept, len(ran.refused)) == (("src/a.py",), 1)


def test_a_command_can_change_whatever_lies_there_since_the_last_one(make: Make) -> None:
    """The tree is given to the user that commands run as once; what comes later belongs to him from the beginning."""
    directory = make()
    assert directory.run("echo x > docs/spec.md; rm -r src/deep; ln -s /etc src/deep", 10).refused
    directory.write("src/new/folder/file.py", b"tool\n")
    directory.write("src/a.py", b"tool\n")
    ran = directory.run(
        "set -e; echo shell >> src/new/folder/file.py; touch src/new/other src/new/folder/third; echo x >> src/a.py; "
        "echo x >> docs/spec.md; rm good; echo x > src/deep/c.py",
        10,
    )
    assert ran.outcome.code == 0, ran.outcome.output
    new = {"src/new/folder/file.py", "src/new/other", "src/new/folder/third"}
    assert set(ran.kept) == {*new, "src/a.py", "src/deep/c.py"}
    assert directory.read("src/new/folder/file.py") == b"tool\nshell\n"
    assert directory.run("find . ! -uid $(id -u)", 10).outcome.output == ""


def test_goes_on_from_a_snapshot(make: Make, git: Git) -> None:
    first = make()
    first.write("src/a.py", b"first")
    commit = first.snapshot()
    second = make(snapshot=commit)
    assert second.read("src/a.py") == b"first"
    second.run("rm src/a.py", 10)
    assert "src/a.py" not in content(git, second.snapshot())


def test_too_large_a_file_is_refused(make: Make, tmp_path: Path) -> None:
    directory = make()
    ran = directory.run("truncate -s 100M src/big", 10)
    assert [line.split(" — ")[0] for line in ran.refused] == ["src/big"]
    assert not (tmp_path / "private" / "tree" / "src" / "big").exists()
    with pytest.raises(Mistake, match="larger"):
        directory.write("src/big", bytes((32 << 20) + 1))


def test_removal_survives_depth_and_width(tmp_path: Path) -> None:
    root = tmp_path / "deep"
    root.mkdir()
    fd = os.open(root, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=fd)
        os.mkdir("e", dir_fd=fd)
        os.symlink("/etc", "l", dir_fd=fd)
        below = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)
    walk.remove_tree(root)
    assert not root.exists()
    assert Path("/etc").is_dir()
    walk.remove_tree(root)


def test_writing_never_goes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "target").mkdir()
    os.symlink("../target", tmp_path / "tree" / "link")
    fd = walk.top(tmp_path / "tree")
    try:
        with pytest.raises(OSError):
            walk.write(fd, "link/x", b"x", 0o644)
        with pytest.raises(OSError):
            walk.write(fd, "../x", b"x", 0o644)
    finally:
        os.close(fd)
    assert list((tmp_path / "target").iterdir()) == []
    assert not (tmp_path / "x").exists()
