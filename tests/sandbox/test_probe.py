"""How the sandbox of a machine is found, and what is said where there is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import Mistake
from harness.ports import Command, Inside, Level, Outcome, Process
from harness.sandbox.none import NoSandbox
from harness.sandbox.probe import find_sandbox, open_sandbox
from harness.sandbox.selftest import weakness

REPORT = "from harness.sandbox.probe import open_sandbox; s = open_sandbox(); print(s.level, s.why)"


def test_a_self_test_that_held_is_remembered(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = open_sandbox(cache)
    assert (first.level, first.why) == (3, "bubblewrap held against the self-test's attacks")
    marks = [path.name for path in cache.iterdir()]
    assert len(marks) == 1
    again = open_sandbox(cache)
    assert again.level == 3
    assert [path.name for path in cache.iterdir()] == marks


def test_each_tree_of_root_has_a_user_of_its_own(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path)
    trees = [_made(tmp_path / name) for name in "ab"] * 2
    users = [sandbox.run(Command("id -u", tree)).output for tree in trees]
    assert users[:2] == users[2:]
    assert len(set(users)) == (2 if os.getuid() == 0 else 1)
    assert "0\n" not in users


def inside(*view: str) -> str:
    """What `open_sandbox` says where the machine looks otherwise."""
    argv = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *view, "--", sys.executable, "-c", REPORT]
    root = Path(__file__).parents[2]
    return subprocess.run(argv, cwd=root, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def test_without_bubblewrap_the_command_that_installs_it_is_named() -> None:
    answer = inside("--ro-bind", "/dev/null", "/usr/bin/bwrap")
    held = "Landlock held against the self-test's attacks"
    assert answer == f"2 {held}; bubblewrap is not installed: run `sudo apt-get install bubblewrap util-linux`"


def test_where_bubblewrap_may_not_mount_it_does_not_count() -> None:
    root = os.getuid() == 0
    answer = inside(*(["--cap-drop", "CAP_SYS_ADMIN"] if root else ["--unshare-user", "--disable-userns"]))
    assert answer.startswith(
        "2 Landlock held against the self-test's attacks; bubblewrap does not hold here (The sandbo"
    )
    assert "docker run" in answer or "sudo" in answer


def test_on_macos_seatbelt_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    found = find_sandbox()
    assert found.sandbox.level == 0
    assert dict(found.missed)[3].startswith("/usr/bin/sandbox-exec is missing")
    assert dict(found.missed)[2].startswith("macOS has no Landlock")


def test_no_sandbox_refuses_everything(tmp_path: Path) -> None:
    sandbox = NoSandbox("because")
    for call in (
        lambda: sandbox.run(Command("true", tmp_path)),
        lambda: sandbox.start(Command("true", tmp_path)),
        lambda: sandbox.forward(listen="tcp:1", to="tcp:2"),
    ):
        with pytest.raises(Mistake, match="because"):
            call()


class Weak:
    """Bubblewrap with a hole: by options that open one, by the host's network, or by not waiting for the end."""

    def __init__(self, hole: tuple[str, ...], network: bool, lingers: bool) -> None:
        self.level: Level = 3
        self.why = ""
        self.network = True
        self._hole, self._network, self._lingers = hole, network, lingers
        self.left: list[subprocess.Popen[str]] = []

    def inside(self, command: Command) -> Inside:
        return Inside(work=str(command.tree))

    def run(self, command: Command) -> Outcome:
        base = str(command.tree.parent)
        argv = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--remount-ro", "/dev", "--proc", "/proc"]
        argv += ["--unshare-pid", "--die-with-parent", "--tmpfs", base]
        argv += ["--bind", str(command.tree), str(command.tree), "--chdir", str(command.tree)]
        argv += [part.replace("BASE", base) for part in self._hole] + ([] if self._network else ["--unshare-net"])
        end = "; echo; sleep 60" if self._lingers else ""
        shell = ["--", "sh", "-c", command.shell + end]
        process = subprocess.Popen([*argv, *shell], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        output = process.stdout.readline()
        if self._lingers:
            self.left.append(process)
            return Outcome(0, output)
        code = process.wait(20)
        # Bubblewrap's own end does not wait for that of its last processes.
        time.sleep(0.2)
        return Outcome(code, output)

    def start(self, command: Command) -> Process:
        raise Mistake("not here")

    def forward(self, *, listen: str, to: str) -> str:
        raise Mistake("not here")


@pytest.mark.parametrize(
    ("hole", "network", "lingers", "sentence"),
    [
        (("--ro-bind", "BASE/secret", "BASE/secret"), False, False, "a command read a file outside"),
        (("--bind", "BASE/outside", "BASE/outside"), False, False, "a command wrote outside its directory"),
        (("--tmpfs", "/etc"), False, False, "a command wrote /etc/planted"),
        ((), True, False, r"a command reached \d+, @\w+ outside"),
        ((), False, True, "a process outlived its command"),
        ((), False, False, "a command ran as root" if os.getuid() == 0 else "the system-call filter was not in force"),
    ],
)
def test_the_self_test_sees_a_hole(hole: tuple[str, ...], network: bool, lingers: bool, sentence: str) -> None:
    sandbox = Weak(hole, network, lingers)
    try:
        assert re.match(sentence, weakness(sandbox))
    finally:
        for process in sandbox.left:
            process.kill()
            process.wait()


def _made(path: Path) -> Path:
    path.mkdir()
    return path
