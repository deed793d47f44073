"""Level 2 and level 1: what is theirs alone."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import Mistake
from harness.ports import Command, Limits, Outcome, Sandbox
from harness.sandbox import landlock
from harness.sandbox.confined import Confined
from harness.sandbox.place import left, place, private, reachable
from harness.sandbox.probe import open_sandbox
from harness.sandbox.selftest import weakness
from harness.sandbox.toolchain import interpreter
from tests.sandbox.conftest import opened

PYTHON = str(interpreter()[0])
needed = pytest.mark.skipif(landlock.version() < landlock.OLDEST, reason="no Landlock in this kernel")


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return opened(2, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def declared() -> Sandbox:
    return open_sandbox(highest=1, disposable=True)


@pytest.fixture
def go(confined: Sandbox, tree: Path) -> Callable[[str], Outcome]:
    return lambda shell: confined.run(Command(shell, tree, limits=Limits(wall=20)))


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this user beside the command, with a secret in its environment."""
    process = subprocess.Popen(["sleep", "60"], env={"PATH": "/usr/bin:/bin", "TOKEN": "sk-planted"})
    yield process
    process.kill()
    process.wait()


def python(code: str) -> str:
    return shlex.join([PYTHON, "-I", "-S", "-c", code])


@needed
@pytest.mark.parametrize("known", range(landlock.OLDEST, landlock.version() + 1))
def test_every_version_that_is_used_holds(known: int) -> None:
    """What an older kernel's Landlock does not keep (network, signals), the system-call filter does."""
    assert weakness(Confined(2, "", known=known)) == ""


