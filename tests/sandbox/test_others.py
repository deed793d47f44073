"""Other users of the machine, while root's commands run without mounts: what command lines show leads nowhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.gates.bench import GitBench
from harness.ports import Command, Limits, Sandbox
from harness.sandbox.place import private
from harness.sandbox.probe import open_sandbox
from harness.sandbox.toolchain import interpreter
from harness.workspace.git import Git
from harness.workspace.walk import remove_tree
from tests.sandbox.conftest import LEVELS, opened

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user's directories are closed as that user likes")
NOBODY = 65534
_LOOK = """
import glob, os, sys
words = set()
for name in glob.glob('/proc/[0-9]*/cmdline'):
    try:
        words |= {word.decode() for word in open(name, 'rb').read().replace(b'\\0', b' ').split() if word[:1] == b'/'}
    except (OSError, ValueError):
        pass
for path in words:
    for above in (path, os.path.dirname(path), os.path.dirname(os.path.dirname(path))):
        for folder, _, names in os.walk(above) if sys.argv[1] in above and above.count('/') > 3 else ():
            for name in names:
                try:
                    print(name, open(folder + '/' + name).read(40))
                except OSError:
                    pass
print('seen', sum(sys.argv[1] in path for path in words))
"""


@pytest.fixture(params=[LEVELS[1], 1], ids=lambda level: f"level {level}")
def without_mounts(request: pytest.FixtureRequest, tmp_path: Path) -> Sandbox:
    if request.param == 2:
        return opened(2, tmp_path / "cache")
    return open_sandbox(highest=1, disposable=True)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A directory that is closed to others."""
    made = tmp_path / "closed"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def work(closed: Path) -> Iterator[Path]:
    """Where commands' directories lie for a repository in the closed one."""
    made = private(closed)
    yield made
    remove_tree(made)


def seen(word: str) -> str:
    """What nobody finds and reads of what lies where any command line says, if `word` is in its path."""
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else str(interpreter()[0])
    argv = [python, "-I", "-c", _LOOK, word]
    return subprocess.run(argv, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, text=True, cwd="/",
                          check=True).stdout  # fmt: skip


def test_a_gate_s_checkout_is_closed(without_mounts: Sandbox, closed: Path, work: Path) -> None:
    top = closed / "repo"
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", str(top)]
    subprocess.run(["git", "init", "-q", "-b", "develop", str(top)], check=True)
    (top / "private.txt").write_text("of a closed repository")
    for words in (["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    bench = GitBench(
        Git(top / ".git"), without_mounts, scratch=work / "scratch" / "r", blobs_put=lambda data: "", toolchain=(),
        environment="", remove=remove_tree,
    )  # fmt: skip
    with bench.checkout("develop") as tree, bench.scratch() as out:
        shell = f"echo made > {out}/report && cat private.txt && sh -c 'sleep 30; :' {tree}/private.txt {out}/report"
        process = without_mounts.start(bench.command(shell, tree, out=out, limits=Limits(wall=30)))
        while not (out / "report").exists():
            assert process.running
        try:
            said = seen(str(work.parent))
            modes = {path.name: (path.stat().st_mode & 0o777, path.stat().st_uid != 0) for path in (tree, out)}
            above = tree.parent.stat().st_mode & 0o777
        finally:
            outcome = process.kill()
    assert outcome.output == "of a closed repository"
    assert said.startswith("seen ") and said != "seen 0\n"
    assert set(modes.values()) == {(0o700, True)} and above & 0o044 == 0


def test_a_copy_of_a_closed_toolchain_is_closed(without_mounts: Sandbox, closed: Path, work: Path) -> None:
    environment, tree = closed / "env", work / "tree"
    (environment / "bin").mkdir(parents=True, mode=0o700)
    (environment / "bin" / "tool").write_text("#!/bin/sh\necho on > started; sleep 30; :\n")
    (environment / "bin" / "tool").chmod(0o700)
    (environment / "notes.txt").write_text("for root alone")
    (environment / "notes.txt").chmod(0o600)
    environment.chmod(0o700)
    tree.mkdir(parents=True)
    process = without_mounts.start(Command(f"exec {environment}/bin/tool", tree, read=(environment,)))
    while not (tree / "started").exists():
        assert process.running
    try:
        said = seen(str(work.parent))
    finally:
        process.kill()
    assert said.startswith("seen ") and said != "seen 0\n"


def test_the_way_there_is_closed_and_commands_have_it_by_its_group(work: Path) -> None:
    found = work.parent.stat()
    assert (found.st_mode & 0o777, found.st_uid) == (0o710, 0) and found.st_gid not in (0, NOBODY)