def test_modes_and_times_of_own_files_alone(go: Callable[[str], Outcome], tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    before = outside.stat()
    (tree / "script").write_text("#!/bin/sh\necho ran\n")
    (tree / "link").symlink_to(outside)
    inside = go("chmod 755 script && ./script && touch -d @1000000000 script && cp -p script copy && chmod 4711 copy")
    assert (inside.code, inside.output) == (0, "ran\n")
    assert ((tree / "copy").stat().st_mode & 0o777, (tree / "copy").stat().st_mtime) == (0o711, 1_000_000_000)
    code = f"""
import os
os.mkdir("d")
os.symlink("d/../../../../../../../../../../../proc/self/cwd", "magic")
paths = [{str(outside)!r}, "link", "/proc/self/cwd/link", "d/../link"]
fd = os.open(".", os.O_RDONLY)
tries = [lambda p=p: os.chmod(p, 0o777) for p in paths] + [lambda p=p: os.utime(p, (1, 1)) for p in paths]
tries += [lambda: os.chmod("link", 0o777, dir_fd=fd), lambda: os.utime("link", (1, 1), dir_fd=fd)]
tries += [lambda: os.chown("link", os.getuid(), os.getgid()), lambda: os.setxattr("link", "user.a", b"1")]
for n, attack in enumerate(tries):
    try: attack()
    except OSError: print("refused", n)
"""
    assert go(python(code)).output == "".join(f"refused {n}\n" for n in range(12))
    after = outside.stat()
    assert (after.st_mode, after.st_mtime, after.st_uid) == (before.st_mode, before.st_mtime, before.st_uid)


def test_other_processes_are_out_of_reach(go: Callable[[str], Outcome], victim: subprocess.Popen[bytes]) -> None:
    code = f"""
import os, resource, signal
for what in ("environ", "mem", "fd/0", "root/etc/shadow", "cwd/x"):
    try: print(open("/proc/{victim.pid}/" + what, "rb").read(1))
    except OSError: pass
tries = [lambda p=p, s=s: os.kill(p, s) for p in ({victim.pid}, {os.getpid()}, os.getppid()) for s in (9, 15, 19)]
tries += [lambda: os.killpg(os.getpgid({victim.pid}), 9), lambda: resource.prlimit({victim.pid}, 0, (0, 0))]
tries += [lambda: os.setpriority(os.PRIO_PROCESS, {victim.pid}, 19), lambda: os.sched_setaffinity({victim.pid}, [0])]
tries += [lambda: signal.pidfd_send_signal(os.pidfd_open({victim.pid}), 9)]
for attack in tries:
    try: attack(); print("went through")
    except OSError: pass
"""
    outcome = go(python(code))
    assert (outcome.code, outcome.output) == (0, "")
    assert victim.poll() is None
    assert os.getpriority(os.PRIO_PROCESS, victim.pid) == os.getpriority(os.PRIO_PROCESS, 0)


def test_a_pipe_ends_quietly(go: Callable[[str], Outcome]) -> None:
    assert go("yes | head -1; echo ${PIPESTATUS[0]}").output == "y\n141\n"


def test_who_looks_for_the_paths_of_level_3_is_told(go: Callable[[str], Outcome]) -> None:
    outcome = go("cd /repo/src && ls")
    assert outcome.code and "there is no /repo, /out or /tmp here" in outcome.output
    assert "there is no" not in go("cd . || ls /repo").output + go("false && ls ./repo/x a/tmp").output


def test_own_processes_can_be_signalled(go: Callable[[str], Outcome]) -> None:
    outcome = go("sleep 30 & kill $!; wait $!; echo $?; timeout 0.1 sleep 30; echo $?")
    assert outcome.output == "143\n124\n"


def test_pairs_of_sockets_work_and_lead_nowhere(go: Callable[[str], Outcome], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind("\0" + tmp_path.name)
        code = f"""
import asyncio, socket
async def main():
    process = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
    print((await process.communicate())[0])
asyncio.run(main())
a, b = socket.socketpair()
a.sendall(b"x"); print(b.recv(1))
for kind in (socket.SOCK_DGRAM, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC):
    try: socket.socketpair(socket.AF_UNIX, kind)[0].sendto(b"out", "\\0{tmp_path.name}")
    except PermissionError: print("refused")
for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_VSOCK):
    try: socket.socket(family, socket.SOCK_STREAM)
    except PermissionError: print("refused")
try: a.connect("\\0{tmp_path.name}")
except PermissionError: print("refused")
"""
        outcome = go(python(code))
        assert outcome.output == "b'hello\\n'\nb'x'\n" + 8 * "refused\n"
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.recv(1)


def homes() -> set[int]:
    """The inodes of all homes there are; other tests may run beside these."""
    found = set()
    for path in place().glob("own-*/home"):
        with suppress(FileNotFoundError):
            found.add(path.stat().st_ino)
    return found


def test_what_a_command_leaves_at_home_is_gone(go: Callable[[str], Outcome]) -> None:
    dig = "import os\nos.chdir(os.environ['HOME'])\nfor i in range(3000): os.mkdir('d'); os.chdir('d')\n"
    mess = "cd $TMPDIR; mkfifo p; ln -s /etc/passwd l; mkdir -p a/b; chmod 0 a; touch ' '"
    outcome = go(f"{python(dig)}; stat -c %i ~; {mess}")
    assert outcome.code == 0 and int(outcome.output) not in homes()


def test_what_a_killed_harness_left_is_swept(tmp_path: Path, tree: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.ports import Command; "
        "from harness.sandbox.probe import open_sandbox; "
        "s = open_sandbox(Path(sys.argv[1]), highest=2); "
        "p = s.start(Command('stat -c %i ~ > home; sleep 60', Path(sys.argv[2]))); "
        "print(flush=True); p.wait()"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "cache"), str(tree)]
    with subprocess.Popen(argv, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE) as harness:
        assert harness.stdout is not None and harness.stdout.readline() == b"\n"
        while not (tree / "home").exists() or not (tree / "home").read_text():
            time.sleep(0.02)
        home = int((tree / "home").read_text())
        assert home in homes()
        harness.send_signal(signal.SIGKILL)
    opened(2, tmp_path / "cache")
    assert home not in homes()


@pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user's commands pass where the user passes")
def test_work_that_root_s_commands_can_not_get_to_is_refused(confined: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "closed" / "tree").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    with pytest.raises(Mistake, match="closed to other users"):
        confined.run(Command("true", tmp_path / "closed" / "tree"))


def test_where_work_lies(tmp_path: Path) -> None:
    """In the repository, unless commands could not get there or its path is nothing to look for in an output."""
    for name in ("with space", "ümlaut", "x" * 80):
        (tmp_path / name).mkdir()
        assert private(tmp_path / name).parent == place()
    assert reachable(place(), place()) and not reachable(place())
    assert place().stat().st_mode & 0o777 == (0o710 if os.getuid() == 0 else 0o700)
    assert private(tmp_path / "with space") == private(tmp_path / "with space") != private(tmp_path / "ümlaut")
    assert (place() / "key").stat().st_mode & 0o777 == 0o600 and list(place().glob("key*")) == [place() / "key"]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    made = private(closed) / "stages" / "a-run"
    assert made.is_relative_to(place()) == (os.getuid() == 0 or len(str(closed)) > 60)
    made.mkdir(parents=True)
    assert left(closed) == ([made.parent] if made.is_relative_to(place()) else [])
    assert left(tmp_path / "other") == []
    if made.is_relative_to(place()):
        made.rmdir()
        made.parent.rmdir()
        made.parent.parent.rmdir()


def test_a_place_that_somebody_else_took_is_left_alone(tmp_path: Path) -> None:
    mine = f"harness-{os.getuid()}"
    (tmp_path / mine).symlink_to("/etc")
    (tmp_path / f"{mine}-1").mkdir()
    (tmp_path / f"{mine}-1").chmod(0o777)
    (tmp_path / f"{mine}-2").write_text("a file")
    assert place((str(tmp_path),)) == tmp_path / f"{mine}-3"
    assert place((str(tmp_path),)) == tmp_path / f"{mine}-3"
    with pytest.raises(Mistake, match="no room"):
        place((str(tmp_path / "none"),))


def test_no_service_can_run(confined: Sandbox) -> None:
    assert not confined.network
    with pytest.raises(Mistake, match="no service can run at level 2"):
        confined.forward(listen="unix:/sockets/x", to="tcp:1")


def test_level_1_is_had_by_declaration_alone(declared: Sandbox, tree: Path) -> None:
    assert open_sandbox(highest=1).level == 0
    assert (declared.level, declared.network) == (1, True)
    outcome = declared.run(Command("id -u; pwd; echo $HOME; exit 3", tree))
    assert (outcome.code, outcome.output.splitlines()[1:]) == (3, ["/repo", "/home/agent"])
    assert outcome.output.splitlines()[0] != "0"


def test_level_1_keeps_the_limits_and_ends_everything(declared: Sandbox, tree: Path) -> None:
    assert declared.run(Command("yes", tree, limits=Limits(wall=20, flood=1 << 20))).limit == "output"
    assert declared.run(Command("sleep 30", tree, limits=Limits(wall=0.2))).limit == "wall time"
    bomb = Limits(wall=20, processes=60)
    assert declared.run(Command("b() { b | b & }; b; sleep 30", tree, limits=bomb)).limit == "processes"
    assert declared.run(Command("setsid sleep 87654 & echo on", tree)).output == "on\n"
    assert subprocess.run(["pgrep", "-f", "sleep 87654"], capture_output=True).stdout == b""


def test_level_1_runs_a_service(declared: Sandbox, tree: Path, room: Path) -> None:
    sockets = room / "s"
    sockets.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = Command("", tree, sockets=sockets)
        path = f"{declared.inside(command).sockets}/x"
        relay = declared.forward(listen=f"unix:{path}", to=f"tcp:{server.getsockname()[1]}")
        process = declared.start(replace(command, shell=f"{relay} && echo up && sleep 30"))
        try:
            for _ in range(200):
                if Path(path).exists():
                    break
                with pytest.raises(TimeoutError):
                    server.settimeout(0.05)
                    server.accept()
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(path)
                server.settimeout(5)
                accepted, _ = server.accept()
                client.sendall(b"ask")
                assert accepted.recv(3) == b"ask"
                accepted.close()
        finally:
            assert re.fullmatch(r"up\n|", process.kill().output)


def test_what_stat_says_of_paths_outside_is_not_held(go: Callable[[str], Outcome]) -> None:
    """As docs/security.md tells: Landlock judges what is opened, and not `stat`."""
    assert go("stat -c %U /etc/shadow").output == "root\n"
    assert go("cat /etc/shadow").code != 0


def test_a_slow_machine_has_a_minute_for_the_self_test(confined: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Command] = []
    monkeypatch.setattr(confined, "run", lambda command: asked.append(command) or Outcome(0, ""))
    assert weakness(confined)
    assert [command.limits.wall for command in asked] == [60]
